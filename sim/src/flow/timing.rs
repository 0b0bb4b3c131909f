//! What nextpnr says of the clocks, and the critical path in the names of our modules.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::modules::{instance, signal};
use crate::error::{Error, Result, io};

/// One clock after routing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockReport {
    /// Net of the clock.
    pub clock: String,
    /// Reached, MHz.
    pub mhz: f64,
    /// Asked for, MHz.
    pub target_mhz: f64,
}

/// One hop of a path: logic of a cell, or a wire.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hop {
    /// `logic`, `routing`, `clk-to-q`, `setup`, `source`.
    pub kind: String,
    /// Nanoseconds.
    pub nanoseconds: f64,
    /// Instance of our module in which it ends.
    pub instance: String,
    /// Signal at its end, without what tools append.
    pub signal: String,
}

/// Timing and utilization of a routed design.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Timing {
    /// Clocks with logic.
    pub clocks: Vec<ClockReport>,
    /// Critical path of the slowest clock, by margin.
    pub critical_path: Vec<Hop>,
    /// Used and available cells of each kind that is used.
    pub utilization: BTreeMap<String, (u64, u64)>,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    fmax: BTreeMap<String, Fmax>,
    #[serde(default)]
    utilization: BTreeMap<String, Usage>,
    #[serde(default)]
    critical_paths: Vec<CriticalPath>,
}

#[derive(Deserialize)]
struct Fmax {
    achieved: f64,
    constraint: f64,
}

#[derive(Deserialize)]
struct Usage {
    used: u64,
    available: u64,
}

#[derive(Deserialize)]
struct CriticalPath {
    from: String,
    to: String,
    path: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    delay: f64,
    #[serde(rename = "type")]
    kind: String,
    to: End,
    #[serde(default)]
    net: String,
}

#[derive(Deserialize)]
struct End {
    cell: String,
}

impl Timing {
    /// Reads the file that `nextpnr --report` writes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(io("reading", path))?;
        let report: Report = serde_json::from_str(&text).map_err(|error| Error::Io {
            action: "reading the report of nextpnr",
            path: path.to_path_buf(),
            source: std::io::Error::other(error),
        })?;
        Ok(Self::of(report))
    }

    fn of(report: Report) -> Self {
        let clock = |(name, fmax): (&String, &Fmax)| ClockReport {
            clock: name.clone(),
            mhz: fmax.achieved,
            target_mhz: fmax.constraint,
        };
        let mut clocks: Vec<_> = report.fmax.iter().map(clock).collect();
        let margin = |clock: &ClockReport| clock.mhz / clock.target_mhz.max(1e-9);
        clocks.sort_by(|a, b| margin(a).total_cmp(&margin(b)));
        let slowest = clocks.first().map(|clock| clock.clock.clone());
        // Both ends are called `posedge <net>`.
        let of_clock = |end: &str, clock: &str| end.rsplit(' ').next() == Some(clock);
        let path = slowest.and_then(|clock| {
            let mut paths = report.critical_paths.iter();
            paths.find(|path| of_clock(&path.from, &clock) && of_clock(&path.to, &clock))
        });
        let used = report.utilization.into_iter().filter(|(_, u)| u.used > 0);
        Timing {
            critical_path: path.map_or_else(Vec::new, |path| path.path.iter().map(hop).collect()),
            utilization: used
                .map(|(kind, u)| (kind, (u.used, u.available)))
                .collect(),
            clocks,
        }
    }

    /// The clock with the least margin, `None` for a design without registers.
    pub fn slowest(&self) -> Option<&ClockReport> {
        self.clocks.first()
    }

    /// Whether every clock is as fast as it was asked to be.
    pub fn met(&self) -> bool {
        self.clocks
            .iter()
            .all(|clock| clock.mhz >= clock.target_mhz)
    }
}

fn hop(segment: &Segment) -> Hop {
    let name = if segment.net.is_empty() || segment.net.starts_with('$') {
        &segment.to.cell
    } else {
        &segment.net
    };
    Hop {
        kind: segment.kind.clone(),
        nanoseconds: segment.delay,
        instance: instance(&segment.to.cell).to_owned(),
        signal: signal(name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_clock_and_its_path_are_found() {
        let text = r#"{"fmax": {"core": {"achieved": 90.5, "constraint": 100.0}, "in": {"achieved": 300.0, "constraint": 25.0}},
          "utilization": {"DP16KD": {"used": 3, "available": 208}, "DCUA": {"used": 0, "available": 2}},
          "critical_paths": [
            {"from": "<async>", "to": "posedge core", "path": []},
            {"from": "posedge core", "to": "posedge core", "path": [
              {"delay": 0.5, "type": "clk-to-q", "from": {"cell": "a.x_TRELLIS_FF_Q", "port": "CLK"}, "to": {"cell": "a.x_TRELLIS_FF_Q", "port": "Q"}},
              {"delay": 1.5, "type": "routing", "net": "a.x", "from": {"cell": "a.x_TRELLIS_FF_Q", "port": "Q"}, "to": {"cell": "a.b.sum_LUT4_Z", "port": "A"}}]}]}"#;
        let timing = Timing::of(serde_json::from_str(text).unwrap());
        assert_eq!(timing.slowest().unwrap().clock, "core");
        assert!(!timing.met());
        assert_eq!(
            timing.utilization,
            BTreeMap::from([("DP16KD".to_owned(), (3, 208))])
        );
        let hop = &timing.critical_path[1];
        assert_eq!(
            (&*hop.instance, &*hop.signal, &*hop.kind),
            ("a.b", "a.x", "routing")
        );
    }
}

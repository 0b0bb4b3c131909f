//! Netlist to places and wires, with nextpnr.

use std::path::Path;

use systole_arch::boards::Board;
use systole_arch::boards::part::Family;

use super::step::{Artifact, Step, cached, identity};
use super::synthesize::NETLIST;
use super::timing::Timing;
use crate::command::call;
use crate::error::{Result, io};
use crate::hash::Key;

/// The routed netlist in the folder of the step, as yosys reads it.
pub const ROUTED: &str = "routed.json";
const REPORT: &str = "timing.json";
const LOG: &str = "place-and-route.log";

/// How to place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaceRoute<'a> {
    /// Board: part, package, speed.
    pub board: &'a Board,
    /// Text of the constraint file; without one nextpnr chooses the pins.
    pub constraints: &'a str,
    /// Core clock to aim at, MHz.
    pub target_mhz: f64,
    /// Seed.
    pub seed: u64,
}

impl PlaceRoute<'_> {
    fn family(&self) -> Family {
        self.board.part.family
    }

    fn constraint_file(&self) -> String {
        format!("board.{}", self.family().extension())
    }

    /// The program of the family.
    pub(super) fn program(&self) -> &'static str {
        match self.family() {
            Family::Ecp5 => "nextpnr-ecp5",
            Family::Ice40 => "nextpnr-ice40",
            Family::Gowin => "nextpnr-himbaechel-gowin",
        }
    }

    /// Arguments: files in, files out. router2 spreads arrays of multipliers, so ECP5 gets router1.
    fn arguments(&self) -> Vec<String> {
        let file = self.constraint_file();
        let mut words: Vec<&str> = match (self.family(), self.constraints.is_empty()) {
            (Family::Ecp5, true) => vec!["--lpf-allow-unconstrained"],
            (Family::Ecp5, false) => vec!["--lpf", &file],
            (Family::Ice40, false) => vec!["--pcf", &file],
            _ => Vec::new(),
        };
        words.extend(match self.family() {
            Family::Ecp5 => vec![
                "--textcfg",
                configuration(Family::Ecp5),
                "--router",
                "router1",
            ],
            Family::Ice40 => vec!["--asc", configuration(Family::Ice40)],
            Family::Gowin => vec!["--vopt"],
        });
        let mut all = self.board.nextpnr_arguments();
        all.extend(words.into_iter().map(str::to_owned));
        if self.family() == Family::Gowin {
            all.push(format!("cst={file}"));
        }
        let seed = self.seed.to_string();
        let target = self.target_mhz.to_string();
        let common = [
            "--json",
            NETLIST,
            "--write",
            ROUTED,
            "--report",
            REPORT,
            "--detailed-timing-report",
            "--timing-allow-fail",
            "--seed",
            &seed,
            "--freq",
            &target,
        ];
        all.extend(common.map(str::to_owned));
        all
    }

    fn run(&self, stage: &Path) -> Result<()> {
        let path = stage.join(self.constraint_file());
        std::fs::write(&path, self.constraints).map_err(io("writing", path))?;
        let arguments = self.arguments();
        let log = call(self.program(), self.board.name(), stage, &arguments)?.messages();
        let path = stage.join(LOG);
        std::fs::write(&path, log).map_err(io("writing", path))
    }
}

/// What nextpnr writes for the packer.
pub(super) fn configuration(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "board.config",
        Family::Ice40 => "board.asc",
        Family::Gowin => ROUTED,
    }
}

/// Places and routes a netlist. A clock that is too slow is not an error here: see [`Timing::met`].
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Synthesis`](crate::Error::Synthesis) for a design that does not fit or
/// cannot be routed, [`Error::Io`](crate::Error::Io).
pub fn place_and_route(netlist: &Artifact, how: &PlaceRoute<'_>) -> Result<(Artifact, Timing)> {
    let key = Key::default()
        .part(
            "netlist",
            netlist.digest(NETLIST).unwrap_or_default().as_bytes(),
        )
        .part("constraints", how.constraints.as_bytes())
        .part("arguments", how.arguments().join(" ").as_bytes());
    let artifact = cached(
        Step::PlaceAndRoute,
        &[identity(how.program())?],
        key,
        |stage| {
            let (from, to) = (netlist.file(NETLIST), stage.join(NETLIST));
            std::fs::copy(&from, &to).map_err(io("copying", from))?;
            how.run(stage)?;
            let mut keep = [ROUTED, REPORT, LOG].map(str::to_owned).to_vec();
            let configuration = configuration(how.family());
            if configuration != ROUTED {
                keep.push(configuration.to_owned());
            }
            Ok(keep)
        },
    )?;
    let timing = Timing::read(&artifact.file(REPORT))?;
    Ok((artifact, timing))
}

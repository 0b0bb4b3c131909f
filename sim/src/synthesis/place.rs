//! Clock rate by place and route.

use std::path::Path;

use super::{harness, yosys};
use crate::command::call;
use crate::error::{Error, Result, io};
use crate::verilator::write_files;

/// How to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Device option of nextpnr-ecp5: `25k`, `45k` or `85k`.
    pub device: String,
    /// Speed grade.
    pub speed: usize,
    /// Clock rate to aim at, MHz.
    pub target: usize,
    /// Seed; results differ by some percent.
    pub seed: u64,
}

impl Default for Placement {
    /// LFE5U-85F-6CABGA381, the device of the ULX3S 85F.
    fn default() -> Self {
        Placement {
            device: "85k".to_owned(),
            speed: 6,
            target: 150,
            seed: 1,
        }
    }
}

/// What nextpnr reports.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockRate {
    /// After routing.
    pub mhz: f64,
    /// Device utilization, one line for each kind of cell in use.
    pub utilization: Vec<String>,
    /// Steps of the critical path.
    pub critical_path: Vec<String>,
}

/// Synthesizes, places and routes `top` behind a shift register. Takes minutes.
///
/// # Errors
/// [`Error::ToolMissing`], [`Error::Synthesis`], [`Error::Design`], [`Error::Io`].
pub fn clock_rate(
    sources: &[(String, String)],
    top: &str,
    placement: &Placement,
) -> Result<ClockRate> {
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let mut names = write_files(sources, folder.path())?;
    let text: String = sources.iter().map(|(_, text)| text.as_str()).collect();
    let harness = ("harness.v".to_owned(), harness::harness(&text, top)?);
    names.extend(write_files(&[harness], folder.path())?);
    yosys(folder.path(), &names, "harness", "")?;
    // The critical path and the final rate are in the log; router2 spreads arrays of multipliers.
    parse(&nextpnr(folder.path(), placement)?).ok_or_else(|| Error::Synthesis {
        tool: "nextpnr-ecp5",
        top: top.to_owned(),
        log: "it names no clock rate".to_owned(),
    })
}

fn nextpnr(folder: &Path, placement: &Placement) -> Result<String> {
    let arguments = [
        &format!("--{}", placement.device),
        "--package",
        "CABGA381",
        "--speed",
        &placement.speed.to_string(),
        "--json",
        "harness.json",
        "--freq",
        &placement.target.to_string(),
        "--seed",
        &placement.seed.to_string(),
        "--router",
        "router1",
        "--lpf-allow-unconstrained",
        "--timing-allow-fail",
    ];
    Ok(call("nextpnr-ecp5", "harness", folder, &arguments)?.messages())
}

/// Reads a log of nextpnr.
fn parse(log: &str) -> Option<ClockRate> {
    let text = |line: &str| line.trim_start_matches("Info:").trim().to_owned();
    let line = log
        .lines()
        .rfind(|line| line.contains("Max frequency for clock"))?;
    let mhz = line
        .rsplit_once(": ")?
        .1
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    let used = |line: &&str| line.contains('%') && line.contains('/') && !line.contains(" 0/");
    let path = log
        .rsplit_once("Critical path report for clock")
        .map(|(_, rest)| rest);
    let step = |line: &&str| line.contains(" Source ") || line.contains(" Sink ");
    Some(ClockRate {
        mhz,
        utilization: log.lines().filter(used).map(text).collect(),
        critical_path: path
            .unwrap_or_default()
            .lines()
            .skip(1)
            .take_while(|line| !line.contains("Critical path report"))
            .filter(step)
            .map(text)
            .collect(),
    })
}

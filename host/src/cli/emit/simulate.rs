//! A test bench in the simulators: how to run it by hand, or run here.

use std::path::Path;

use crate::cli::Verdict;
use systole_sim::{Bench, Error, icarus, verilator};

type Files = [(String, String)];
type Simulator = fn(&Files, &str) -> Result<Bench, Error>;

/// Says on standard error which commands run the test bench.
pub(super) fn explain(folder: &Path, files: &Files, bench: &str) {
    let sources: Vec<&str> = files
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.ends_with(".v"))
        .collect();
    let sources = sources.join(" ");
    eprintln!("simulate it (it prints PASS or FAIL):");
    eprintln!("  cd {}", folder.display());
    eprintln!("  iverilog -g2012 -s {bench} -o {bench}.vvp {sources} && vvp -n {bench}.vvp");
    eprintln!(
        "  verilator --binary -CFLAGS -std=c++20 -Wno-fatal --top-module {bench} {sources} && obj_dir/V{bench}"
    );
    eprintln!("or let systole run both: the same command with --simulate");
}

/// Runs the test bench in every simulator there is.
pub(super) fn run(files: &Files, bench: &str) -> anyhow::Result<Verdict> {
    let simulators: [(&str, Simulator); 2] = [
        ("icarus", icarus::run_bench),
        ("verilator", verilator::run_bench),
    ];
    let mut missing = Vec::new();
    let mut verdict = Verdict::Done;
    for (name, simulator) in simulators {
        match simulator(files, bench) {
            Ok(outcome) => {
                for line in outcome
                    .output
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                {
                    println!("{name}: {line}");
                }
                if !outcome.passed {
                    verdict = Verdict::Unequal;
                }
            }
            Err(error @ Error::ToolMissing { .. }) => {
                eprintln!("{name}: {error}");
                missing.push(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    match missing.pop() {
        Some(error) if missing.len() + 1 == simulators.len() => Err(error.into()),
        _ => Ok(verdict),
    }
}

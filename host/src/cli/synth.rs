//! `systole synth`: what emitted Verilog becomes on an ECP5, and how fast it is.

use std::path::PathBuf;

use anyhow::Context;

use super::Verdict;
use systole_sim::synthesis::{Placement, cells, clock_rate};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Verilog file, as `systole emit` writes it.
    source: PathBuf,
    /// Top module; the name of the file if it is not given.
    #[arg(long)]
    top: Option<String>,
    /// Place and route as well, behind a shift register: the clock rate. Takes minutes.
    #[arg(long)]
    place: bool,
    /// Device of the ECP5 family.
    #[arg(long, default_value = "85k", value_parser = ["25k", "45k", "85k"], requires = "place")]
    device: String,
    /// Clock rate to aim at, MHz.
    #[arg(long, default_value_t = 150, requires = "place")]
    target: usize,
    /// Seed of the placement.
    #[arg(long, default_value_t = 1, requires = "place")]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let path = &arguments.source;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the Verilog file {}", path.display()))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let top = arguments.top.clone().unwrap_or_else(|| stem.into_owned());
    let sources = [(format!("{top}.v"), text)];
    match arguments.place {
        true => place(arguments, &sources, &top)?,
        false => count(&sources, &top)?,
    }
    Ok(Verdict::Done)
}

fn count(sources: &[(String, String)], top: &str) -> anyhow::Result<()> {
    let cells = cells(sources, top)?;
    for (kind, count) in &cells.counts {
        println!("{count:8} {kind}");
    }
    println!("{:8} look-up tables, carry cells included", cells.luts());
    Ok(())
}

fn place(arguments: &Arguments, sources: &[(String, String)], top: &str) -> anyhow::Result<()> {
    let placement = Placement {
        device: arguments.device.clone(),
        target: arguments.target,
        seed: arguments.seed,
        ..Placement::default()
    };
    let rate = clock_rate(sources, top, &placement)?;
    for line in rate.utilization.iter().chain(&rate.critical_path) {
        println!("{line}");
    }
    println!(
        "{top}: {:.2} MHz on LFE5U {}, speed {}, seed {}",
        rate.mhz, placement.device, placement.speed, placement.seed
    );
    Ok(())
}

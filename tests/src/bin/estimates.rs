//! `./x estimates`: builds the designs of `bitstreams/measurements.toml` and compares them with the estimates.

use std::process::ExitCode;

use clap::Parser;
use systole_tests::estimates::{Designs, EstimatesError, bless, measure, page, table};

/// Synthesizes, places and routes designs for boards, and writes what came out into bitstreams/measurements.toml and, beside the
/// estimates, into docs/estimates.md. Designs that were built before with the same tools are looked up.
#[derive(Parser)]
struct Arguments {
    /// Only designs whose board and configuration contain this; may be repeated
    #[arg(long)]
    only: Vec<String>,
    /// Build nothing: write the table of what was measured
    #[arg(long)]
    no_build: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), EstimatesError> {
    let path = Designs::path();
    let mut designs = Designs::read(&path)?;
    if !arguments.no_build {
        for index in 0..designs.design.len() {
            let design = &mut designs.design[index];
            let name = design.name();
            let wanted = |part: &String| name.contains(part.as_str());
            if arguments.only.is_empty() || arguments.only.iter().any(wanted) {
                let measured = measure(design)?;
                eprintln!("{name}: {} LUTs, {} MHz", measured.luts, measured.mhz);
                design.measured = Some(measured);
                // What was built stays, whatever comes next.
                designs.write(&path)?;
            }
        }
    }
    let text = table(&designs)?;
    println!("{text}");
    bless(&page(), &text)
}

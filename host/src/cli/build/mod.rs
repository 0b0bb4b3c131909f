//! `systole build`: from a board and a configuration to a bitstream, step by step.

mod manifest;
mod plan;
mod report;
mod run;
mod timing;

use std::path::PathBuf;

use clap::builder::TypedValueParser;

use super::Verdict;
use super::named::named;
pub(super) use plan::{Plan, tools_of};
pub(super) use report::BUILD_REPORT;
pub(super) use run::{bitstream_file, build, constraint_file};
use systole_sim::flow::Step;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Board: a name that `systole boards` lists.
    #[arg(long)]
    pub(super) board: String,
    /// Configuration: a preset or a TOML file [default: the one that the board file names].
    #[arg(long)]
    pub(super) arch: Option<String>,
    /// Clock of the accelerator, MHz, made by the PLL; a design that is slower is an error [default: the first of `systole boards NAME`].
    #[arg(long, value_name = "F")]
    pub(super) target_mhz: Option<f64>,
    /// Seed of the placement.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Try so many seeds, from `--seed` on, and take the fastest.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(super) seeds: u64,
    /// Last step.
    #[arg(long, value_parser = steps(), value_name = "STEP", default_value = "verify")]
    pub(super) until: Step,
    /// Print what would be done, and stop.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Compare with the entry of this board and configuration in a manifest, for example bitstreams/manifest.toml.
    #[arg(long, value_name = "MANIFEST", conflicts_with = "record")]
    pub(super) check: Option<PathBuf>,
    /// Write the entry of this board and configuration into a manifest.
    #[arg(long, value_name = "MANIFEST")]
    pub(super) record: Option<PathBuf>,
    /// Folder for the results.
    #[arg(short, long)]
    pub(super) output: PathBuf,
}

fn steps() -> impl TypedValueParser<Value = Step> {
    named(Step::ALL.map(|step| (step, step.name(), step.what())))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let plan = Plan::new(arguments)?;
    plan.print();
    if arguments.dry_run {
        plan.print_steps();
        return Ok(Verdict::Done);
    }
    let report = build(&plan)?;
    if let Some(path) = &arguments.check {
        manifest::check(path, &report)?;
    }
    if let Some(path) = &arguments.record {
        manifest::record(path, &report)?;
    }
    Ok(Verdict::Done)
}

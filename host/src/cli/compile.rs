//! `systole compile`: from an integer network to a program.

use std::path::PathBuf;

use super::{Verdict, architecture, output};
use anyhow::Context;
use systole::compiler::compile;
use systole_quant::integer::IntGraph;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Integer network (`.sysq`).
    model: PathBuf,
    /// Configuration: a preset or a TOML file.
    #[arg(long)]
    arch: String,
    /// Program to write (`.sysp`).
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let arch = architecture::find(&arguments.arch)?;
    output::probe(Some(&arguments.output))?;
    let graph = IntGraph::load(&arguments.model)?;
    let program = compile(&graph, &arch).with_context(|| {
        let model = arguments.model.display();
        format!("cannot compile {model} for {}", arguments.arch)
    })?;
    output::write(&arguments.output, &program.encode()?)?;
    eprintln!(
        "{}: {} instructions, {} cycles, {:.1} % of {} multipliers",
        arguments.output.display(),
        program.instructions.len(),
        program.cycles(),
        100.0 * program.utilization(),
        arch.rows * arch.cols
    );
    Ok(Verdict::Done)
}

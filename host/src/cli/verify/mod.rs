//! `systole verify`: the same program and the same images at every level from the CPU reference to the bitstream of a board, each
//! compared with the one before, and a receipt.

mod compare;
mod levels;
mod stages;
mod verification;

use std::path::PathBuf;

use anyhow::Context;
use systole::receipt::{RECEIPT, Receipt};
use systole::report::{ReportData, render};
use systole_sim::flow::Step;

use super::pipeline::{self, DeviceKind, Job, Outcome};
use super::progress::Progress;
use super::{Verdict, build, errors, output, run};
use build::Plan;
use levels::Level;
use verification::Verification;

/// File name of the report.
const REPORT: &str = "report.html";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    task: run::Task,
    /// Board: a name that `systole boards` lists.
    #[arg(long)]
    board: String,
    /// Configuration: a preset or a TOML file [default: the one that the board file names].
    #[arg(long)]
    arch: Option<String>,
    /// Clock of the accelerator, MHz, as for `systole build`.
    #[arg(long, value_name = "F")]
    target_mhz: Option<f64>,
    /// Seed of the placement.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Images that every level runs.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    images: u64,
    /// Levels to run, with commas between: cpu, interpreter, rtl, board (the Verilog of the board top), netlist, routed, bitstream
    /// [default: all]. `cpu` always runs: it is what the next one is compared with.
    #[arg(long, value_delimiter = ',', value_parser = levels::parser())]
    levels: Vec<Level>,
    /// Bitstream to verify, in place of the one that the build packs.
    #[arg(long, value_name = "FILE")]
    bitstream: Option<PathBuf>,
    /// Folder for the receipt, the report, and all that `systole build` leaves there.
    #[arg(short, long)]
    output: PathBuf,
}

impl Arguments {
    /// The levels that run, in order.
    fn chosen(&self) -> anyhow::Result<Vec<Level>> {
        let all = self.levels.is_empty();
        let wanted = |level: &Level| all || *level == Level::Cpu || self.levels.contains(level);
        let chosen: Vec<Level> = Level::ALL.into_iter().filter(wanted).collect();
        if chosen.len() == 1 {
            anyhow::bail!(
                "--levels cpu compares nothing with nothing\n  hint: name one level more"
            );
        }
        if self.bitstream.is_some() && !chosen.contains(&Level::BITSTREAM) {
            anyhow::bail!(
                "--bitstream names a file, and the level `bitstream` is not among --levels\n  hint: add it, or leave `--bitstream` out"
            );
        }
        Ok(chosen)
    }

    /// The build that makes what the levels need.
    fn build(&self, levels: &[Level]) -> build::Arguments {
        let last = levels.iter().filter_map(|level| level.step()).max();
        build::Arguments {
            board: self.board.clone(),
            arch: self.arch.clone(),
            target_mhz: self.target_mhz,
            seed: self.seed,
            seeds: 1,
            until: last.unwrap_or(Step::Lint),
            dry_run: false,
            check: None,
            record: None,
            output: self.output.clone(),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let levels = arguments.chosen()?;
    let plan = Plan::new(&arguments.build(&levels))?;
    levels::check_tools(&levels, plan.board.part.family)?;
    let file = arguments.bitstream.as_ref().map(|path| {
        std::fs::read(path).with_context(|| {
            format!("{}: the bitstream cannot be read\n  hint: give the file that `systole build` wrote", path.display())
        })
    });
    let file = file.transpose()?;
    begin_anew(&plan)?;
    plan.print();
    let mut progress = Progress::new(false);
    let (source, mut settings) = arguments.task.source(&mut progress)?;
    let job = Job {
        arch: plan.arch.clone(),
        device: DeviceKind::Interpreter,
        images: arguments.images as usize,
        devices: 1,
        chunk: None,
        trace: None,
        board: None,
    };
    let mut outcome = pipeline::execute(&source, &job, &mut progress)?;
    let mut inputs = pipeline::bytes_of(&source.quantized.graph, &source.test)?;
    inputs.truncate(job.images);
    let verification = Verification::new(
        &plan,
        &source.quantized.graph,
        &outcome.program,
        inputs,
        file,
        stages::of_files(&arguments.task)?,
    )?;
    let receipt = verification.run(&levels, &mut progress)?;
    outcome.results.seconds = progress.seconds();
    settings.push(("board".to_owned(), plan.board.name().to_owned()));
    finish(&plan, &receipt, &mut outcome, &settings)
}

/// What an earlier verification found is not true of this one, whatever becomes of it.
fn begin_anew(plan: &Plan) -> anyhow::Result<()> {
    for name in [RECEIPT, REPORT] {
        let path = plan.output.join(name);
        output::probe(Some(&path))?;
        if path.exists() {
            std::fs::remove_file(&path)
                .with_context(|| format!("{}: cannot be removed", path.display()))?;
        }
    }
    Ok(())
}

/// Prints and writes what was found.
fn finish(
    plan: &Plan,
    receipt: &Receipt,
    outcome: &mut Outcome,
    settings: &[(String, String)],
) -> anyhow::Result<Verdict> {
    verification::into_results(receipt, &mut outcome.results);
    let page = render(&ReportData {
        results: &outcome.results,
        program: &outcome.program,
        samples: &outcome.samples,
        left_out: &[],
        settings,
        receipt: Some(receipt),
    });
    let path = plan.output.join(RECEIPT);
    output::write(&plan.output.join(REPORT), page.as_bytes())?;
    output::write(&path, receipt.json()?.as_bytes())?;
    println!("{}", summary(receipt));
    println!("{}", path.display());
    match &receipt.mismatch {
        None => Ok(Verdict::Done),
        Some(mismatch) => {
            errors::report(&anyhow::anyhow!("{mismatch}"));
            Ok(Verdict::Unequal)
        }
    }
}

/// One line for each level.
fn summary(receipt: &Receipt) -> String {
    let subject = &receipt.subject;
    let mut text = format!("{} on {} ({})", subject.model, subject.board, subject.arch);
    for level in &receipt.levels {
        let equal = match (level.equal, &level.compared_with) {
            (Some(true), Some(with)) => format!("equal with {with}, {} images", level.images),
            (Some(false), _) => "DIFFERENT".to_owned(),
            _ => "not compared".to_owned(),
        };
        let equal = match level.compared_with {
            None => format!("{} images", level.images),
            Some(_) => equal,
        };
        let cycles = level
            .cycles_measured
            .map_or(String::new(), |cycles| format!(", {cycles} cycles"));
        let note = level
            .note
            .as_ref()
            .map_or(String::new(), |note| format!("; {note}"));
        text += &format!("\n  {:<12} {equal}{cycles}{note}", level.level);
    }
    for left_out in &receipt.left_out {
        text += &format!("\n  {:<12} left out: {}", left_out.level, left_out.why);
    }
    text
}

//! The steps, one after another. A file appears in the output folder once its step is done, and completely.

use std::path::Path;

use anyhow::Context;

use super::plan::Plan;
use super::report::{Report, StepReport};
use super::timing;
use crate::cli::output;
use crate::cli::progress::Progress;
use systole::device::board_design;
use systole_arch::boards::part::Family;
use systole_hdl::board::TOP;
use systole_sim::flow::{
    self, Artifact, Step, Synthesis, Timing, pack, place_and_route, synthesize,
};
use systole_sim::verilator::{EMITTED, lint};

/// Runs the plan.
pub(in crate::cli) fn build(plan: &Plan) -> anyhow::Result<Report> {
    let mut build = Build {
        plan,
        report: Report::new(plan),
        progress: Progress::new(false),
    };
    let sources = build.emit()?;
    if plan.until >= Step::Lint {
        build.lint()?;
    }
    if plan.until >= Step::Synthesize {
        let netlist = build.synthesize(&sources)?;
        if plan.until >= Step::PlaceAndRoute {
            let routed = build.place_and_route(&netlist)?;
            if plan.until >= Step::Pack {
                build.pack(&routed)?;
            }
        }
    }
    build.finish()
}

struct Build<'a> {
    plan: &'a Plan,
    report: Report,
    progress: Progress,
}

impl Build<'_> {
    fn emit(&mut self) -> anyhow::Result<Vec<(String, String)>> {
        let plan = self.plan;
        let sources = self
            .progress
            .stage(Step::Emit.name(), 0, |_| Ok(plan.top.sources()?))?;
        let constraints = (constraint_file(plan), plan.board.constraints());
        for (name, text) in sources.iter().chain([&constraints]) {
            output::write(&plan.output.join(name), text.as_bytes())?;
        }
        self.step(StepReport::texts(
            Step::Emit,
            sources.iter().chain([&constraints]),
        ))?;
        Ok(sources)
    }

    fn lint(&mut self) -> anyhow::Result<()> {
        let plan = self.plan;
        let warnings = self.progress.stage(Step::Lint.name(), 0, |_| {
            Ok(lint(&board_design(&plan.top)?, EMITTED)?)
        })?;
        if let Some(first) = warnings.first() {
            anyhow::bail!(
                "the emitted Verilog is not lint-clean, {} warnings: {} {}\n  hint: this is an error of systole; please report it",
                warnings.len(),
                first.code,
                first.message
            );
        }
        self.step(StepReport::texts(Step::Lint, []))
    }

    fn synthesize(&mut self, sources: &[(String, String)]) -> anyhow::Result<Synthesis> {
        let part = self.plan.board.part;
        let netlist = self.progress.stage(Step::Synthesize.name(), 0, |_| {
            Ok(synthesize(sources, TOP, part.family, part.name)?)
        })?;
        let instances = netlist.instances()?;
        if let Some(top) = instances.first() {
            println!(
                "  {} LUTs, {} flip-flops, {} block RAMs, {} multipliers",
                top.luts, top.flip_flops, top.block_rams, top.multipliers
            );
        }
        self.report.instances = instances;
        self.step(StepReport::of(&netlist.artifact))?;
        Ok(netlist)
    }

    fn place_and_route(&mut self, netlist: &Synthesis) -> anyhow::Result<Artifact> {
        let plan = self.plan;
        let constraints = plan.board.constraints();
        let mut best: Option<(u64, Artifact, Timing)> = None;
        for &seed in &plan.seeds {
            let name = match plan.seeds.len() {
                1 => Step::PlaceAndRoute.name().to_owned(),
                _ => format!("{} seed {seed}", Step::PlaceAndRoute.name()),
            };
            let how = plan.place_route(&constraints, seed);
            let (artifact, timing) = self
                .progress
                .stage(&name, 0, |_| Ok(place_and_route(&netlist.artifact, &how)?))?;
            println!("  seed {seed}: {}", timing::clocks(&timing));
            self.report.seed(seed, &artifact, &timing);
            let better = best
                .as_ref()
                .is_none_or(|(_, _, best)| timing::margin(&timing) > timing::margin(best));
            if better {
                best = Some((seed, artifact, timing));
            }
        }
        let (seed, artifact, timing) = best.context("no seed was tried")?;
        self.report.best(seed, &timing);
        self.step(StepReport::of(&artifact))?;
        if !timing.met() {
            self.report.write(&plan.output)?;
            anyhow::bail!("{}", timing::missed(plan, seed, &timing));
        }
        Ok(artifact)
    }

    fn pack(&mut self, routed: &Artifact) -> anyhow::Result<()> {
        let plan = self.plan;
        let (packed, name) = self
            .progress
            .stage(Step::Pack.name(), 0, |_| Ok(pack(routed, &plan.board)?))?;
        let target = plan.output.join(bitstream_file(plan.board.part.family));
        copy(&packed.file(&name), &target)?;
        self.report.bitstream = packed.digest(&name).map(str::to_owned);
        self.step(StepReport::of(&packed))?;
        if plan.until >= Step::Verify {
            let same = self.progress.stage(Step::Verify.name(), 0, |_| {
                Ok(flow::unpack_and_pack(&packed, &plan.board)?)
            })?;
            match same {
                Some(artifact) => self.step(StepReport::of(&artifact))?,
                None => println!("  no tool unpacks bitstreams of this family: not compared"),
            }
        }
        println!("{}", target.display());
        Ok(())
    }

    fn step(&mut self, step: StepReport) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&step)? + "\n";
        let path = self
            .plan
            .output
            .join("steps")
            .join(format!("{}.json", step.step.name()));
        output::write(&path, text.as_bytes())?;
        self.report.steps.push(step);
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Report> {
        let path = self.report.write(&self.plan.output)?;
        println!("{}", path.display());
        Ok(self.report)
    }
}

pub(in crate::cli) fn constraint_file(plan: &Plan) -> String {
    format!("{TOP}.{}", plan.board.part.family.extension())
}

/// Name of the bitstream in the output folder.
pub(in crate::cli) fn bitstream_file(family: Family) -> String {
    let name = flow::bitstream(family);
    let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending);
    format!("{TOP}.{ending}")
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let bytes =
        std::fs::read(from).with_context(|| format!("{}: cannot be read", from.display()))?;
    output::write(to, &bytes)
}

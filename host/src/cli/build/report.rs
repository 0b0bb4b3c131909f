//! What a build leaves behind for programs: `build.json`, and one file for each step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::plan::Plan;
use crate::cli::manifest::Entry;
use crate::cli::output;
use anyhow::Context;
use serde::Serialize;
use systole_sim::flow::{Artifact, ClockReport, Hop, InstanceCells, Record, Step, Timing};
use systole_sim::sha256_hex;

/// File name of the report.
pub(in crate::cli) const BUILD_REPORT: &str = "build.json";

/// One step.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StepReport {
    /// Step.
    pub(super) step: Step,
    /// Whether it was made before; times are those of then.
    cached: bool,
    #[serde(flatten)]
    record: Option<Measured>,
    /// SHA-256 of each file.
    files: BTreeMap<String, String>,
}

/// What a tool took.
#[derive(Debug, Clone, Serialize)]
struct Measured {
    tools: Vec<String>,
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_mib: u64,
}

impl StepReport {
    /// A step that wrote texts, without a tool.
    pub(super) fn texts<'a>(
        step: Step,
        texts: impl IntoIterator<Item = &'a (String, String)>,
    ) -> Self {
        let texts = texts.into_iter();
        StepReport {
            step,
            cached: false,
            record: None,
            files: texts
                .map(|(name, text)| (name.clone(), sha256_hex(text.as_bytes())))
                .collect(),
        }
    }

    pub(super) fn of(artifact: &Artifact) -> Self {
        let Record {
            step,
            tools,
            wall_seconds,
            cpu_seconds,
            peak_mib,
            files,
        } = artifact.record.clone();
        StepReport {
            step,
            cached: artifact.cached,
            record: Some(Measured {
                tools,
                wall_seconds,
                cpu_seconds,
                peak_mib,
            }),
            files: files.into_iter().collect(),
        }
    }
}

/// The whole build.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Report {
    board: String,
    part: &'static str,
    arch: String,
    arch_hash: String,
    rows: usize,
    cols: usize,
    core_mhz: f64,
    baud: u64,
    /// Seed of the best placement.
    seed: Option<u64>,
    seeds: Vec<SeedReport>,
    clocks: Vec<ClockReport>,
    utilization: BTreeMap<String, (u64, u64)>,
    critical_path: Vec<Hop>,
    /// Cells of each instance, before place and route.
    pub(super) instances: Vec<InstanceCells>,
    /// SHA-256 of the bitstream.
    pub(super) bitstream: Option<String>,
    pub(super) steps: Vec<StepReport>,
}

#[derive(Debug, Serialize)]
struct SeedReport {
    seed: u64,
    mhz: f64,
    cpu_seconds: f64,
    peak_mib: u64,
}

impl Report {
    pub(super) fn new(plan: &Plan) -> Self {
        Report {
            board: plan.board.name().to_owned(),
            part: plan.board.part.name,
            arch: plan.arch.name.clone(),
            arch_hash: plan.arch.hash_text(),
            rows: plan.arch.rows,
            cols: plan.arch.cols,
            core_mhz: plan.target_mhz(),
            baud: plan.board.sheet.link.baud,
            seed: None,
            seeds: Vec::new(),
            clocks: Vec::new(),
            utilization: BTreeMap::new(),
            critical_path: Vec::new(),
            instances: Vec::new(),
            bitstream: None,
            steps: Vec::new(),
        }
    }

    pub(super) fn seed(&mut self, seed: u64, artifact: &Artifact, timing: &Timing) {
        self.seeds.push(SeedReport {
            seed,
            mhz: timing.slowest().map_or(0.0, |clock| clock.mhz),
            cpu_seconds: artifact.record.cpu_seconds,
            peak_mib: artifact.record.peak_mib,
        });
    }

    pub(super) fn best(&mut self, seed: u64, timing: &Timing) {
        self.seed = Some(seed);
        self.clocks.clone_from(&timing.clocks);
        self.utilization.clone_from(&timing.utilization);
        self.critical_path.clone_from(&timing.critical_path);
    }

    /// What the manifest says of it.
    pub(super) fn entry(&self) -> anyhow::Result<Entry> {
        let missing =
            "there is no bitstream to compare or record\n  hint: build until `pack` at least";
        let emitted = self.steps.iter().find(|step| step.step == Step::Emit);
        let mut sources = String::new();
        for (name, digest) in emitted.iter().flat_map(|step| &step.files) {
            sources += &format!("{digest}  {name}\n");
        }
        let recorded = self.steps.iter().filter(|step| step.step < Step::Verify);
        let tools = recorded.filter_map(|step| step.record.as_ref());
        Ok(Entry {
            board: self.board.clone(),
            arch: self.arch.clone(),
            arch_hash: self.arch_hash.clone(),
            core_mhz: self.core_mhz,
            seed: self.seed.context(missing)?,
            fmax_mhz: self.clocks.first().map_or(0.0, |clock| clock.mhz),
            cells: self
                .utilization
                .iter()
                .map(|(kind, (used, _))| (kind.clone(), *used))
                .collect(),
            sources: sha256_hex(sources.as_bytes()),
            sha256: self.bitstream.clone().context(missing)?,
            tools: tools
                .flat_map(|record| &record.tools)
                .map(|tool| short(tool))
                .collect(),
        })
    }

    /// Name and version of each tool that ran.
    pub(in crate::cli) fn tools(&self) -> impl Iterator<Item = String> {
        let records = self.steps.iter().filter_map(|step| step.record.as_ref());
        let tools = records.flat_map(|record| &record.tools);
        tools.map(|tool| short(tool))
    }

    /// Writes `build.json`.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let path = folder.join(BUILD_REPORT);
        let text = serde_json::to_string_pretty(self)? + "\n";
        output::write(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// Name and version of a tool without how it was built.
fn short(tool: &str) -> String {
    let text = tool.split(", Release").next().unwrap_or_default();
    let open = text.matches('(').count() > text.matches(')').count();
    text.replace('"', "") + if open { ")" } else { "" }
}

//! One level after another, until the first difference.

use std::sync::Arc;
use std::time::Instant;

use systole::device::{
    Cpu, Device, DeviceError, Interpreter, Pins, Rtl, accelerator_design, board_design, level_name,
};
use systole::program::Program;
use systole::receipt::{self, LeftOut, Mismatch, Receipt, Stage, Subject};
use systole::report::Results;
use systole_arch::boards::part::Family;
use systole_quant::integer::IntGraph;
use systole_sim::flow::{self, AtLevel, Stages, Step};
use systole_sim::netlist::PllSettings;
use systole_sim::{Design, Error, sha256_hex, verilator};

use super::levels::Level;
use super::{compare, stages};
use crate::cli::build::{self, Plan};
use crate::cli::progress::Progress;

/// Outputs of every image.
type Outputs = Vec<Vec<Vec<i8>>>;

/// A verification on its way.
pub(super) struct Verification<'a> {
    plan: &'a Plan,
    graph: Arc<IntGraph>,
    program: &'a Program,
    inputs: Outputs,
    /// A bitstream that was handed in.
    file: Option<Vec<u8>>,
    design: Design,
    constraints: String,
    /// The level before, and what it gave.
    before: Option<(Level, Outputs)>,
    receipt: Receipt,
}

/// What became of a level.
struct Found {
    outputs: Option<Outputs>,
    cycles: Option<u64>,
    mismatch: Option<Mismatch>,
    note: Option<String>,
}

impl Found {
    fn nothing(note: Option<String>, mismatch: Option<Mismatch>) -> Self {
        Found {
            outputs: None,
            cycles: None,
            mismatch,
            note,
        }
    }
}

impl<'a> Verification<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        graph: &IntGraph,
        program: &'a Program,
        inputs: Outputs,
        file: Option<Vec<u8>>,
        files: Vec<Stage>,
    ) -> anyhow::Result<Self> {
        let (board, arch) = (&plan.board, &plan.arch);
        let subject = Subject {
            model: program.name.clone(),
            board: board.name().to_owned(),
            part: board.part.name.to_owned(),
            arch: arch.name.clone(),
            arch_hash: arch.hash_text(),
            core_mhz: plan.target_mhz(),
            baud: board.sheet.link.baud,
            cycles_per_bit: plan.top.uart.cycles,
            seed: plan.seeds.first().copied().unwrap_or_default(),
        };
        let receipt = Receipt {
            version: receipt::VERSION,
            systole: env!("CARGO_PKG_VERSION").to_owned(),
            equal: false,
            mismatch: None,
            subject,
            stages: files,
            levels: Vec::new(),
            left_out: Vec::new(),
            tools: Vec::new(),
        };
        Ok(Verification {
            graph: Arc::new(graph.clone()),
            program,
            inputs,
            file,
            design: board_design(&plan.top)?,
            constraints: board.constraints(),
            before: None,
            receipt,
            plan,
        })
    }

    fn stages(&self) -> Stages<'_> {
        let seed = self.receipt.subject.seed;
        Stages {
            design: &self.design,
            how: self.plan.place_route(&self.constraints, seed),
        }
    }

    /// Runs the levels. The receipt is complete: what did not run is named.
    pub(super) fn run(
        mut self,
        levels: &[Level],
        progress: &mut Progress,
    ) -> anyhow::Result<Receipt> {
        let texts = stages::of_texts(self.plan, &self.graph, self.program, &self.stages())?;
        self.receipt.stages.extend(texts);
        if levels.iter().any(|level| level.is_simulated()) {
            let version = verilator::identity()?;
            self.receipt.tools.push(format!("verilator {version}"));
        }
        let mut built = false;
        for level in Level::ALL {
            if !levels.contains(&level) {
                self.left_out(level, "not among --levels");
            } else if self.receipt.mismatch.is_some() {
                self.left_out(level, "a level before it differs");
            } else {
                if level.step().is_some() && !std::mem::replace(&mut built, true) {
                    self.build()?;
                }
                self.level(level, progress)?;
            }
        }
        self.receipt.equal = self.receipt.mismatch.is_none();
        Ok(self.receipt)
    }

    fn left_out(&mut self, level: Level, why: &str) {
        self.receipt.left_out.push(LeftOut {
            level: level.name().to_owned(),
            why: why.to_owned(),
        });
    }

    /// Everything that `systole build` makes, up to what the levels need.
    fn build(&mut self) -> anyhow::Result<()> {
        let report = build::build(self.plan)?;
        for tool in report.tools() {
            // The packer also packs what was unpacked.
            if !self.receipt.tools.contains(&tool) {
                self.receipt.tools.push(tool);
            }
        }
        let until = self.plan.until;
        if until >= Step::Verify && self.plan.board.part.family == Family::Ice40 {
            self.receipt.tools.push(flow::identity("icebox_vlog")?);
        }
        let made = stages::of_tools(self.plan, &self.stages(), until, self.file.as_deref())?;
        self.receipt.stages.extend(made);
        Ok(())
    }

    fn level(&mut self, level: Level, progress: &mut Progress) -> anyhow::Result<()> {
        let begin = Instant::now();
        let found = progress.stage(level.name(), self.inputs.len(), |bar| {
            self.found(level, || bar.inc(1))
        })?;
        let before = self
            .before
            .as_ref()
            .map(|(level, _)| level.name().to_owned());
        let compared = found.outputs.is_some() || found.mismatch.is_some();
        self.receipt.levels.push(receipt::Level {
            level: level.name().to_owned(),
            what: level.what().to_owned(),
            equal: (compared && before.is_some()).then_some(found.mismatch.is_none()),
            compared_with: before,
            images: found.outputs.as_ref().map_or(0, Vec::len),
            cycles_predicted: self.program.cycles(),
            cycles_measured: found.cycles,
            note: found.note,
            seconds: (begin.elapsed().as_secs_f64() * 100.0).round() / 100.0,
        });
        self.receipt.mismatch = found.mismatch;
        if let Some(outputs) = found.outputs {
            self.before = Some((level, outputs));
        }
        Ok(())
    }

    fn found(&self, level: Level, step: impl Fn()) -> anyhow::Result<Found> {
        let top = || self.plan.top.clone();
        match level {
            Level::Cpu => self.on(level, &Cpu::new(self.graph.clone()), step),
            Level::Interpreter => self.on(level, &Interpreter, step),
            Level::Rtl => self.on(level, &Rtl::new(accelerator_design, None), step),
            Level::Board => self.on(level, &Pins::rtl(self.design.clone(), top()), step),
            Level::Gates(of) => {
                if let Some(why) = level.beyond_tools(self.plan.board.part.family) {
                    let mismatch = self.other_bytes(level)?;
                    return Ok(Found::nothing(Some(why), mismatch));
                }
                let at = match self.at(level, of)? {
                    Ok(at) => at,
                    Err(mismatch) => return Ok(Found::nothing(None, Some(mismatch))),
                };
                if let Some(mismatch) = self.other_clock(level, &at.plls) {
                    return Ok(Found::nothing(None, Some(mismatch)));
                }
                let device = Pins::gates(level_name(of), at.design, top());
                let mut found = self.on(level, &device, step)?;
                found.note = self.handed_in(level)?;
                Ok(found)
            }
        }
    }

    /// The bitstream that was handed in, at its level.
    fn file_for(&self, level: Level) -> Option<&Vec<u8>> {
        self.file.as_ref().filter(|_| level == Level::BITSTREAM)
    }

    /// What is simulated; a bitstream that was handed in may be refused.
    fn at(&self, level: Level, of: flow::Level) -> anyhow::Result<Result<AtLevel, Mismatch>> {
        let stages = self.stages();
        let Some(file) = self.file_for(level) else {
            return Ok(Ok(stages.at(of)?));
        };
        match stages.decoded(file) {
            Ok(at) => Ok(Ok(at)),
            Err(Error::Synthesis { tool, log, .. }) => Ok(Err(Mismatch::Refused {
                level: level.name().to_owned(),
                reason: format!("{tool}: {log}"),
            })),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a bitstream that was handed in is another one than the build gives.
    fn differs(&self, level: Level) -> anyhow::Result<Option<[String; 2]>> {
        let Some(file) = self.file_for(level) else {
            return Ok(None);
        };
        let packed = self.stages().packed()?;
        let both = [file, &packed].map(|bytes| sha256_hex(bytes));
        Ok((both[0] != both[1]).then_some(both))
    }

    fn other_bytes(&self, level: Level) -> anyhow::Result<Option<Mismatch>> {
        let both = self.differs(level)?;
        Ok(both.map(|[found, expected]| Mismatch::Bitstream {
            level: level.name().to_owned(),
            found,
            expected,
        }))
    }

    fn handed_in(&self, level: Level) -> anyhow::Result<Option<String>> {
        let other = self.differs(level)?;
        Ok(other.map(|_| "handed in; not the bytes that the build gives".to_owned()))
    }

    /// The simulation has one clock: that the PLL makes the core clock of it is compared by its settings.
    fn other_clock(&self, level: Level, found: &[PllSettings]) -> Option<Mismatch> {
        let mismatch = |name: &str, found: String, expected: String| Mismatch::Pll {
            level: level.name().to_owned(),
            name: name.to_owned(),
            found,
            expected,
        };
        let wanted = self.plan.top.pll.map(|pll| pll.parameters());
        let count = usize::from(wanted.is_some());
        if found.len() != count {
            let found = found.len().to_string();
            return Some(mismatch("number of PLLs", found, count.to_string()));
        }
        let wanted = wanted?;
        let wanted = PllSettings::new(wanted.iter().map(|(name, value)| (*name, value.as_str())));
        let (name, expected, found) = wanted.difference(found.first()?)?;
        Some(mismatch(&name, found, expected))
    }

    /// Runs every image on a device and compares with the level before.
    fn on(&self, level: Level, device: &dyn Device, step: impl Fn()) -> anyhow::Result<Found> {
        let name = level.name().to_owned();
        let mut session = match device.prepare(self.program) {
            Ok(session) => session,
            Err(error) => {
                let reason = told(error)?;
                let mismatch = Mismatch::NotLoaded {
                    level: name,
                    reason,
                };
                return Ok(Found::nothing(None, Some(mismatch)));
            }
        };
        let (mut outputs, mut cycles) = (Vec::new(), None);
        let mut mismatch = None;
        for (image, inputs) in self.inputs.iter().enumerate() {
            let result = match session.run(inputs) {
                Ok(result) => result,
                Err(error) => {
                    let (level, reason) = (name.clone(), told(error)?);
                    mismatch = Some(Mismatch::NoResult {
                        level,
                        image,
                        reason,
                    });
                    break;
                }
            };
            mismatch = self.before.as_ref().and_then(|(with, before)| {
                let expected = before.get(image).map_or(&[][..], Vec::as_slice);
                compare::outputs([&name, with.name()], image, &result.outputs, expected)
            });
            if let Some(counters) = &result.counters {
                cycles = cycles.or(Some(counters.cycles));
                let other = || compare::cycles(&name, image, counters, self.program);
                mismatch = mismatch.or_else(other);
            }
            outputs.push(result.outputs);
            if mismatch.is_some() {
                break;
            }
            step();
        }
        Ok(Found {
            outputs: Some(outputs),
            cycles,
            mismatch,
            note: None,
        })
    }
}

/// What a device told that took part in the comparison; everything else is an error of this machine.
fn told(error: DeviceError) -> anyhow::Result<String> {
    match error {
        DeviceError::Link(_) | DeviceError::Fault { .. } | DeviceError::Interpreter(_) => {
            let text = error.to_string();
            let said = text.split("\n  hint:").next().unwrap_or_default();
            Ok(said.to_owned())
        }
        other => Err(other.into()),
    }
}

/// What the head of the report says: that of the last level.
pub(super) fn into_results(receipt: &Receipt, results: &mut Results) {
    let cycles = matches!(receipt.mismatch, Some(Mismatch::Cycles { .. }));
    let compared = receipt.levels.iter().rfind(|level| level.equal.is_some());
    if let Some(level) = compared {
        results.device.clone_from(&level.level);
        results.images_compared = level.images;
    }
    results.bit_equal = Some(receipt.equal || cycles);
    let mut measured = receipt.levels.iter().rev();
    results.cycles_measured = measured.find_map(|level| level.cycles_measured);
    results.cycles_equal = results.cycles_measured.map(|_| !cycles);
}

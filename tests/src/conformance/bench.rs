//! A device in use: every tensor of a case and every counter compared.

use std::sync::Arc;

use systole::device::{Counters, Cpu, Device, RunResult, Session};
use systole::program::Program;
use systole_arch::Arch;
use systole_quant::reference::Steps;
use systole_quant::reference::fast::Prepared;

use super::recurrent::last_units;
use super::{Expected, Mismatch, Subject};

/// A device of one size, kept for all cases of that size.
pub struct Bench {
    subject: Subject,
    device: Option<Box<dyn Device>>,
}

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases.
    pub cases: usize,
    /// Tensors of layers.
    pub tensors: usize,
    /// Bytes of these.
    pub bytes: usize,
    /// States of 16 bits: cell states of an LSTM, hidden states of a GRU.
    pub states: usize,
    /// Tensors that are never written, as their layer is fused into the next one.
    pub fused: usize,
    /// Programs run, those that stop behind a layer included.
    pub programs: usize,
    /// Cycles of all programs, equal to the prediction.
    pub cycles: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.tensors += other.tensors;
        self.bytes += other.bytes;
        self.states += other.states;
        self.fused += other.fused;
        self.programs += other.programs;
        self.cycles += other.cycles;
    }
}

impl Bench {
    /// Opens a device of one configuration.
    ///
    /// # Errors
    /// [`Mismatch::Device`]: it cannot be had.
    pub fn open(subject: Subject, arch: &Arch) -> Result<Self, Mismatch> {
        let device = subject.open(arch).transpose()?;
        Ok(Bench { subject, device })
    }

    /// The device.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Executes a case and compares everything.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, expected: &Expected) -> Result<(Tally, Option<Counters>), Mismatch> {
        match &self.device {
            None => Ok((self.reference(expected)?, None)),
            Some(device) => self.programs(device.as_ref(), expected),
        }
    }

    /// All tensors of the fast reference, and the outputs of the device that wraps it.
    fn reference(&self, expected: &Expected) -> Result<Tally, Mismatch> {
        let prepared = Prepared::new(&expected.graph)?;
        let initial = expected.graph.initial_states();
        let trace = prepared.trace(&expected.inputs, &initial)?;
        let mut tally = Tally {
            cases: 1,
            ..Tally::default()
        };
        let steps = trace.steps.iter().zip(&expected.steps);
        for (layer, (found, expected)) in steps.enumerate() {
            if found != expected {
                let device = self.subject.name;
                return Err(Mismatch::Steps { device, layer });
            }
            tally.states += found.cell.len();
        }
        for layer in &expected.graph.layers {
            let found = &trace.tensors[layer.output];
            expected.compare(self.subject.name, layer.output, found)?;
            tally.tensors += 1;
            tally.bytes += found.len();
        }
        let cpu = Cpu::new(Arc::new(expected.graph.clone()));
        let failed = Mismatch::device(self.subject.name);
        let mut session = cpu.prepare(&expected.program).map_err(&failed)?;
        let result = session.run(&expected.inputs).map_err(&failed)?;
        self.outputs(expected, &expected.tensors, &result)?;
        Ok(tally)
    }

    /// The whole program, then a program that stops in time for each tensor that is overwritten later.
    fn programs(
        &self,
        device: &dyn Device,
        expected: &Expected,
    ) -> Result<(Tally, Option<Counters>), Mismatch> {
        let failed = Mismatch::device(self.subject.name);
        let program = &expected.program;
        let mut session = device.prepare(program).map_err(&failed)?;
        let mut tally = Tally {
            cases: 1,
            programs: 1 + expected.earlier.len(),
            cycles: program.cycles() * (1 + expected.earlier.len() as u64),
            ..Tally::default()
        };
        for earlier in &expected.earlier {
            let result = session.run(&earlier.inputs).map_err(&failed)?;
            self.outputs(expected, &earlier.tensors, &result)?;
            self.times(program, &result)?;
            tally.states += self.states(session.as_mut(), expected, &earlier.steps)?;
        }
        let result = session.run(&expected.inputs).map_err(&failed)?;
        self.outputs(expected, &expected.tensors, &result)?;
        self.times(program, &result)?;
        tally.states += self.states(session.as_mut(), expected, &expected.steps)?;
        let mut overwritten = Vec::new();
        for (index, layer) in program.layers.iter().enumerate() {
            let Some(placement) = &layer.placement else {
                tally.fused += 1;
                continue;
            };
            tally.tensors += 1;
            tally.bytes += expected.tensors[layer.output].len();
            if expected.graph.outputs.contains(&layer.output) {
                continue;
            }
            let found = session.read_tensor(placement).map_err(&failed)?;
            if found != expected.tensors[layer.output] {
                overwritten.push(index);
            }
        }
        drop(session);
        tally += self.step_by_step(device, expected)?;
        for index in overwritten {
            let Some(prefix) = program.prefix(index)? else {
                continue;
            };
            let mut session = device.prepare(&prefix).map_err(&failed)?;
            let result = session.run(&expected.inputs).map_err(&failed)?;
            self.times(&prefix, &result)?;
            let found = result.outputs.first().map_or(&[][..], Vec::as_slice);
            expected.compare(self.subject.name, program.layers[index].output, found)?;
            tally.programs += 1;
            tally.cycles += prefix.cycles();
        }
        Ok((tally, result.counters))
    }

    fn outputs(
        &self,
        expected: &Expected,
        tensors: &[Vec<i8>],
        result: &RunResult,
    ) -> Result<(), Mismatch> {
        for (n, &id) in expected.graph.outputs.iter().enumerate() {
            let found = result.outputs.get(n).map_or(&[][..], Vec::as_slice);
            expected.compare_with(self.subject.name, tensors, id, found)?;
        }
        Ok(())
    }

    /// What the state memory holds after the last step of each recurrent layer; how many values that are.
    fn states(
        &self,
        session: &mut dyn Session,
        expected: &Expected,
        steps: &[Steps],
    ) -> Result<usize, Mismatch> {
        let (device, mut count) = (self.subject.name, 0);
        for state in &expected.program.states {
            let found = session
                .read_units(state)
                .map_err(Mismatch::device(device))?;
            let expected = last_units(&expected.graph, steps, state);
            count += expected.len();
            let units = expected.len().max(found.len());
            let at = |values: &[i16], n: usize| values.get(n).copied();
            let differs = |&n: &usize| at(&found, n) != at(&expected, n);
            if let Some(first) = (0..units).find(differs) {
                return Err(Mismatch::State {
                    device,
                    layer: state.name.clone(),
                    wrong: (0..units).filter(differs).count(),
                    units,
                    first,
                    found: at(&found, first).unwrap_or(0),
                    expected: at(&expected, first).unwrap_or(0),
                });
            }
        }
        Ok(count)
    }

    /// Cycles and the start of every instruction.
    pub(super) fn times(&self, program: &Program, result: &RunResult) -> Result<(), Mismatch> {
        if !self.subject.counts() {
            return Ok(());
        }
        let device = self.subject.name;
        let counters = result.counters.clone().unwrap_or_default();
        let last = program.starts.len().max(counters.starts.len());
        for instruction in 0..last {
            let [found, expected] =
                [&counters.starts, &program.starts].map(|starts| starts.get(instruction).copied());
            if found != expected {
                return Err(Mismatch::Start {
                    device,
                    instruction,
                    found,
                    expected,
                });
            }
        }
        let (found, expected) = (counters.cycles, program.cycles());
        if found != expected {
            return Err(Mismatch::Cycles {
                device,
                found,
                expected,
            });
        }
        Ok(())
    }
}

/// Executes a case on several devices. Their counts of vectors and beats, which nobody predicts, have to be equal.
///
/// # Errors
/// The first difference.
pub(super) fn check_all(benches: &[&Bench], expected: &Expected) -> Result<Vec<Tally>, Mismatch> {
    let mut tallies = Vec::with_capacity(benches.len());
    let mut before: Option<(&'static str, [u64; 2])> = None;
    for bench in benches {
        let (tally, counters) = bench.check(expected)?;
        tallies.push(tally);
        let Some(counters) = counters else { continue };
        let (device, found) = (bench.subject.name, [counters.slots, counters.beats]);
        if let Some((other, expected)) = before
            && found != expected
        {
            return Err(Mismatch::Work {
                device,
                found,
                other,
                expected,
            });
        }
        before = Some((device, found));
    }
    Ok(tallies)
}

//! The machine: memories, and the execution of the program they hold.

use super::array::Columns;
use super::error::InterpreterError;
use super::memory::Memories;
use super::pass::Pass;
use super::results::Results;
use super::sequencer::{Faults, next_start};
use super::walk::Walk;
use systole_arch::Arch;
use systole_arch::isa::{self, Opcode};
use systole_arch::loops::LoopState;
use systole_arch::map::TIMESTAMPS;
use systole_arch::timing::FETCH;

/// What the counters of the device show after a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// Cycles from the run command to `END`.
    pub cycles: u64,
    /// Latest start of each instruction up to the last one that was reached, `END` included; 0 for one that never started.
    pub starts: Vec<u64>,
    /// Vectors that the address generator issued.
    pub slots: u64,
    /// Beats that post-processing wrote.
    pub beats: u64,
    /// Faults; [`Faults::NONE`] when all is well.
    pub faults: Faults,
}

impl Run {
    fn note_start(&mut self, place: usize, start: u64) {
        self.cycles = start;
        if place < TIMESTAMPS {
            self.starts.resize(self.starts.len().max(place + 1), 0);
            self.starts[place] = start;
        }
    }
}

/// One accelerator, without its timing inside a pass.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its memories.
    pub memories: Memories,
}

impl Machine {
    /// Most slots of one run: about an hour of interpretation, and far beyond any program that was compiled.
    pub const SLOT_LIMIT: u64 = 1 << 36;

    /// A machine with empty memories.
    #[must_use]
    pub fn new(arch: &Arch) -> Self {
        Machine {
            memories: Memories::new(arch),
        }
    }

    /// Runs the program in memory until `END` or an illegal opcode.
    ///
    /// # Errors
    /// [`InterpreterError::Endless`].
    pub fn run(&mut self) -> Result<Run, InterpreterError> {
        self.run_with(Self::SLOT_LIMIT, |_, _| {})
    }

    /// As [`Machine::run`] with a limit of slots; `after` sees the memories after each pass, with its index.
    ///
    /// # Errors
    /// [`InterpreterError::Endless`].
    pub fn run_with(
        &mut self,
        limit: u64,
        mut after: impl FnMut(usize, &Memories),
    ) -> Result<Run, InterpreterError> {
        let mut run = Run::default();
        let mut loops = LoopState::default();
        let (mut start, mut place) = (FETCH, 0);
        loop {
            run.note_start(place, start);
            let instruction = self.memories.instruction(place);
            let opcode = instruction.map(|i| i.get(isa::OPCODE));
            match instruction {
                Some(pass) if opcode == Some(Opcode::Pass as i64) => {
                    let pass = Pass::decode(&loops.apply(&pass));
                    self.pass(place, &pass, limit, &mut run)?;
                    start = next_start(start, pass.duration, pass.issue_length(), &mut run.faults);
                    after(place, &self.memories);
                }
                Some(repeat) if opcode == Some(Opcode::Loop as i64) => {
                    loops.enter(&repeat, place);
                    let duration = repeat.get(isa::DURATION) as u32;
                    start = next_start(start, duration, 0, &mut run.faults);
                }
                _ => {
                    if opcode != Some(Opcode::End as i64) {
                        run.faults.raise("illegal_opcode");
                    }
                    break;
                }
            }
            place = loops.next(place);
        }
        Ok(run)
    }

    fn pass(
        &mut self,
        index: usize,
        pass: &Pass,
        limit: u64,
        run: &mut Run,
    ) -> Result<(), InterpreterError> {
        let slots = pass.slots();
        if slots + u128::from(run.slots) > u128::from(limit) {
            return Err(InterpreterError::Endless {
                instruction: index,
                slots,
                limit,
            });
        }
        let mut columns = Columns::new(&self.memories);
        let mut post = Results::new(pass);
        for slot in Walk::new(pass) {
            columns.take(&self.memories, pass, &slot);
            if let Some(then) = slot.last {
                run.beats += post.vector(&mut self.memories, &columns.values, slot.last_tile, then);
            }
        }
        run.slots += slots as u64;
        Ok(())
    }
}

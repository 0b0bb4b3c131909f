//! A device behind a link: identity, loading, running, counters.

use super::driver::{Link, Settings};
use super::error::LinkError;
use super::image::{Run as WordRun, program_image, state_units, state_words};
use super::transport::Transport;
use crate::interpreter::{Faults, Memories, Run};
use crate::program::{Placement, Program, StateBinding};
use crate::tensor::{WordImage, pick, word_span};
use std::hash::{BuildHasher, Hasher, RandomState};
use systole_arch::map::{self, Register, Space};
use systole_arch::{Arch, isa};

/// Questions in a row that a running device may answer with the same count of cycles.
const PATIENCE: u32 = 64;

/// A number that no other session has: the standard library seeds its hashers at random.
fn chosen() -> u32 {
    let random = RandomState::new().build_hasher().finish();
    (random as u32).max(1)
}

/// One connected device of a known configuration.
pub struct Board {
    link: Link,
    arch: Arch,
    /// What was loaded last.
    loaded: Vec<WordRun>,
    /// What the session register holds unless the device was reset.
    session: u32,
    instructions: usize,
    expected_cycles: u64,
}

impl Board {
    /// Connects and checks that the device is the configuration.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`]; [`LinkError::Magic`] and [`LinkError::Configuration`], which names the first field that differs.
    pub fn connect(
        transport: Box<dyn Transport>,
        arch: &Arch,
        settings: Settings,
    ) -> Result<Self, LinkError> {
        let mut board = Board {
            link: Link::connect(transport, settings)?,
            arch: arch.clone(),
            loaded: Vec::new(),
            session: settings.session,
            instructions: 0,
            expected_cycles: 0,
        };
        board.begin()?;
        Ok(board)
    }

    /// Begins a session: the device is the right one, and what it holds is unknown.
    fn begin(&mut self) -> Result<(), LinkError> {
        self.loaded.clear();
        self.check_identity()?;
        if self.session == 0 {
            self.session = chosen();
        }
        let address = Space::Registers.address(map::SESSION.offset);
        self.link.write_words(address, &[self.session])
    }

    /// Begins anew after a reset of the device: nothing is loaded.
    ///
    /// # Errors
    /// As [`Board::connect`].
    pub fn begin_again(&mut self) -> Result<(), LinkError> {
        self.link.lose_step();
        self.session = 0;
        self.begin()
    }

    /// Checks that the device was not reset since the session began, so that everything read from it before is what this
    /// host made it compute.
    ///
    /// # Errors
    /// [`LinkError::Restarted`]; errors of the line.
    pub fn confirm(&mut self) -> Result<(), LinkError> {
        match self.registers(map::SESSION, 1)?.first() {
            Some(session) if *session == self.session => Ok(()),
            _ => Err(LinkError::Restarted),
        }
    }

    fn check_identity(&mut self) -> Result<(), LinkError> {
        let sizes = self.arch.sizes();
        let count = map::SIZE0.offset as usize + sizes.len();
        let words = self.link.read_words(Space::Registers.address(0), count)?;
        let word = |register: Register| words.get(register.offset as usize).copied().unwrap_or(0);
        if word(map::MAGIC) != map::MAGIC_VALUE {
            return Err(LinkError::Magic {
                found: word(map::MAGIC),
                expected: map::MAGIC_VALUE,
            });
        }
        let differs = |field, found, expected| {
            if found == expected {
                return Ok(());
            }
            Err(LinkError::Configuration {
                field,
                found,
                expected,
                arch: self.arch.name.clone(),
            })
        };
        differs("version", word(map::VERSION).into(), isa::VERSION.into())?;
        for ((field, expected), found) in sizes.iter().zip(&words[map::SIZE0.offset as usize..]) {
            differs(field, u64::from(*found), *expected as u64)?;
        }
        let hash = u64::from(word(map::HASH_HIGH)) << 32 | u64::from(word(map::HASH_LOW));
        differs("configuration hash", hash, self.arch.hash())
    }

    /// Loads program words, weights, parameters and tables; what the program loaded before has in the same places stays.
    ///
    /// # Errors
    /// [`LinkError::Configuration`] when the program is for another one, [`LinkError::Program`] when it does not fit; errors of the line.
    pub fn load(&mut self, program: &Program) -> Result<(), LinkError> {
        for ((field, found), (_, expected)) in
            self.arch.sizes().into_iter().zip(program.arch.sizes())
        {
            if found != expected {
                let (found, expected, arch) =
                    (found as u64, expected as u64, program.arch.name.clone());
                return Err(LinkError::Configuration {
                    field,
                    found,
                    expected,
                    arch,
                });
            }
        }
        Memories::new(&self.arch).load(program)?;
        let before = std::mem::take(&mut self.loaded);
        let image = program_image(program);
        for run in image.iter().filter(|run| !before.contains(run)) {
            self.link.write_words(run.0, &run.1)?;
        }
        self.loaded = image;
        self.instructions = program.instructions.len();
        self.expected_cycles = program.starts.last().copied().unwrap_or(0);
        Ok(())
    }

    /// Writes tensors, each in NHWC order.
    ///
    /// # Errors
    /// [`LinkError::Program`] for values that do not fit their placement; errors of the line.
    pub fn write_tensors(&mut self, tensors: &[(&Placement, &[i8])]) -> Result<(), LinkError> {
        let mut image = WordImage::default();
        for (placement, values) in tensors {
            let expected = crate::tensor::byte_addresses(placement).len();
            if values.len() != expected {
                return Err(crate::interpreter::InterpreterError::Length {
                    expected,
                    found: values.len(),
                }
                .into());
            }
            image.place(placement, values);
        }
        for (bank, offset, words) in image.runs() {
            self.link
                .write_words(Space::bank(bank) << 24 | offset, &words)?;
        }
        Ok(())
    }

    /// Writes the states before the first step of recurrent layers.
    ///
    /// # Errors
    /// [`LinkError::Program`] for bytes that do not fit their placement; errors of the line.
    pub fn write_states(&mut self, states: &[StateBinding]) -> Result<(), LinkError> {
        let at_once = self.arch.units_at_once();
        for state in states {
            let Some(initial) = &state.initial else {
                continue;
            };
            self.write_tensors(&[(&initial.place, initial.bytes.as_slice())])?;
            let words = state_words(&initial.units, at_once);
            let first = (state.first_unit / at_once) as u32;
            self.link.write_words(Space::State.address(first), &words)?;
        }
        Ok(())
    }

    /// Reads what the state memory holds of a recurrent layer.
    ///
    /// # Errors
    /// Errors of the line; a refusal while a program runs.
    pub fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, LinkError> {
        let (at_once, count) = (self.arch.units_at_once(), state.units());
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = Space::State.address((state.first_unit / at_once) as u32);
        let words = self.link.read_words(first, count.div_ceil(at_once))?;
        Ok(state_units(&words, at_once, count))
    }

    /// Reads a tensor in NHWC order.
    ///
    /// # Errors
    /// Errors of the line; a refusal while a program runs.
    pub fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, LinkError> {
        let (first, count) = word_span(placement);
        let words = self
            .link
            .read_words(Space::bank(placement.bank) << 24 | first, count)?;
        Ok(pick(placement, &words))
    }

    /// Runs the loaded program to its end and reads the counters. Faults are part of the result.
    ///
    /// # Errors
    /// [`LinkError::Watchdog`] after twice the predicted cycles; errors of the line.
    pub fn run(&mut self) -> Result<Run, LinkError> {
        self.link
            .command(Space::Registers.address(map::RUN.offset), 1)?;
        let status = self.wait()?;
        let counters = self.registers(map::CYCLES, 3)?;
        let counter = |n: usize| counters.get(n).copied().map_or(0, u64::from);
        let starts = self
            .link
            .read_words(Space::Timestamps.address(0), self.instructions)?;
        Ok(Run {
            cycles: counter(0),
            starts: starts.into_iter().map(u64::from).collect(),
            slots: counter(1),
            beats: counter(2),
            faults: Faults((status >> 8) as u8),
        })
    }

    /// Lets the predicted time go by, then asks until the program has ended. Time is what the device counts.
    fn wait(&mut self) -> Result<u32, LinkError> {
        let expected = self.expected_cycles;
        let (mut waited, mut unmoved) = (0, 0);
        self.link.pass(expected)?;
        loop {
            let words = self.registers(map::STATUS, 2)?;
            let word = |n: usize| words.get(n).copied().unwrap_or(0);
            let (status, cycles) = (word(0), u64::from(word(1)));
            if status & 1 == 0 {
                // At rest, not at an END and without a fault: it never ran, or was reset.
                return match status {
                    0 => Err(LinkError::Restarted),
                    _ => Ok(status),
                };
            }
            unmoved = if cycles == waited { unmoved + 1 } else { 0 };
            waited = cycles;
            if waited > 2 * expected + 10_000 || unmoved > PATIENCE {
                return Err(LinkError::Watchdog { waited, expected });
            }
            self.link.pass(expected / 8 + 100)?;
        }
    }

    fn registers(&mut self, first: Register, count: usize) -> Result<Vec<u32>, LinkError> {
        self.link
            .read_words(Space::Registers.address(first.offset), count)
    }
}

//! A software device: the frame rules and the memories of the generated hardware around the interpreter's machine.
//!
//! It answers byte for byte as the device does. Time is counted roughly, one cycle for each byte on the line and
//! whatever [`Transport::pass`] is told; what depends on it is only whether a program still runs.

use std::collections::VecDeque;

use super::decoder::{Decoder, Frame};
use super::device_memory::{
    read_bytes, read_state, write_bytes, write_parameter, write_state, write_weights,
};
use super::transport::{Transport, TransportError};
use crate::interpreter::{Faults, Machine, Run};
use systole_arch::frame::{MAX_WORDS, Refusal, Type, encode};
use systole_arch::map::{self, Space, TIMESTAMPS};
use systole_arch::{Arch, isa};

/// The device's end of the line.
pub struct DeviceModel {
    machine: Machine,
    slot_limit: u64,
    decoder: Decoder,
    answers: VecDeque<u8>,
    expected: u8,
    last_refusal: Option<Refusal>,
    parameter_low: u32,
    session: u32,
    now: u64,
    ends: u64,
    run: Run,
    done: bool,
}

impl DeviceModel {
    /// A device after reset.
    #[must_use]
    pub fn new(arch: &Arch) -> Self {
        Self::with_slot_limit(arch, Machine::SLOT_LIMIT)
    }

    /// As [`DeviceModel::new`], with a limit of slots for one run; a program that needs more ends with a fault.
    #[must_use]
    pub fn with_slot_limit(arch: &Arch, slot_limit: u64) -> Self {
        DeviceModel {
            machine: Machine::new(arch),
            slot_limit,
            decoder: Decoder::streaming(),
            answers: VecDeque::new(),
            expected: 0,
            last_refusal: None,
            parameter_low: 0,
            session: 0,
            now: 0,
            ends: 0,
            run: Run::default(),
            done: false,
        }
    }

    /// Its memories, as a test sees them.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    fn busy(&self) -> bool {
        self.now < self.ends
    }

    /// One whole request: order first, then meaning.
    fn request(&mut self, frame: &Frame) {
        let before = self.expected.wrapping_sub(1);
        if frame.kind == Type::Sync as u8 && frame.payload.is_empty() {
            self.expected = frame.sequence.wrapping_add(1);
            self.last_refusal = None;
            self.answer(Type::Done, frame.sequence, &[]);
        } else if frame.sequence == self.expected {
            self.expected = self.expected.wrapping_add(1);
            self.last_refusal = None;
            self.carry_out(frame, true);
        } else if frame.sequence == before {
            match self.last_refusal {
                Some(reason) => self.answer(Type::Refused, frame.sequence, &[reason as u32]),
                None => self.carry_out(frame, false),
            }
        } else {
            self.answer(Type::Reject, frame.sequence, &[u32::from(self.expected)]);
        }
    }

    /// Carries out a request, or only answers it again; reads are repeated.
    fn carry_out(&mut self, frame: &Frame, new: bool) {
        let words: Vec<u32> = frame
            .payload
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let whole = frame.payload.len().is_multiple_of(4);
        let result = match (frame.kind, words.as_slice()) {
            (kind, [address, data @ ..])
                if kind == Type::Write as u8 && whole && !data.is_empty() =>
            {
                if new {
                    self.write(*address, data).map(|()| None)
                } else {
                    Ok(None)
                }
            }
            (kind, [address, count])
                if kind == Type::Read as u8 && whole && (1..=MAX_WORDS as u32).contains(count) =>
            {
                self.read(*address, *count).map(Some)
            }
            _ => Err(Refusal::Malformed),
        };
        match result {
            Ok(None) => self.answer(Type::Done, frame.sequence, &[]),
            Ok(Some(data)) => self.answer(Type::Data, frame.sequence, &data),
            Err(reason) => {
                self.last_refusal = Some(reason);
                self.answer(Type::Refused, frame.sequence, &[reason as u32]);
            }
        }
    }

    fn answer(&mut self, kind: Type, sequence: u8, words: &[u32]) {
        let payload: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.answers.extend(encode(kind, sequence, &payload));
    }

    /// While a program runs only registers may be read.
    fn idle(&mut self) -> Result<(), Refusal> {
        if self.busy() {
            self.run.faults.raise("run_while_busy");
            return Err(Refusal::Busy);
        }
        Ok(())
    }

    fn write(&mut self, address: u32, data: &[u32]) -> Result<(), Refusal> {
        self.idle()?;
        let (space, offset) = (
            space(address).ok_or(Refusal::Address)?,
            address & 0x00ff_ffff,
        );
        if space == Space::Registers {
            return self.command(offset, data);
        }
        let bank = self.bank(space);
        let memories = &mut self.machine.memories;
        for (offset, &word) in (offset..).zip(data) {
            match (space, bank) {
                (Space::Program, _) => {
                    let size = memories.program.len();
                    memories.program[offset as usize % size] = word;
                }
                (Space::Weights, _) => write_weights(memories, offset, word),
                (Space::Parameters, _) => {
                    write_parameter(memories, &mut self.parameter_low, offset, word)
                }
                (Space::Tables, _) if !memories.tables.is_empty() => {
                    write_bytes(&mut memories.tables, offset, word)
                }
                (Space::State, _) if !memories.state.is_empty() => {
                    write_state(memories, offset, word)
                }
                (_, Some(bank)) => write_bytes(&mut memories.banks[bank], offset, word),
                _ => return Err(Refusal::Address),
            }
        }
        Ok(())
    }

    /// The registers that may be written: the session and the run command.
    fn command(&mut self, offset: u32, data: &[u32]) -> Result<(), Refusal> {
        if let (true, [session]) = (offset == map::SESSION.offset, data) {
            self.session = *session;
            return Ok(());
        }
        if offset != map::RUN.offset || data.len() != 1 {
            return Err(Refusal::Address);
        }
        self.run = self
            .machine
            .run_with(self.slot_limit, |_, _| {})
            .unwrap_or_else(|_| {
                let mut faults = Faults::NONE;
                faults.raise("overrun");
                Run {
                    faults,
                    ..Run::default()
                }
            });
        self.done = !self
            .run
            .faults
            .list()
            .iter()
            .any(|fault| fault.0 == "illegal_opcode");
        self.ends = self.now + self.run.cycles;
        Ok(())
    }

    fn read(&mut self, address: u32, count: u32) -> Result<Vec<u32>, Refusal> {
        let (space, offset) = (
            space(address).ok_or(Refusal::Address)?,
            address & 0x00ff_ffff,
        );
        if space != Space::Registers {
            self.idle()?;
        }
        let memories = &self.machine.memories;
        let bank = self.bank(space);
        let word = |offset: u32| match (space, bank) {
            (Space::Registers, _) => Ok(self.register(offset)),
            (Space::Program, _) => Ok(memories.program[offset as usize % memories.program.len()]),
            (Space::Timestamps, _) => Ok(self
                .run
                .starts
                .get(offset as usize % TIMESTAMPS)
                .copied()
                .unwrap_or(0) as u32),
            (Space::State, _) if !memories.state.is_empty() => Ok(read_state(memories, offset)),
            (_, Some(bank)) => Ok(read_bytes(&memories.banks[bank], offset)),
            _ => Err(Refusal::Address),
        };
        (offset..offset + count).map(word).collect()
    }

    fn bank(&self, space: Space) -> Option<usize> {
        let bank = (space as usize).checked_sub(Space::Bank0 as usize)?;
        (bank < self.machine.memories.banks.len()).then_some(bank)
    }

    fn register(&self, offset: u32) -> u32 {
        let arch = self.machine.memories.arch();
        let is = |register: map::Register| register.offset == offset;
        match offset {
            _ if is(map::MAGIC) => map::MAGIC_VALUE,
            _ if is(map::VERSION) => isa::VERSION,
            _ if is(map::HASH_LOW) => arch.hash() as u32,
            _ if is(map::HASH_HIGH) => (arch.hash() >> 32) as u32,
            _ if is(map::STATUS) => {
                let done = self.done && !self.busy();
                u32::from(self.busy()) | u32::from(done) << 1 | u32::from(self.run.faults.0) << 8
            }
            _ if is(map::SESSION) => self.session,
            _ if is(map::CYCLES) => self.run.cycles as u32,
            _ if is(map::SLOTS) => self.run.slots as u32,
            _ if is(map::BEATS) => self.run.beats as u32,
            _ => {
                let size = offset
                    .checked_sub(map::SIZE0.offset)
                    .and_then(|n| arch.sizes().get(n as usize).copied());
                size.map_or(0, |(_, value)| value as u32)
            }
        }
    }
}

fn space(address: u32) -> Option<Space> {
    Space::ALL
        .into_iter()
        .find(|space| *space as u32 == address >> 24)
}

impl Transport for DeviceModel {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        for byte in bytes {
            self.now += 1;
            self.decoder.push(&[*byte]);
            while let Some(frame) = self.decoder.next_frame() {
                self.request(&frame);
            }
        }
        Ok(())
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let count = want.min(self.answers.len());
        self.now += count as u64;
        Ok(self.answers.drain(..count).collect())
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.now += cycles;
        Ok(())
    }
}

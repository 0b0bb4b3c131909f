//! The pins of a simulated board top as a line: bytes become bits, cycle by cycle.

use crate::link::{Transport, TransportError};
use std::collections::VecDeque;
use systole_arch::boards::constraints::{CLOCK, LED, RESET, RX, TX};
use systole_hdl::board::{BoardTop, TOP};
use systole_sim::{BuildOptions, Design, Instance, Model};

use super::DeviceError;

/// Clock cycles of one call of the simulator.
const STEP: usize = 64;
/// Calls of the simulator in one [`UartLine::advance`].
const ADVANCE: usize = 16;
/// Calls without anything on the line after which a board is at rest: longer than any request takes.
const REST: usize = 128;
/// Byte times without a byte in either direction that count as silence, with the longest request in work.
const SILENCE: usize = 40;

/// The design of a board top, as the simulator takes it.
///
/// # Errors
/// The Verilog cannot be written.
pub fn board_design(top: &BoardTop) -> Result<Design, DeviceError> {
    let sources = top.sources().map_err(|error| DeviceError::Generate {
        arch: TOP.into(),
        reason: error.to_string(),
    })?;
    let mut design = Design::new(TOP, "").input(CLOCK, 1).input(RX, 1);
    if top.has_reset() {
        design = design.input(RESET, 1);
    }
    design.sources = sources;
    Ok(design.output(TX, 1).output(LED, top.lights()))
}

/// Drives the pins of a running board top.
pub struct UartLine {
    instance: Instance,
    cycles: usize,
    /// What the button shows; boards without one have none.
    button: Option<bool>,
    /// Levels still to be put on the pin, one for each cycle.
    levels: VecDeque<bool>,
    received: VecDeque<u8>,
    hearing: Hearing,
    lights: u32,
    /// Calls of the simulator since something happened on the line.
    quiet: usize,
}

/// A sampler in step with the clock of the board.
#[derive(Default)]
struct Hearing {
    /// Cycles since the start bit began.
    time: Option<usize>,
    byte: u8,
}

impl Hearing {
    /// One level; a byte when its stop bit is met.
    fn hear(&mut self, level: bool, cycles: usize) -> Option<u8> {
        let time = match self.time {
            None if level => return None,
            None => 0,
            Some(time) => time,
        };
        self.time = Some(time + 1);
        if time % cycles != cycles / 2 {
            return None;
        }
        match time / cycles {
            0 => {}
            1..=8 => self.byte = self.byte >> 1 | u8::from(level) << 7,
            _ => {
                self.time = None;
                return level.then_some(self.byte);
            }
        }
        None
    }
}

impl UartLine {
    /// Builds the simulation of a board top and starts it: from the moment of configuration on.
    ///
    /// # Errors
    /// What is missing, by name, with the remedy.
    pub fn start(top: &BoardTop) -> Result<Self, DeviceError> {
        let model = Model::build(&board_design(top)?, &BuildOptions::default())?;
        Ok(UartLine::new(model.instantiate()?, top))
    }

    /// Takes a running instance of [`board_design`].
    #[must_use]
    pub fn new(instance: Instance, top: &BoardTop) -> Self {
        UartLine {
            instance,
            cycles: top.uart.cycles as usize,
            button: top.has_reset().then(|| top.released()),
            levels: VecDeque::new(),
            received: VecDeque::new(),
            hearing: Hearing::default(),
            lights: 0,
            quiet: 0,
        }
    }

    /// Puts a level on the pin for so many cycles.
    pub fn hold(&mut self, level: bool, cycles: usize) {
        self.levels.extend(std::iter::repeat_n(level, cycles));
    }

    /// Presses the button, or lets it go, if there is one.
    pub fn press(&mut self) {
        self.button = self.button.map(|level| !level);
    }

    /// Levels of the lights, the first in bit 0.
    #[must_use]
    pub fn lights(&self) -> u32 {
        self.lights
    }

    /// Runs on without waiting for anybody; whether there is more to do.
    ///
    /// # Errors
    /// The simulation failed.
    pub fn advance(&mut self) -> Result<bool, TransportError> {
        for _ in 0..ADVANCE {
            self.quiet = if self.step()? { 0 } else { self.quiet + 1 };
        }
        Ok(self.quiet < REST)
    }

    /// What came out so far.
    pub fn take(&mut self) -> Vec<u8> {
        self.received.drain(..).collect()
    }

    /// Runs some cycles; whether a byte went in or came out.
    fn step(&mut self) -> Result<bool, TransportError> {
        let mut busy = !self.levels.is_empty();
        let mut inputs = Vec::with_capacity(2 * STEP);
        for _ in 0..STEP {
            inputs.push(u32::from(self.levels.pop_front().unwrap_or(true)));
            inputs.extend(self.button.map(u32::from));
        }
        let outputs = self.instance.run_vectors(&inputs, STEP);
        let outputs = outputs.map_err(|error| TransportError {
            line: "simulation".into(),
            reason: error.to_string(),
        })?;
        for row in outputs.chunks_exact(2) {
            self.lights = row[1];
            if let Some(byte) = self.hearing.hear(row[0] == 1, self.cycles) {
                self.received.push_back(byte);
                busy = true;
            }
        }
        Ok(busy)
    }
}

impl Transport for UartLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        for byte in bytes {
            let frame = u16::from(*byte) << 1 | 1 << 9;
            (0..10).for_each(|bit| self.hold(frame >> bit & 1 == 1, self.cycles));
        }
        Ok(())
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let mut quiet = 0;
        while self.received.len() < want && quiet * STEP < SILENCE * 10 * self.cycles + 2000 {
            quiet = if self.step()? { 0 } else { quiet + 1 };
        }
        let count = want.min(self.received.len());
        Ok(self.received.drain(..count).collect())
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        for _ in 0..=cycles as usize / STEP {
            self.step()?;
        }
        Ok(())
    }
}

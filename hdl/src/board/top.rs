//! The board top: its ports are the pins of the constraint file.

use systole_arch::boards::Board;
use systole_arch::boards::baud::{self, BaudError, Divisor};
use systole_arch::boards::constraints::{CLOCK, LED, RESET, RX, TX};
use systole_arch::boards::frequency::mhz;
use systole_arch::boards::pll::{Pll, PllError};
use systole_arch::boards::sheet::Level;
use systole_arch::{Arch, ArchError};

use super::clocking::{clock_module, reset_module};
use super::{FASTEST_BIT, SerialAccelerator};
use crate::rt::{EmitError, emit_modules};

/// Name of the outermost module.
pub const TOP: &str = "board_top";
/// Module that ends the file of the accelerator.
const ACCELERATOR: &str = "accelerator";
const SERIAL: &str = "serial_accelerator";

/// Why there is no board top.
#[derive(Debug, thiserror::Error)]
pub enum BoardTopError {
    /// The configuration cannot be built.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// The PLL does not make the clock.
    #[error(
        "board `{board}`: {source}\n  hint: `systole boards {board}` lists clocks that work; that of the oscillator does without PLL"
    )]
    Pll {
        /// Board.
        board: String,
        /// Cause.
        source: PllError,
    },
    /// The UART does not make the rate of this clock.
    #[error("board `{board}`: {source}\n  hint: `systole boards {board}` lists clocks that work")]
    Baud {
        /// Board.
        board: String,
        /// Cause.
        source: BaudError,
    },
    /// A block does not become Verilog: an error of this crate.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// A design for a board.
#[derive(Debug, Clone)]
pub struct BoardTop {
    board: Board,
    arch: Arch,
    /// The setting of the PLL; none if the core runs with the oscillator.
    pub pll: Option<Pll>,
    /// Clock of the core, Hz.
    pub core_hz: u64,
    /// Clock cycles of a bit of the UART.
    pub uart: Divisor,
}

impl BoardTop {
    /// The accelerator on a board, with a core clock of `hz`, else the first one of the board file.
    ///
    /// # Errors
    /// [`BoardTopError`]: the configuration, the PLL or the divider of the UART is not possible.
    pub fn new(board: &Board, arch: &Arch, hz: Option<u64>) -> Result<Self, BoardTopError> {
        arch.check(&arch.name)?;
        let name = || board.name().to_owned();
        let oscillator = board.sheet.clock.hz;
        let wanted = hz
            .or(board.sheet.core.clocks.first().copied())
            .unwrap_or(oscillator);
        let pll = match wanted == oscillator {
            true => None,
            false => Some(board.pll(wanted).map_err(|source| BoardTopError::Pll {
                board: name(),
                source,
            })?),
        };
        let core_hz = pll.map_or(oscillator, |pll| pll.out().hz());
        let uart = baud::divisor(core_hz, board.sheet.link.baud).map_err(|source| {
            BoardTopError::Baud {
                board: name(),
                source,
            }
        })?;
        Ok(BoardTop {
            board: board.clone(),
            arch: arch.clone(),
            pll,
            core_hz,
            uart,
        })
    }

    /// The same with the fewest clock cycles for a bit, so that simulations are quick. Not for a board.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.uart.cycles = FASTEST_BIT;
        self
    }

    /// Verilog files: the accelerator, and what the board adds. The outermost module is [`TOP`].
    ///
    /// # Errors
    /// [`BoardTopError::Emit`].
    pub fn sources(&self) -> Result<Vec<(String, String)>, BoardTopError> {
        let block = SerialAccelerator::new(&self.arch, self.uart.cycles);
        let modules = emit_modules(SERIAL, &block)?;
        let split = modules
            .iter()
            .position(|module| module.name == ACCELERATOR)
            .map_or(0, |at| at + 1);
        let text = |modules: &[crate::rt::Module]| {
            let texts: Vec<&str> = modules.iter().map(|m| m.text.as_str()).collect();
            texts.join("\n")
        };
        let (inner, outer) = modules.split_at(split);
        let own = [
            clock_module(&self.board, self.pll.as_ref()),
            reset_module(self.pll.is_none()),
            text(outer),
            self.top(),
        ];
        Ok(vec![
            (format!("{ACCELERATOR}.v"), text(inner)),
            (format!("{TOP}.v"), own.join("\n")),
        ])
    }

    /// Whether the board has a button.
    pub fn has_reset(&self) -> bool {
        self.board.sheet.reset.is_some()
    }

    /// Level of the button when nobody presses it.
    pub fn released(&self) -> bool {
        let reset = &self.board.sheet.reset;
        reset
            .as_ref()
            .is_some_and(|r| r.polarity.active == Level::Low)
    }

    /// Number of lights.
    pub fn lights(&self) -> usize {
        self.board.sheet.leds.pins.len()
    }

    fn top(&self) -> String {
        let sheet = &self.board.sheet;
        let (button, permitted) = match &sheet.reset {
            None => (String::new(), "locked".to_owned()),
            Some(reset) => {
                let pressed = if reset.polarity.active == Level::High {
                    "!"
                } else {
                    ""
                };
                (
                    format!(
                        "  input  wire {RESET}, // button, pressed when {}\n",
                        level(reset.polarity.active)
                    ),
                    format!("locked && {pressed}{RESET}"),
                )
            }
        };
        let invert = if sheet.leds.polarity.active == Level::Low {
            "~"
        } else {
            ""
        };
        let last = self.lights() - 1;
        format!(
            "// {title}, core clock {core} MHz, {baud} baud, configuration {arch}.\n// {meaning}\n\
             module {TOP} (\n  input  wire {CLOCK}, // {oscillator} MHz\n{button}  input  wire {RX},\n  output wire {TX},\n  \
             output wire [{last}:0] {LED} // lit when {lit}\n);\n  \
             wire core, locked, hold, busy, fault;\n  wire ready = !hold && !busy && !fault;\n  \
             core_clock clocks (.oscillator({CLOCK}), .clock(core), .locked(locked));\n  \
             core_reset resets (.clock(core), .permitted({permitted}), .reset(hold));\n  \
             {SERIAL} serial (\n    .clock(core), .reset(hold), .uart_rx({RX}), .uart_tx({TX}), .busy(busy), .fault(fault)\n  );\n  \
             assign {LED} = {invert}{lights};\nendmodule\n",
            title = self.board.name(),
            core = mhz(self.core_hz),
            baud = sheet.link.baud,
            arch = self.arch.name,
            meaning = meaning(self.lights()),
            oscillator = mhz(sheet.clock.hz),
            lit = level(sheet.leds.polarity.active),
            lights = lights(self.lights()),
        )
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::High => "high",
        Level::Low => "low",
    }
}

/// What the lights say, for a board with so many.
fn meaning(count: usize) -> &'static str {
    match count {
        1 => "Light: ready; dark while a program runs, after a fault and in reset.",
        2 => "Lights: 0 ready, 1 fault; both dark while a program runs and in reset.",
        _ => "Lights: 0 ready, 1 busy, 2 fault; all dark in reset.",
    }
}

fn lights(count: usize) -> String {
    match count {
        1 => "ready".into(),
        2 => "{fault, ready}".into(),
        3 => "{fault, busy, ready}".into(),
        n => format!("{{{}'d0, fault, busy, ready}}", n - 3),
    }
}

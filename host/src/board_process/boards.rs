//! What stands behind the terminal: the model of the device, or the RTL of a whole board top.

use crate::device::{DeviceError, UartLine, board_design};
use crate::link::{DeviceModel, Transport, TransportError};
use systole_arch::Arch;
use systole_arch::boards::Board;
use systole_hdl::board::BoardTop;
use systole_sim::{BuildOptions, Model};

/// The board that is simulated: a ULX3S, with the fewest clock cycles for a bit.
///
/// # Errors
/// The configuration cannot be built.
pub fn simulated_top(arch: &Arch) -> Result<BoardTop, DeviceError> {
    let failed = |reason: String| DeviceError::Generate {
        arch: arch.name.clone(),
        reason,
    };
    let board = Board::named("ulx3s-85f").map_err(|error| failed(error.to_string()))?;
    let top = BoardTop::new(&board, arch, None).map_err(|error| failed(error.to_string()))?;
    Ok(top.fast())
}

/// Builds its simulation, so that a process that needs it finds it in the cache.
///
/// # Errors
/// What is missing, by name, with the remedy.
pub fn prepare(arch: &Arch) -> Result<(), DeviceError> {
    let design = board_design(&simulated_top(arch)?)?;
    Model::build(&design, &BuildOptions::default())?;
    Ok(())
}

/// A board that takes and gives bytes without waiting.
pub trait SimulatedBoard {
    /// Bytes from the host.
    ///
    /// # Errors
    /// The simulation failed.
    fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError>;

    /// Lets some time go by; whether the board has more to do.
    ///
    /// # Errors
    /// The simulation failed.
    fn advance(&mut self) -> Result<bool, TransportError>;

    /// Bytes for the host.
    fn take(&mut self) -> Vec<u8>;

    /// Resets the board: memories may keep what they hold, or be empty.
    ///
    /// # Errors
    /// The simulation failed.
    fn restart(&mut self) -> Result<(), TransportError>;
}

/// Cycles that the model lets go by at once.
const MODEL_CYCLES: u64 = 20_000;

/// The interpreter behind the frame rules.
pub struct ModelBoard {
    arch: Arch,
    model: DeviceModel,
}

impl ModelBoard {
    /// A board after its configuration.
    #[must_use]
    pub fn new(arch: &Arch) -> Self {
        ModelBoard {
            arch: arch.clone(),
            model: DeviceModel::new(arch),
        }
    }
}

impl SimulatedBoard for ModelBoard {
    fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.model.send(bytes)
    }

    fn advance(&mut self) -> Result<bool, TransportError> {
        self.model.pass(MODEL_CYCLES)?;
        Ok(false)
    }

    fn take(&mut self) -> Vec<u8> {
        self.model.receive(usize::MAX).unwrap_or_default()
    }

    fn restart(&mut self) -> Result<(), TransportError> {
        self.model = DeviceModel::new(&self.arch);
        Ok(())
    }
}

/// The Verilog of a board top in Verilator, driven through its pins.
pub struct RtlBoard {
    model: Model,
    top: BoardTop,
    line: UartLine,
    restarts: u32,
}

impl RtlBoard {
    /// Builds the simulation, or takes it from the cache, and configures the board.
    ///
    /// # Errors
    /// What is missing, by name, with the remedy.
    pub fn new(top: &BoardTop) -> Result<Self, DeviceError> {
        let model = Model::build(&board_design(top)?, &BuildOptions::default())?;
        let line = UartLine::new(model.instantiate()?, top);
        Ok(RtlBoard {
            model,
            top: top.clone(),
            line,
            restarts: 0,
        })
    }
}

impl SimulatedBoard for RtlBoard {
    fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.line.send(bytes)
    }

    fn advance(&mut self) -> Result<bool, TransportError> {
        self.line.advance()
    }

    fn take(&mut self) -> Vec<u8> {
        self.line.take()
    }

    /// In turn: power off and on, and the button.
    fn restart(&mut self) -> Result<(), TransportError> {
        self.restarts += 1;
        if self.restarts.is_multiple_of(2) && self.top.has_reset() {
            self.line.press();
            self.line.pass(100)?;
            self.line.press();
            return self.line.pass(1000);
        }
        let instance = self.model.instantiate().map_err(|error| TransportError {
            line: "simulation".into(),
            reason: error.to_string(),
        })?;
        self.line = UartLine::new(instance, &self.top);
        Ok(())
    }
}

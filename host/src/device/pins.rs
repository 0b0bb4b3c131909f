//! The board top at any step on the way to its bitstream, driven through the pins of its UART: what is in the FPGA, with its reset,
//! its lights and the divider of its rate.

use super::gates::gate_options;
use super::linked::Linked;
use super::rtl::lossless;
use super::uart_line::UartLine;
use super::{Device, DeviceError, Session};
use crate::link::Transport;
use crate::program::Program;
use systole_arch::Arch;
use systole_hdl::board::BoardTop;
use systole_sim::{BuildOptions, Design, Model};

/// Cycles after configuration before the host speaks: the reset of a board takes fewer.
const SETTLED: u64 = 1000;

/// A simulated board top behind its pins.
pub struct Pins {
    linked: Linked,
}

impl Pins {
    /// The Verilog of the board top.
    #[must_use]
    pub fn rtl(design: Design, top: BoardTop) -> Self {
        Pins::new("board", design, top, BuildOptions::default())
    }

    /// What tools made of it: another module with the same pins.
    #[must_use]
    pub fn gates(name: &'static str, design: Design, top: BoardTop) -> Self {
        Pins::new(name, design, top, gate_options())
    }

    fn new(name: &'static str, design: Design, top: BoardTop, options: BuildOptions) -> Self {
        let open = move |_: &Arch| -> Result<Box<dyn Transport>, DeviceError> {
            let model = Model::build(&design, &options)?;
            let mut line = UartLine::new(model.instantiate()?, &top);
            line.pass(SETTLED).map_err(crate::link::LinkError::from)?;
            Ok(Box::new(line))
        };
        Pins {
            linked: Linked::new(name, lossless(), Box::new(open)),
        }
    }
}

impl Device for Pins {
    fn name(&self) -> &'static str {
        self.linked.name()
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        self.linked.prepare(program)
    }
}

//! The accelerator as netlists and bitstreams have it: the devices `netlist`, `routed` and `bitstream`. The same byte link, the
//! same simulator and the same comparison as the device `rtl`, with another module behind the ports.

use super::linked::Linked;
use super::rtl::{Generate, line, lossless};
use super::{Device, DeviceError, Session};
use crate::link::Transport;
use crate::program::Program;
use systole_arch::Arch;
use systole_arch::boards::Board;
use systole_sim::flow::{Level, PlaceRoute, Stages};
use systole_sim::{BuildOptions, Optimize};

/// Name of a level on the command line.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Netlist => "netlist",
        Level::Routed => "routed",
        Level::Bitstream => "bitstream",
    }
}

/// The accelerator on the way to a bitstream, simulated.
pub struct Gates {
    linked: Linked,
}

impl Gates {
    /// The accelerator for the part of a board, at a level.
    #[must_use]
    pub fn new(generate: Generate, board: Board, level: Level) -> Self {
        let open = move |arch: &Arch| open(generate, &board, level, arch);
        Gates {
            linked: Linked::new(level_name(level), lossless(), Box::new(open)),
        }
    }
}

fn open(
    generate: Generate,
    board: &Board,
    level: Level,
    arch: &Arch,
) -> Result<Box<dyn Transport>, DeviceError> {
    let stages = Stages {
        design: &generate(arch)?,
        how: PlaceRoute::free(board),
    };
    line(&stages.at(level)?.design, &gate_options(), None)
}

/// Many thousand small expressions: optimising them takes the compiler longer than most programs run.
pub(super) fn gate_options() -> BuildOptions {
    BuildOptions {
        optimize: Optimize::Build,
        ..BuildOptions::default()
    }
}

impl Device for Gates {
    fn name(&self) -> &'static str {
        self.linked.name()
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        self.linked.prepare(program)
    }
}

//! `--device`: names of devices, and how to get one.

use std::path::PathBuf;
use std::sync::Arc;

use systole::device::{Cpu, Device, Gates, Interpreter, Rtl, accelerator_design, level_name};
use systole_arch::boards::Board;
use systole_quant::integer::IntGraph;
use systole_sim::flow::Level;

/// Devices by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceKind {
    /// The CPU reference.
    Cpu,
    /// The program on a model of the memories.
    Interpreter,
    /// The generated Verilog in a cycle-accurate simulator, driven through its byte link.
    Rtl,
    /// The same after synthesis: the cells of the FPGA.
    Netlist,
    /// The same after place and route.
    Routed,
    /// The same, decoded from the packed bitstream (iCE40).
    Bitstream,
}

impl DeviceKind {
    /// Name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Interpreter => "interpreter",
            DeviceKind::Rtl => "rtl",
            other => other.level().map_or("", level_name),
        }
    }

    /// How many run side by side unless the user says otherwise: simulations are one thread each, the CPU reference uses all
    /// of them.
    pub(crate) fn default_devices(self) -> usize {
        match self {
            DeviceKind::Cpu => 1,
            _ => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Images compared unless the user says otherwise.
    pub(crate) fn default_images(self) -> usize {
        match self {
            DeviceKind::Cpu | DeviceKind::Interpreter => 100,
            DeviceKind::Rtl => 20,
            _ => 2,
        }
    }

    /// How far the accelerator goes before it is simulated.
    pub(crate) fn level(self) -> Option<Level> {
        match self {
            DeviceKind::Netlist => Some(Level::Netlist),
            DeviceKind::Routed => Some(Level::Routed),
            DeviceKind::Bitstream => Some(Level::Bitstream),
            DeviceKind::Cpu | DeviceKind::Interpreter | DeviceKind::Rtl => None,
        }
    }
}

/// The board of that name; without a name the largest one that can do what the device asks for.
fn board(level: Level, name: Option<&str>) -> anyhow::Result<Board> {
    let largest = match level {
        Level::Bitstream => "ice40-hx8k",
        Level::Netlist | Level::Routed => "ulx3s-85f",
    };
    Ok(Board::named(name.unwrap_or(largest))?)
}

/// The device of that kind; `name` is that of a board.
pub(crate) fn device(
    kind: DeviceKind,
    graph: &Arc<IntGraph>,
    trace: Option<PathBuf>,
    name: Option<&str>,
) -> anyhow::Result<Box<dyn Device>> {
    Ok(match kind {
        DeviceKind::Cpu => Box::new(Cpu::new(graph.clone())),
        DeviceKind::Interpreter => Box::new(Interpreter),
        DeviceKind::Netlist => gates(Level::Netlist, name)?,
        DeviceKind::Routed => gates(Level::Routed, name)?,
        DeviceKind::Bitstream => gates(Level::Bitstream, name)?,
        DeviceKind::Rtl => Box::new(Rtl::new(accelerator_design, trace)),
    })
}

fn gates(level: Level, name: Option<&str>) -> anyhow::Result<Box<dyn Device>> {
    let board = board(level, name)?;
    Ok(Box::new(Gates::new(accelerator_design, board, level)))
}

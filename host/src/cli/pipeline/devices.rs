//! `--device`: names of devices, and how to get one.

use std::path::PathBuf;
use std::sync::Arc;

use systole::device::{Cpu, Device, Interpreter, Rtl, accelerator_design};
use systole_quant::integer::IntGraph;

/// Devices by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceKind {
    /// The CPU reference.
    Cpu,
    /// The program on a model of the memories.
    Interpreter,
    /// The generated Verilog in a cycle-accurate simulator, driven through its byte link.
    Rtl,
}

impl DeviceKind {
    /// Name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Interpreter => "interpreter",
            DeviceKind::Rtl => "rtl",
        }
    }

    /// How many run side by side unless the user says otherwise: simulations are one thread each, the CPU reference uses all
    /// of them.
    pub(crate) fn default_devices(self) -> usize {
        match self {
            DeviceKind::Cpu => 1,
            DeviceKind::Interpreter | DeviceKind::Rtl => {
                std::thread::available_parallelism().map_or(1, usize::from)
            }
        }
    }

    /// Images compared unless the user says otherwise.
    pub(crate) fn default_images(self) -> usize {
        if self == DeviceKind::Rtl { 20 } else { 100 }
    }
}

/// The device of that name.
pub(crate) fn device(
    kind: DeviceKind,
    graph: &Arc<IntGraph>,
    trace: Option<PathBuf>,
) -> Box<dyn Device> {
    match kind {
        DeviceKind::Cpu => Box::new(Cpu::new(graph.clone())),
        DeviceKind::Interpreter => Box::new(Interpreter),
        DeviceKind::Rtl => Box::new(Rtl::new(accelerator_design, trace)),
    }
}

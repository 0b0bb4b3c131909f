//! `--device`: names of devices, and how to get one.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use systole::device::{
    Cpu, Device, Gates, Interpreter, Linked, Rtl, accelerator_design, level_name,
};
use systole::link::{Serial, SerialSettings, Settings, Transport};
use systole_arch::boards::Board;
use systole_quant::integer::IntGraph;
use systole_sim::flow::Level;

/// What `--device` takes, for help and errors.
const DEVICES: &str =
    "cpu, interpreter, rtl, netlist, routed, bitstream, pty, serial:PORT or serial:PORT,BAUD";

/// Devices by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    /// The CPU reference.
    Cpu,
    /// The program on a model of the memories.
    Interpreter,
    /// The generated Verilog in a cycle-accurate simulator, driven through its byte link.
    Rtl,
    /// The accelerator as it is after synthesis, place and route, or packing: cells of the FPGA.
    Gates(Level),
    /// The Verilog of a whole board in a process of its own, behind a pseudo-terminal that is opened as a serial port.
    Pty,
    /// A board at a serial port.
    Serial { port: String, baud: u32 },
}

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cpu" => return Ok(DeviceKind::Cpu),
            "interpreter" => return Ok(DeviceKind::Interpreter),
            "rtl" => return Ok(DeviceKind::Rtl),
            "netlist" => return Ok(DeviceKind::Gates(Level::Netlist)),
            "routed" => return Ok(DeviceKind::Gates(Level::Routed)),
            "bitstream" => return Ok(DeviceKind::Gates(Level::Bitstream)),
            "pty" if cfg!(unix) => return Ok(DeviceKind::Pty),
            "pty" => {
                return Err("this system has no pseudo-terminals; `rtl` simulates as well".into());
            }
            _ => {}
        }
        let Some(port) = text.strip_prefix("serial:").filter(|port| !port.is_empty()) else {
            return Err(format!("there are: {DEVICES}"));
        };
        let usual = SerialSettings::default().baud;
        let (port, baud) = match port.rsplit_once(',') {
            None => (port, Some(usual)),
            Some((port, baud)) => (port, baud.parse().ok().filter(|baud| *baud > 0)),
        };
        let baud =
            baud.ok_or("the rate behind the comma is no whole number, for example 115200")?;
        Ok(DeviceKind::Serial {
            port: port.into(),
            baud,
        })
    }
}

impl DeviceKind {
    /// Name on the command line.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Interpreter => "interpreter",
            DeviceKind::Rtl => "rtl",
            DeviceKind::Gates(level) => level_name(*level),
            DeviceKind::Pty => "pty",
            DeviceKind::Serial { .. } => "serial",
        }
    }

    /// How many run side by side unless the user says otherwise: simulations are one thread each, the CPU reference uses all
    /// of them, and a board is one board.
    pub(crate) fn default_devices(&self) -> usize {
        match self {
            DeviceKind::Cpu | DeviceKind::Serial { .. } => 1,
            _ => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Images compared unless the user says otherwise.
    pub(crate) fn default_images(&self) -> usize {
        match self {
            DeviceKind::Rtl | DeviceKind::Pty => 20,
            DeviceKind::Gates(_) => 2,
            _ => 100,
        }
    }
}

/// The device of that kind; `board` names the board whose part cells are of.
pub(crate) fn device(
    kind: &DeviceKind,
    graph: &Arc<IntGraph>,
    trace: Option<PathBuf>,
    board: Option<&str>,
) -> anyhow::Result<Box<dyn Device>> {
    Ok(match kind {
        DeviceKind::Cpu => Box::new(Cpu::new(graph.clone())),
        DeviceKind::Interpreter => Box::new(Interpreter),
        DeviceKind::Rtl => Box::new(Rtl::new(accelerator_design, trace)),
        DeviceKind::Gates(level) => gates(*level, board)?,
        DeviceKind::Pty => pty(),
        DeviceKind::Serial { port, baud } => serial(port.clone(), *baud),
    })
}

/// Without a name, the cells of the largest part that can do what the device asks for.
fn gates(level: Level, name: Option<&str>) -> anyhow::Result<Box<dyn Device>> {
    let largest = match level {
        Level::Bitstream => "ice40-hx8k",
        Level::Netlist | Level::Routed => "ulx3s-85f",
    };
    let board = Board::named(name.unwrap_or(largest))?;
    Ok(Box::new(Gates::new(accelerator_design, board, level)))
}

fn serial(port: String, baud: u32) -> Box<dyn Device> {
    let settings = SerialSettings {
        baud,
        ..SerialSettings::default()
    };
    let open = move |_: &_| -> Result<Box<dyn Transport>, _> {
        Ok(Box::new(Serial::open(&port, settings)?))
    };
    Box::new(Linked::new("serial", Settings::default(), Box::new(open)))
}

#[cfg(unix)]
fn pty() -> Box<dyn Device> {
    use systole::board_process;
    let open = |arch: &_| -> Result<Box<dyn Transport>, _> {
        // Built here, where errors and time are seen; the process takes it from the cache.
        board_process::prepare(arch)?;
        let process = board_process::BoardProcess::spawn_self(arch)?;
        let line = board_process::PtyLine::open(process, board_process::PATIENT)?;
        Ok(Box::new(line))
    };
    // In a simulation nothing is lost.
    let settings = Settings {
        retries: 4,
        ..Settings::default()
    };
    Box::new(Linked::new("pty", settings, Box::new(open)))
}

/// [`DeviceKind::from_str`] gives none here.
#[cfg(not(unix))]
fn pty() -> Box<dyn Device> {
    Box::new(Rtl::new(accelerator_design, None))
}

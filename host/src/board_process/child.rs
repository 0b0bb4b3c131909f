//! `--device pty`: a simulated board in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use systole_arch::Arch;

use super::boards::SimulatedBoard;
use super::faults::FaultPlan;
use super::serve::{Pty, serve};
use crate::device::DeviceError;
use crate::link::{Serial, SerialSettings, Transport, TransportError};

/// The child's part: prints the path of its terminal, then serves until its standard input is closed, that is until its parent
/// ends, however it ends.
///
/// # Errors
/// No terminal, or the simulation failed.
pub fn start(board: &mut dyn SimulatedBoard) -> Result<(), DeviceError> {
    let pty = Pty::open()?;
    println!("{}", pty.path());
    let failed = |reason: String| DeviceError::BoardProcess { reason };
    std::io::stdout()
        .flush()
        .map_err(|error| failed(error.to_string()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let end = stop.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        end.store(true, Ordering::Relaxed);
    });
    serve(pty, board, &mut FaultPlan::none(), &stop).map_err(|error| failed(error.to_string()))
}

/// Command of the program `systole` that calls [`start`].
pub const COMMAND: &str = "board-process";

/// Simulations are slower than boards: a frame may take seconds.
pub const PATIENT: SerialSettings = SerialSettings {
    baud: 3_000_000,
    silence: Duration::from_secs(5),
    clock_hz: 100_000_000,
};

/// A running board process. It ends when this is dropped.
pub struct BoardProcess {
    child: Child,
    path: String,
}

impl BoardProcess {
    /// Starts a program that calls [`start`], and waits for the path of its terminal.
    ///
    /// # Errors
    /// The program does not start, or ends without a terminal.
    pub fn spawn(program: &Path, arguments: &[&str]) -> Result<Self, DeviceError> {
        let failed = |reason: String| DeviceError::BoardProcess { reason };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", program.display())))?;
        let mut path = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut path)
                .map_err(|error| failed(error.to_string()))?;
        }
        let process = BoardProcess {
            child,
            path: path.trim().to_owned(),
        };
        if process.path.is_empty() {
            return Err(failed("it ended before it had a terminal".into()));
        }
        Ok(process)
    }

    /// Starts the program that runs, with [`COMMAND`].
    ///
    /// # Errors
    /// As [`BoardProcess::spawn`].
    pub fn spawn_self(arch: &Arch) -> Result<Self, DeviceError> {
        let failed = |reason: String| DeviceError::BoardProcess { reason };
        let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let arch = serde_json::to_string(arch).map_err(|error| failed(error.to_string()))?;
        BoardProcess::spawn(&program, &[COMMAND, &arch])
    }

    /// Path of its terminal.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Number of the process, for tests that stop it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for BoardProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The line to a board process, opened by path.
pub struct PtyLine {
    serial: Serial,
    _process: BoardProcess,
}

impl PtyLine {
    /// Opens the terminal of a board process.
    ///
    /// # Errors
    /// The terminal cannot be opened.
    pub fn open(process: BoardProcess, settings: SerialSettings) -> Result<Self, DeviceError> {
        Ok(PtyLine {
            serial: Serial::open(process.path(), settings)?,
            _process: process,
        })
    }
}

impl Transport for PtyLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.serial.send(bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        self.serial.receive(want)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.serial.pass(cycles)
    }
}

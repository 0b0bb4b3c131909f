//! The board's side of a pseudo-terminal.

use super::boards::SimulatedBoard;
use super::faults::{Event, FaultPlan};
use crate::link::{PortError, TransportError};
use serialport::{SerialPort, TTYPort};
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A pseudo-terminal: the board holds one end, hosts open the other by its path.
pub struct Pty {
    master: TTYPort,
    path: String,
}

impl Pty {
    /// A new one.
    ///
    /// # Errors
    /// The system has none left.
    pub fn open() -> Result<Self, PortError> {
        let (master, slave) = TTYPort::pair().map_err(|error| PortError::Unusable {
            port: "pseudo-terminal".into(),
            baud: 0,
            reason: error.to_string(),
        })?;
        let path = slave.name().unwrap_or_default();
        Ok(Pty { master, path })
    }

    /// What a host opens.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    fn wait(&mut self, time: Duration) {
        // It only stores the time.
        let _ = self.master.set_timeout(time);
    }

    /// Bytes from the host; none while nobody has opened the other end.
    fn read(&mut self, time: Duration) -> Result<Vec<u8>, TransportError> {
        self.wait(time);
        let mut bytes = vec![0; 4096];
        match self.master.read(&mut bytes) {
            Ok(count) => bytes.truncate(count),
            Err(error) => {
                bytes.clear();
                match error.kind() {
                    ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    // No host has it open.
                    _ => std::thread::sleep(time.max(Duration::from_millis(1))),
                }
            }
        }
        Ok(bytes)
    }

    /// Bytes to the host. What a host does not take is lost, as on every serial line.
    fn write(&mut self, bytes: &[u8]) {
        self.wait(Duration::from_millis(500));
        let mut left = bytes;
        while !left.is_empty() {
            match self.master.write(&left[..left.len().min(64)]) {
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// Serves hosts until `stop`, or until the cable is pulled: then the terminal is closed.
///
/// # Errors
/// The simulation failed.
pub fn serve(
    mut pty: Pty,
    board: &mut dyn SimulatedBoard,
    faults: &mut FaultPlan,
    stop: &AtomicBool,
) -> Result<(), TransportError> {
    let (mut active, mut cut) = (false, false);
    while !stop.load(Ordering::Relaxed) {
        let patience = Duration::from_millis(if active { 0 } else { 2 });
        let bytes = pty.read(patience)?;
        let bytes = faults.towards_board(&bytes);
        if !cut {
            board.push(&bytes)?;
        }
        active = board.advance()?;
        let answers = board.take();
        let answers = faults.towards_host(&answers);
        if !cut {
            pty.write(&answers);
        }
        while let Some(event) = faults.due() {
            match event {
                Event::Restart => board.restart()?,
                Event::Pull => return Ok(()),
                Event::Cut => cut = true,
                Event::Garbage(count) => {
                    board.push(&faults.garbage(count))?;
                    pty.write(&faults.garbage(count));
                }
            }
        }
    }
    Ok(())
}

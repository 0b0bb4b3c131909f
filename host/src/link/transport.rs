//! What carries bytes: a simulated design, a serial port, a pseudo-terminal.

use thiserror::Error;

/// The line is gone. Silence is not an error, it is an empty answer.
#[derive(Debug, Error)]
#[error("{line}: {reason}")]
pub struct TransportError {
    /// Which line.
    pub line: String,
    /// What happened, and what to do.
    pub reason: String,
}

/// A line to one device. Bytes may be lost, damaged or invented on the way.
pub trait Transport {
    /// Sends bytes.
    ///
    /// # Errors
    /// The line is gone.
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError>;

    /// Waits for bytes: returns `want` of them, or fewer once the line has been silent for a while.
    ///
    /// # Errors
    /// The line is gone.
    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError>;

    /// Lets about so many device cycles go by while a program runs.
    ///
    /// # Errors
    /// The line is gone.
    fn pass(&mut self, cycles: u64) -> Result<(), TransportError>;
}

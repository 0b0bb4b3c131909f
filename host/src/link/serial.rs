//! A serial port as a line. Real boards and the pseudo-terminals of simulated ones are opened and used by this code alone.

use super::port::{self, PortError};
use super::transport::{Transport, TransportError};
use serialport::SerialPort;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// How a port is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerialSettings {
    /// Rate.
    pub baud: u32,
    /// Time without a byte that counts as silence, when everything sent has left.
    pub silence: Duration,
    /// Clock of the device, Hz: how long the host sleeps while a program runs. It need not be exact.
    pub clock_hz: u64,
}

impl Default for SerialSettings {
    fn default() -> Self {
        SerialSettings {
            baud: 3_000_000,
            // Chips between UART and USB hold bytes back for up to 16 ms.
            silence: Duration::from_millis(100),
            clock_hz: 100_000_000,
        }
    }
}

/// Bytes given to the system at once: few, so that a port that takes no more is noticed instead of waited for.
const PIECE: usize = 64;
/// A port that takes no byte for so long is stuck.
const STUCK: Duration = Duration::from_secs(5);
/// Longest sleep while a program runs, so that a line that is gone is noticed.
const NAP: Duration = Duration::from_millis(50);

/// An open port.
pub struct Serial {
    port: Box<dyn SerialPort>,
    name: String,
    settings: SerialSettings,
    /// When the last bit of what was sent leaves.
    quiet_from: Instant,
}

impl Serial {
    /// Opens a port, for this host alone.
    ///
    /// # Errors
    /// [`PortError`], which says what to do.
    pub fn open(name: &str, settings: SerialSettings) -> Result<Self, PortError> {
        Ok(Serial {
            port: port::open(name, settings.baud)?,
            name: name.to_owned(),
            settings,
            quiet_from: Instant::now(),
        })
    }

    fn gone(&self, error: &io::Error) -> TransportError {
        TransportError {
            line: self.name.clone(),
            reason: format!(
                "the serial port is gone: {error}\n  hint: the board was unplugged or lost its power; connect it and run again"
            ),
        }
    }

    fn timeout(&mut self, time: Duration) -> Result<(), TransportError> {
        self.port
            .set_timeout(time)
            .map_err(|error| self.gone(&error.into()))
    }
}

impl Transport for Serial {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.timeout(STUCK)?;
        let mut left = bytes;
        while !left.is_empty() {
            match self.port.write(&left[..left.len().min(PIECE)]) {
                Ok(0) => return Err(self.gone(&ErrorKind::WriteZero.into())),
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    let reason = format!(
                        "the port took no byte for {} s\n  hint: unplug the board, connect it and run again",
                        STUCK.as_secs()
                    );
                    let line = self.name.clone();
                    return Err(TransportError { line, reason });
                }
                Err(error) => return Err(self.gone(&error)),
            }
        }
        // Ten bits for each byte.
        let nanoseconds =
            bytes.len() as u64 * 10_000_000_000 / u64::from(self.settings.baud.max(1));
        self.quiet_from = self.quiet_from.max(Instant::now()) + Duration::from_nanos(nanoseconds);
        Ok(())
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let mut bytes = vec![0; want];
        let mut count = 0;
        let mut heard = Instant::now();
        while count < want {
            let now = Instant::now();
            let silent = heard.max(self.quiet_from) + self.settings.silence;
            if now >= silent {
                break;
            }
            self.timeout(silent - now)?;
            match self.port.read(&mut bytes[count..]) {
                // The end of a terminal whose other side is closed.
                Ok(0) => return Err(self.gone(&ErrorKind::UnexpectedEof.into())),
                Ok(more) => {
                    count += more;
                    heard = Instant::now();
                }
                Err(error) => match error.kind() {
                    ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock => {}
                    _ => return Err(self.gone(&error)),
                },
            }
        }
        bytes.truncate(count);
        Ok(bytes)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        let time = cycles.saturating_mul(1_000_000) / self.settings.clock_hz.max(1);
        std::thread::sleep(Duration::from_micros(time).min(NAP));
        Ok(())
    }
}

//! Opening serial ports: one error for each reason why a port cannot be had.

use serialport::{ClearBuffer, ErrorKind, SerialPort};
use std::io::ErrorKind as Io;
use std::time::Duration;
use thiserror::Error;

/// Why a port cannot be used.
#[derive(Debug, Error)]
pub enum PortError {
    /// No such port.
    #[error(
        "there is no serial port `{port}`\n  hint: connect and power the board, then name its port, for example `serial:/dev/ttyUSB0`; ports found here: {found}"
    )]
    Missing {
        /// Name.
        port: String,
        /// What there is.
        found: String,
    },
    /// The user may not use it.
    #[error(
        "no permission to use the serial port `{port}`\n  hint: `ls -l {port}` shows the group that may; join it (often `sudo usermod -aG dialout $USER`) and log in again"
    )]
    Denied {
        /// Name.
        port: String,
    },
    /// Another program has it.
    #[error(
        "the serial port `{port}` is in use: only one host can speak to a board\n  hint: end the other program; `fuser {port}` names it on Linux"
    )]
    InUse {
        /// Name.
        port: String,
    },
    /// It is no serial port, or it does not do this rate.
    #[error(
        "`{port}` cannot be used as a serial port at {baud} baud: {reason}\n  hint: name the port of the board and a rate that `systole boards` shows, for example `serial:/dev/ttyUSB0,3000000`"
    )]
    Unusable {
        /// Name.
        port: String,
        /// Rate.
        baud: u32,
        /// What the system says.
        reason: String,
    },
}

/// Opens a port for one host alone, 8N1 without flow control, and throws away what others left in it.
pub(super) fn open(port: &str, baud: u32) -> Result<Box<dyn SerialPort>, PortError> {
    let opened = serialport::new(port, baud)
        .timeout(Duration::from_millis(100))
        .open();
    let opened = opened.map_err(|error| explained(port, baud, &error))?;
    opened
        .clear(ClearBuffer::All)
        .map_err(|error| explained(port, baud, &error))?;
    Ok(opened)
}

fn explained(port: &str, baud: u32, error: &serialport::Error) -> PortError {
    let port = port.to_owned();
    match error.kind {
        ErrorKind::Io(Io::NotFound) => PortError::Missing {
            port,
            found: found(),
        },
        // What Windows says of a port that does not exist.
        ErrorKind::NoDevice if cfg!(windows) => PortError::Missing {
            port,
            found: found(),
        },
        ErrorKind::NoDevice => PortError::InUse { port },
        ErrorKind::Io(Io::PermissionDenied) => PortError::Denied { port },
        _ => PortError::Unusable {
            port,
            baud,
            reason: error.to_string(),
        },
    }
}

fn found() -> String {
    let ports = serialport::available_ports().unwrap_or_default();
    let names: Vec<String> = ports.into_iter().map(|port| port.port_name).collect();
    match names.is_empty() {
        true => "none".into(),
        false => names.join(", "),
    }
}

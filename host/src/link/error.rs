//! What can go wrong between host and device.

use super::transport::TransportError;
use thiserror::Error;

/// One variant for each cause.
#[derive(Debug, Error)]
pub enum LinkError {
    /// The line is gone.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Nothing that answers is there.
    #[error(
        "no device answers on this line ({attempts} attempts)\n  hint: check that the board is powered and configured, and that port and speed are right"
    )]
    NoAnswer {
        /// Attempts made.
        attempts: u32,
    },
    /// Too many frames in a row were lost or damaged.
    #[error(
        "{action} at host address {address:#010x} failed {attempts} times in a row: frames are lost or damaged\n  hint: the line is bad; use a shorter cable or a lower speed"
    )]
    Lost {
        /// Reading or writing.
        action: &'static str,
        /// Host address.
        address: u32,
        /// Attempts made.
        attempts: u32,
    },
    /// The device understood and refused.
    #[error("the device refused {action} at host address {address:#010x}: {reason}")]
    Refused {
        /// Reading or writing.
        action: &'static str,
        /// Host address.
        address: u32,
        /// Why.
        reason: String,
    },
    /// The device lost its place in the conversation.
    #[error(
        "the device expects request {found} instead of {expected}: it was reset during the run command\n  hint: run again"
    )]
    OutOfStep {
        /// Sequence number of the host.
        expected: u8,
        /// Sequence number of the device.
        found: u8,
    },
    /// The memories of the device are no longer what this host left in them.
    #[error(
        "the device was reset, or another host used it, since this one connected: what was computed is thrown away\n  hint: run again; if nobody pressed a button, check the supply of the board"
    )]
    Restarted,
    /// What answers is no accelerator of this project.
    #[error(
        "the device shows {found:#010x} where an accelerator shows {expected:#010x}\n  hint: another design is configured; load the bitstream of this configuration"
    )]
    Magic {
        /// What it shows.
        found: u32,
        /// What it should show.
        expected: u32,
    },
    /// Device and host differ in a field of the configuration block.
    #[error(
        "the device has {field} = {found}, the program was compiled for {field} = {expected}\n  hint: compile the model for the device's configuration, or load the bitstream of `{arch}`"
    )]
    Configuration {
        /// Field that differs.
        field: &'static str,
        /// Value in the device.
        found: u64,
        /// Value in the program.
        expected: u64,
        /// Configuration of the program.
        arch: String,
    },
    /// A program or tensor that does not fit the device.
    #[error(transparent)]
    Program(#[from] crate::interpreter::InterpreterError),
    /// The program did not end in time.
    #[error(
        "the program is still running after {waited} cycles; {expected} were predicted\n  hint: reset the device; this is a bug in the compiler or in the hardware"
    )]
    Watchdog {
        /// Cycles waited.
        waited: u64,
        /// Cycles predicted.
        expected: u64,
    },
}

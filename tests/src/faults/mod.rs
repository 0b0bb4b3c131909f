//! A campaign of faults on the serial line: real networks through the real serial code and a pseudo-terminal, while bytes are
//! damaged, boards restart and cables are pulled.
//!
//! Every run has to end in the right result or in an error that says what happened, before its deadline. The board is the
//! model of the device or the RTL of a whole board top.

pub mod campaign;
mod connection;
mod network;
pub mod report;
mod tally;

pub use connection::{BoardKind, Connection, Failure, Mix};
pub use network::{Network, NetworkError, Sample, arch, networks};
pub use tally::Tally;

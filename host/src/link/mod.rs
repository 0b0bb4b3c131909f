//! The host's side of the framed byte link: from bytes on a line to programs, tensors and counters.
//!
//! Three layers, each usable alone: a [`Transport`] moves bytes and may lose or damage them; a [`Link`] turns them into
//! reads and writes of words that either happened or are an error; a [`Board`] knows what the words mean. Frames are
//! described in `systole_arch::frame`. [`DeviceModel`] answers like the generated device and serves tests and
//! simulated boards. [`Serial`] is the line of real boards, and of simulated ones behind a pseudo-terminal.

mod board;
mod decoder;
mod device_memory;
mod driver;
mod error;
mod faulty;
mod image;
mod model;
mod port;
mod serial;
mod transport;

#[cfg(test)]
mod tests;

pub use board::Board;
pub use decoder::{Decoder, Frame};
pub use driver::{Link, Settings};
pub use error::LinkError;
pub use faulty::{Damage, FaultCounts, FaultRates, Faulty};
pub use model::DeviceModel;
pub use port::PortError;
pub use serial::{Serial, SerialSettings};
pub use transport::{Transport, TransportError};

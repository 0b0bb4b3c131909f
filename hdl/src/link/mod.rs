//! The byte link of the accelerator: frame receiver, transmitter, and the host port that carries requests out.
//!
//! Frames are those of `systole_arch::frame`, addresses and registers those of `systole_arch::map`.

mod crc;
mod host_port;
mod receiver;
mod registers;
mod top;
mod transmitter;

pub use crc::{Crc8, Crc32, RESIDUE};
pub use host_port::{HostPort, Serving};
pub use receiver::{FrameReceiver, Receiving};
pub use registers::Registers;
pub use top::Link;
pub use transmitter::{FrameTransmitter, Sending};

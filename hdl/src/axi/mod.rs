//! The accelerator for vendor flows: AXI4-Stream and AXI4-Lite round it, packaged with IP-XACT and Tcl.
//!
//! [`AxiCore`] and what is in it are written as all blocks are. The outermost module is text, as it has a reset that is
//! asserted without a clock, which blocks do not have on purpose.

mod component;
mod control;
mod core;
mod lite_port;
mod package;
mod ports;
mod top;
mod word_packer;
mod word_unpacker;

pub use self::core::AxiCore;
pub use control::ControlRegisters;
pub use lite_port::LitePort;
pub use ports::{Interface, PORTS, Port};
pub use top::{TOP, files, sources};
pub use word_packer::WordPacker;
pub use word_unpacker::WordUnpacker;

//! What stands between the accelerator and the pins of a board: UART, clock, reset, lights.
//!
//! [`SerialAccelerator`] is written as all blocks are. The outermost module, [`BoardTop`], is text: it has two clocks
//! and a reset that is asserted without a clock, which blocks do not have on purpose.

mod byte_register;
mod clocking;
mod fifo;
mod serial;
mod top;
mod uart_receiver;
mod uart_transmitter;

pub use byte_register::ByteRegister;
pub use fifo::ByteFifo;
pub use serial::SerialAccelerator;
pub use top::{BoardTop, BoardTopError, TOP};
pub use uart_receiver::{Hearing, UartReceiver, middle};
pub use uart_transmitter::UartTransmitter;

/// Fewest clock cycles of a bit with which receiver and transmitter work. Boards have at least
/// [`FEWEST_CYCLES`](systole_arch::boards::baud::FEWEST_CYCLES), which leaves room for rates that differ; simulations do not.
pub const FASTEST_BIT: u64 = 4;

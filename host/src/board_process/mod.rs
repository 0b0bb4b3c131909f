//! Simulated boards behind pseudo-terminals: the host opens them by path, exactly as it opens the port of a real board.
//!
//! [`serve`] is the board's side: it moves bytes between a terminal and a [`SimulatedBoard`], and on request damages them,
//! restarts the board, or pulls the cable. [`BoardProcess`] runs it in a process of its own for `--device pty`.

mod boards;
mod child;
mod faults;
mod serve;

pub use boards::{ModelBoard, RtlBoard, SimulatedBoard, prepare, simulated_top};
pub use child::{BoardProcess, COMMAND, PATIENT, PtyLine, start};
pub use faults::{Event, FaultPlan};
pub use serve::{Pty, serve};

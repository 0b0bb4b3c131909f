//! Executes a compiled program on a model of the machine's memories, pass after pass.
//!
//! The model decodes the encoded instructions, as the generated hardware does, and computes the same bytes in the
//! same places: addresses wrap at their widths, bytes outside the image are replaced, accumulators have 35 bits.
//! What it leaves out is overlap: here a pass ends before the next one begins. The compiler schedules so that nobody
//! can see the difference, and the comparison with the hardware proves it.
//!
//! Instructions may come from anywhere: no program makes the model panic, hang or leave its memories.

mod array;
mod error;
mod machine;
mod memory;
mod pass;
mod post;
mod recurrent;
mod results;
mod sequencer;
mod walk;

#[cfg(test)]
mod tests;

pub use error::InterpreterError;
pub use machine::{Machine, Run};
pub use memory::Memories;
pub use pass::{LoopLevel, Pass};
pub use sequencer::Faults;
pub use walk::{Advance, Slot, Walk};

//! Formal proofs about emitted Verilog: yosys makes a transition system of it, yosys-smtbmc and Yices look at all its states.
//!
//! Properties are SystemVerilog text that goes *into* a module, before its `endmodule`, so that invariants can name what is
//! inside; emitted Verilog itself holds no assertions. A proof that cannot fail proves nothing: [`Task::planted`] changes the
//! text, and the same question must then be answered by a counterexample.

mod answer;
mod model;
mod task;

pub use answer::Answer;
pub use task::{Mode, Task};

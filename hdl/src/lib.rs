//! The accelerator, written in rust-hdl, and the Verilog it becomes.

pub mod array;
pub mod rt;

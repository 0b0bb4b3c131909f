//! The accelerator, written in rust-hdl, and the Verilog it becomes.

pub mod rt;

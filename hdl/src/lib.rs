//! The accelerator, written in rust-hdl, and the Verilog it becomes.

pub mod accelerator;
pub mod array;
pub mod axi;
pub mod board;
pub mod cores;
pub mod link;
pub mod rt;

//! Compiler, runtime, devices, reports and the `systole` command.

pub mod interpreter;
pub mod program;
pub mod tensor;

//! Compiler, runtime, devices, reports and the `systole` command.

pub mod interpreter;
pub mod compiler;
pub mod link;
pub mod program;
pub mod testing;
pub mod tensor;

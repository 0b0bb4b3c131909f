//! Compiler, runtime, devices, reports and the `systole` command.

#[cfg(unix)]
pub mod board_process;
pub mod compiler;
pub mod decode;
pub mod device;
pub mod inference;
pub mod interpreter;
pub mod link;
pub mod picture;
pub mod program;
pub mod receipt;
pub mod report;
pub mod tensor;
pub mod testbench;
pub mod testing;

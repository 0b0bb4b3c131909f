//! Compiler, runtime, devices, reports and the `systole` command.

pub mod program;

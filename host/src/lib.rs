//! Compiler, runtime, devices, reports and the systole command.

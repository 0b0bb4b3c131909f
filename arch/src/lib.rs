//! Configuration, instruction set, register map, frames, cycle and resource formulas: one table for RTL, compiler and manual.

//! One home for every fact that generator, compiler, simulator and manual share.
//!
//! Configuration of an accelerator ([`Arch`]), its instruction set ([`isa`]), its pipeline timing
//! ([`timing`]), its memory map ([`map`]) and the frames on its link ([`frame`]). RTL and compiler are
//! written against these tables; `docs/reference/` is printed from them ([`reference`](mod@reference)). What follows from them
//! are formulas: how many cycles ([`cycles`]) and what it takes of an FPGA ([`resources`]). Which FPGA, and what is on its pins, is in
//! the files of the [`boards`].

pub mod axi;
pub mod boards;
pub mod config;
pub mod cycles;
pub mod frame;
pub mod isa;
pub mod knots;
pub mod loops;
pub mod map;
pub mod reference;
pub mod resources;
pub mod timing;

pub use config::{Arch, ArchError, Multipliers};
pub use isa::Instruction;
pub use timing::Timing;

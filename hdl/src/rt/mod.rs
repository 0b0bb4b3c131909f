//! rust-hdl with sizes known at run time: signals whose width is a value, leaf primitives, a light
//! simulator and an emitter of readable Verilog.
//!
//! # One meaning for every expression
//!
//! In `update` every operator result is **exact**: a 64-bit two's complement integer without a width.
//! A value is **fitted** (its low bits kept, read back signed or unsigned) when it is assigned to a
//! signal, and by the functions that name a width. The emitter prints Verilog that computes the same
//! number: it infers the range of every subexpression, widens operands with explicit casts where Verilog
//! would have dropped bits, makes comparisons and right shifts signed exactly when a value may be
//! negative, and parenthesises every operator. Signed and unsigned operands may be mixed freely.
//! What it cannot print with the same meaning it refuses, with an error that names the place.

mod constant;
pub mod crosscheck;
mod delay;
mod emit;
mod exchange;
mod memory;
mod register;
mod signal;
mod sim;
mod value;

pub use constant::{Cst, Doc, Size};
pub use delay::Delay;
pub use emit::{EmitError, Module, emit, emit_modules};
pub use exchange::clock_edge;
pub use memory::{Ram, Rom, address_width, spoil_collisions};
pub use register::{FlagReg, Reg, StateReg};
pub use signal::{Flag, Sig, Word};
pub use sim::{Port, Sim, SimError};
pub use value::{Val, bit_cast_signed, bit_cast_to, bits_of};

/// Everything a file that describes hardware needs, the names that rust-hdl's macros expand to included.
pub mod prelude {
    pub use super::{
        Cst, Delay, Doc, Flag, FlagReg, Ram, Reg, Rom, Sig, Size, StateReg, Val, address_width,
        bit_cast_signed, bit_cast_to, bits_of, clock_edge,
    };
    pub use rust_hdl::core::prelude::{
        Atom, AtomKind, Bits, Block, Clock, Direction, In, Local, Logic, LogicBlock, LogicState,
        Out, Probe, Signal, Synth, ToBits, TypeDescriptor, TypeKind, VCDValue, Verilog,
        VerilogLiteral, ast, block, clock, clog2, hdl_gen, logic, probe, synth, type_descriptor,
    };
    pub use rust_hdl::widgets::dff_setup;
}

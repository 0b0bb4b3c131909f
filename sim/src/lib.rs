//! Simulation of emitted Verilog: finds and installs the tools, builds a design with Verilator into a
//! cached library, and drives it from Rust.
//!
//! The `verilator` script and its makefiles are not used: [`verilator`] calls `verilator_bin`, compiles
//! the result together with a small C shim, and binds it. The clock loop, the handshakes, the watchdog
//! and the waveform live in the shim, so that one call covers thousands of cycles.
//!
//! ```no_run
//! use systole_sim::{BuildOptions, Design, Model};
//! # fn main() -> systole_sim::Result<()> {
//! let source = "module counter(input clock, input reset, output reg [7:0] count);
//!   always @(posedge clock) count <= reset ? 8'd0 : count + 8'd1;
//! endmodule";
//! let design = Design::new("counter", source).input("clock", 1).input("reset", 1).output("count", 8);
//! let model = Model::build(&design, &BuildOptions::default())?;
//! let mut counter = model.instantiate()?;
//! counter.reset(1)?;
//! counter.run(5)?;
//! assert_eq!(counter.peek(model.port("count")?)?, 5);
//! # Ok(())
//! # }
//! ```

#![deny(unsafe_code)]

mod cache;
pub mod cocotb;
mod command;
mod design;
mod error;
pub mod flow;
pub mod formal;
mod hash;
pub mod icarus;
pub mod netlist;
pub mod synthesis;
pub mod tools;
pub mod verilator;

pub use design::{Design, Direction, MAX_WIDTH, Port, StreamPorts};
pub use error::{Error, Result};
pub use hash::sha256_hex;
pub use icarus::Bench;
pub use verilator::{BuildOptions, Exchange, Instance, Model, Optimize, lint};

//! Verilog to a loaded, drivable model.
//!
//! [`Model::build`] is content-addressed: the same Verilog, tools and flags give the library that is
//! already in the private folder. A [`Model`] makes any number of independent [`Instance`]s.

mod bench;
mod build;
mod compiler;
mod compress;
mod exchange;
#[allow(unsafe_code, reason = "the binding itself")]
mod ffi;
mod instance;
mod lint;
mod model;
mod ports;
mod sources;
mod tool;
mod units;

pub(crate) use sources::{write, write_files};

pub use bench::run_bench;
pub use build::{BuildOptions, Optimize};
pub use exchange::Exchange;
pub use instance::Instance;
pub use lint::{EMITTED, Lint, Waiver, lint};
pub use model::Model;
pub use tool::identity;

//! Stand-alone systolic cores with AXI4-Stream ports, for people who bring their own system.
//!
//! They are made of the same array and accumulators as the accelerator. `docs/cores.md` describes their streams.

mod bench;
mod error;
mod fifo;
mod matmul;
mod matmul_bench;
mod matmul_control;
mod options;

pub use error::CoreError;
pub use fifo::ResultFifo;
pub use matmul::{MatmulCore, MatmulSizes};
pub use matmul_bench::{MatmulOptions, matmul_files};
pub use matmul_control::MatmulControl;
pub use options::{CoreArray, Testbench};

//! Stand-alone systolic cores with AXI4-Stream ports, for people who bring their own system.
//!
//! They are made of the same array, memories and address generator as the accelerator.

mod fifo;
mod matmul;
mod matmul_bench;
mod matmul_control;

pub use fifo::ResultFifo;
pub use matmul::{MatmulCore, MatmulSizes};
pub use matmul_bench::{MatmulJob, matmul_files};
pub use matmul_control::MatmulControl;

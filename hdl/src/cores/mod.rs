//! Stand-alone systolic cores with AXI4-Stream ports, for people who bring their own system.
//!
//! They are made of the same array and accumulators as the accelerator. `docs/cores.md` describes their streams.

mod bench;
mod conv;
mod conv_bench;
mod conv_buffers;
mod conv_coordinate;
mod conv_edges;
mod conv_image;
mod conv_sizes;
mod conv_walk;
mod conv_weights;
mod error;
mod fifo;
mod matmul;
mod matmul_bench;
mod matmul_control;
mod options;

pub use conv::ConvCore;
pub use conv_bench::conv_files;
pub use conv_buffers::ConvBuffers;
pub use conv_coordinate::ConvCoordinate;
pub use conv_edges::ConvEdges;
pub use conv_image::ConvImage;
pub use conv_sizes::ConvOptions;
pub use conv_walk::ConvWalk;
pub use conv_weights::ConvWeights;
pub use error::CoreError;
pub use fifo::ResultFifo;
pub use matmul::{MatmulCore, MatmulSizes};
pub use matmul_bench::{MatmulOptions, matmul_files};
pub use matmul_control::MatmulControl;
pub use options::{CoreArray, Testbench};

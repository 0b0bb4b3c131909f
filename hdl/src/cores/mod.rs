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
mod error;
mod fifo;
mod matmul;
mod matmul_bench;
mod matmul_control;
mod options;
mod parameter_loader;
mod recurrent;
mod recurrent_bench;
mod recurrent_control;
mod recurrent_results;
mod recurrent_scale;
mod recurrent_schedule;
mod recurrent_sizes;
mod recurrent_streams;
mod step_buffers;
mod step_memory;
mod weight_loader;

pub use conv::ConvCore;
pub use conv_bench::conv_files;
pub use conv_buffers::ConvBuffers;
pub use conv_coordinate::ConvCoordinate;
pub use conv_edges::ConvEdges;
pub use conv_image::ConvImage;
pub use conv_sizes::ConvOptions;
pub use conv_walk::ConvWalk;
pub use error::CoreError;
pub use fifo::ResultFifo;
pub use matmul::{MatmulCore, MatmulSizes};
pub use matmul_bench::{MatmulOptions, matmul_files};
pub use matmul_control::MatmulControl;
pub use options::{CoreArray, Testbench};
pub use parameter_loader::ParameterLoader;
pub use recurrent::RecurrentCore;
pub use recurrent_bench::recurrent_files;
pub use recurrent_control::PassControl;
pub use recurrent_results::RecurrentResults;
pub use recurrent_scale::RecurrentScale;
pub use recurrent_sizes::{RecurrentKind, RecurrentOptions};
pub use recurrent_streams::{Parameter, RecurrentData, Sequence};
pub use step_buffers::StepBuffers;
pub use step_memory::StepMemory;
pub use weight_loader::WeightLoader;

//! The float graph: what a trained model computes, before any quantization.
//!
//! [`Graph`] is our own small representation (typed [`Op`]s, static shapes, constants), [`Runner`] executes it
//! in f32 and is the reference that calibration and the signal-to-noise report compare with, and [`passes`]
//! rewrite it into the few operators the accelerator knows without changing its outputs.

mod error;
mod graph;
mod op;
pub mod ops;
pub mod passes;
mod recurrent;
mod runner;
mod value;

pub use error::{OpError, RunError};
pub use graph::{Graph, Node, Tensor, TensorId};
pub use op::{
    Conv, DepthToSpaceMode, Gemm, Op, Pad, PadMode, Padding, Pool, QuantizeAxis, Reduce, Softmax,
    Split, Window,
};
pub use recurrent::{Direction, Recurrent, RecurrentKind};
pub use runner::Runner;
pub use value::{ElementType, IntTensor, IntType, Value};

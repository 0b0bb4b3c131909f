//! The integer graph: what a trained model has become once every rounding is decided.
//!
//! It is the contract between `quant` and everything below it: the CPU reference, the compiler, the
//! RTL and the board compute exactly these integers (`docs/numerics.md`).

mod chunk;
mod error;
mod file;
mod graph;
pub mod random;
mod recurrent;
mod shape;
mod validate;

pub use chunk::ChunkError;
pub use error::GraphError;
pub use file::{FILE_VERSION, FileError};
pub use graph::{
    AveragePool, Concat, Conv, HostOp, InputLayout, IntGraph, IntTensor, Layer, LayerOp, MaxPool,
    Multiplier, Pad, Rescale, Shape, TensorId, Window,
};
pub use recurrent::{Cell, GateSums, Recurrent, RecurrentState, StepAxis};
pub use shape::{MAX_DIMENSION, MAX_ELEMENTS, permute};
pub(crate) use validate::check_state;
pub use validate::{HIDDEN_SCALE, average_divisors};

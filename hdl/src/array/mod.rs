//! The systolic array: a grid of cells, each with its own weight memory, wired to its neighbours only.
//!
//! Activations and weight addresses enter at the west edge and hop east, partial sums move south. Because a cell
//! reads a fresh set of weights every cycle, a matrix-vector product runs at the same rate as a convolution.

mod accumulators;
mod cell;
mod grid;
mod max_pool;
mod multiplier;
mod plane_accumulators;
mod row;

pub use accumulators::Accumulators;
pub use cell::Cell;
pub use grid::{Array, ArraySizes};
pub use max_pool::MaxPool;
pub use multiplier::{Multiplier, MultiplierKind};
pub use plane_accumulators::PlaneAccumulators;
pub use row::ArrayRow;

//! From the float graph to layers the accelerator has: NHWC, activations fused, residual additions inside convolutions.
//!
//! The result still computes with real numbers. `calibrate` finds the ranges of its tensors, `quantize` turns it
//! into the integer graph. Each tensor remembers which float tensor it stands for, so that both can be compared.

mod error;
mod fuse;
mod graph;
mod host;
mod roles;
mod translate;
mod view;

pub use error::LowerError;
pub use graph::{FloatConv, FloatLayer, FloatOp, FloatTensor, Function, LoweredGraph, NO_CLAMP};
pub use view::{Axis, View};

use crate::float::Graph;

/// Lowers a float graph.
///
/// # Errors
/// The first node that has no counterpart on the accelerator, by name, with what can be done.
pub fn lower(graph: &Graph) -> Result<LoweredGraph, LowerError> {
    let mut lowered = translate::translate(graph)?;
    fuse::fuse(&mut lowered);
    Ok(lowered)
}

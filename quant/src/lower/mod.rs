//! From the float graph to layers the accelerator has: NHWC, activations fused, residual additions inside convolutions.
//!
//! The result still computes with real numbers. `calibrate` finds the ranges of its tensors, `quantize` turns it
//! into the integer graph. Each tensor remembers which float tensor it stands for, so that both can be compared.

mod error;
mod fuse;
mod graph;
mod host;
mod roles;
mod separate;
mod translate;
mod view;

pub use error::LowerError;
pub use graph::{
    FloatConv, FloatLayer, FloatOp, FloatRecurrent, FloatTensor, Function, InitialState,
    LoweredGraph, NO_CLAMP,
};
pub use view::{Axis, View};

use crate::float::Graph;

impl FloatOp {
    /// Whether the result has the bytes of the operands, so that all share one scale.
    #[must_use]
    pub const fn keeps_bytes(&self) -> bool {
        matches!(
            self,
            Self::MaxPool(_)
                | Self::Concat { .. }
                | Self::Pad { .. }
                | Self::Reshape
                | Self::Slice { .. }
        )
    }
}

/// Lowers a float graph.
///
/// # Errors
/// The first node that has no counterpart on the accelerator, by name, with what can be done.
pub fn lower(graph: &Graph) -> Result<LoweredGraph, LowerError> {
    let mut lowered = translate::translate(graph)?;
    fuse::fuse(&mut lowered);
    separate::separate(&mut lowered);
    Ok(lowered)
}

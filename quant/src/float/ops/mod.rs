//! The arithmetic of each operator, on values.
//!
//! [`evaluate`] is the only entrance: constant folding, shape recording and the [`Runner`](super::Runner) share it.

mod inputs;

pub use inputs::{Inputs, MAX_ELEMENTS};

use super::error::OpError;
use super::op::Op;
use super::value::Value;

/// Computes one operator. `outputs` is the number of outputs the node has.
///
/// # Errors
/// Inputs that do not fit the operator, or results that would be absurdly large.
pub fn evaluate(op: &Op, inputs: &Inputs<'_>, outputs: usize) -> Result<Vec<Value>, OpError> {
    let _ = outputs;
    match op {
        Op::Identity | Op::Dropout => Ok(vec![inputs.any(0)?.clone()]),
        _ => Err(OpError::Unsupported {
            what: "this operator",
            remedy: "it is being written",
        }),
    }
}

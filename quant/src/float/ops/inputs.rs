//! Access to the inputs of an operator with errors that say which one is wrong.

use ndarray::ArrayD;

use crate::float::error::OpError;
use crate::float::value::{IntTensor, Value};

/// No tensor of a sensible model is larger (128 MiB as f32); a damaged file must not exhaust the memory.
pub const MAX_ELEMENTS: usize = 1 << 25;

/// The inputs of one operator, by position; `None` where an optional input is left out.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a>(&'a [Option<&'a Value>]);

impl<'a> Inputs<'a> {
    /// Wraps a list of inputs.
    pub fn new(inputs: &'a [Option<&'a Value>]) -> Self {
        Inputs(inputs)
    }

    /// Number of inputs, those left out included.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Input `index` if it is present.
    pub(super) fn optional(&self, index: usize) -> Option<&'a Value> {
        self.0.get(index).copied().flatten()
    }

    /// Input `index` of any type.
    pub(super) fn any(&self, index: usize) -> Result<&'a Value, OpError> {
        self.optional(index).ok_or(OpError::MissingInput { index })
    }

    /// Input `index`, real.
    pub(super) fn float(&self, index: usize) -> Result<&'a ArrayD<f32>, OpError> {
        let value = self.any(index)?;
        value.as_float().ok_or(OpError::ElementType {
            index,
            found: value.element_type(),
            expected: "float32",
        })
    }

    /// Input `index`, real, if it is present.
    pub(super) fn optional_float(&self, index: usize) -> Result<Option<&'a ArrayD<f32>>, OpError> {
        self.optional(index).map(|_| self.float(index)).transpose()
    }

    /// Input `index`, integer.
    pub(super) fn int(&self, index: usize) -> Result<&'a IntTensor, OpError> {
        let value = self.any(index)?;
        value.as_int().ok_or(OpError::ElementType {
            index,
            found: value.element_type(),
            expected: "integers",
        })
    }

    /// The elements of an integer input: axes, sizes, pads.
    pub(super) fn ints(&self, index: usize) -> Result<Vec<i64>, OpError> {
        Ok(self.int(index)?.data.iter().copied().collect())
    }

    /// The elements of an integer input if it is present.
    pub(super) fn optional_ints(&self, index: usize) -> Result<Option<Vec<i64>>, OpError> {
        self.optional(index).map(|_| self.ints(index)).transpose()
    }
}

/// Number of elements of a shape, if it is sensible.
pub(crate) fn checked_size(shape: &[usize]) -> Result<usize, OpError> {
    let size = shape
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim));
    // A zero hides an overflow in the other dimensions, which matters to whoever multiplies only some of them.
    let without_zeros = shape
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim.max(1)));
    match (size, without_zeros) {
        (Some(size), Some(full)) if full <= MAX_ELEMENTS => Ok(size),
        _ => Err(OpError::TooLarge {
            shape: shape.to_vec(),
            limit: MAX_ELEMENTS,
        }),
    }
}

/// Turns an axis that may count from the end into an index below `rank`.
pub(crate) fn normalize_axis(axis: i64, rank: usize) -> Result<usize, OpError> {
    let absolute = if axis < 0 {
        axis.checked_add(rank as i64)
    } else {
        Some(axis)
    };
    match absolute {
        Some(index) if index >= 0 && (index as usize) < rank => Ok(index as usize),
        _ => Err(OpError::Attribute {
            name: "axis",
            found: axis.to_string(),
            expected: format!("an axis of a tensor with {rank} dimensions"),
        }),
    }
}

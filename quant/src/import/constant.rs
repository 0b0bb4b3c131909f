//! Constant nodes: their value is the value of their output.

use ndarray::{ArrayD, IxDyn};

use super::attributes::Attributes;
use super::error::ImportError;
use super::tensor;
use crate::float::Value;

type Result<T> = std::result::Result<T, ImportError>;

/// The value of a Constant node.
pub(super) fn value(a: &mut Attributes<'_>) -> Result<Value> {
    let list = |length: usize| if length == 0 { vec![0] } else { vec![length] };
    if let Some(proto) = a.tensor("value")? {
        return tensor::value(proto, a.file, a.node);
    }
    if let Some(value) = a.float("value_float")? {
        return Ok(Value::Float(ArrayD::from_elem(IxDyn(&[]), value)));
    }
    if let Some(value) = a.int("value_int")? {
        return Ok(Value::int64(ArrayD::from_elem(IxDyn(&[]), value)));
    }
    let array = if let Some(values) = a.floats("value_floats")? {
        ArrayD::from_shape_vec(list(values.len()), values).map(Value::Float)
    } else if let Some(values) = a.ints("value_ints")? {
        ArrayD::from_shape_vec(list(values.len()), values).map(Value::int64)
    } else {
        return Err(a.error(
            "value",
            "missing",
            "a tensor, a number or a list of numbers",
        ));
    };
    array.map_err(|error| a.error("value", error, "a list"))
}

//! Element-wise functions of one tensor.

use ndarray::ArrayD;

use super::inputs::Inputs;
use crate::float::error::OpError;
use crate::float::value::{ElementType, IntTensor, IntType, Value};

/// Applies `f` to every element of input 0.
pub(super) fn map(inputs: &Inputs<'_>, f: impl Fn(f32) -> f32) -> Result<ArrayD<f32>, OpError> {
    Ok(inputs.float(0)?.mapv(f))
}

pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

pub(super) fn elu(x: f32, alpha: f32) -> f32 {
    if x < 0.0 { alpha * x.exp_m1() } else { x }
}

pub(super) fn leaky_relu(x: f32, alpha: f32) -> f32 {
    if x < 0.0 { alpha * x } else { x }
}

pub(super) fn hard_sigmoid(x: f32, alpha: f32, beta: f32) -> f32 {
    (alpha * x + beta).clamp(0.0, 1.0)
}

pub(super) fn hard_swish(x: f32) -> f32 {
    x * hard_sigmoid(x, 1.0 / 6.0, 0.5)
}

/// `min(max(x, low), high)`, bounds from inputs 1 and 2 or from the attributes.
pub(super) fn clip(
    inputs: &Inputs<'_>,
    min: Option<f32>,
    max: Option<f32>,
) -> Result<Value, OpError> {
    match inputs.any(0)? {
        Value::Float(x) => {
            let low = float_bound(inputs, 1, min)?.unwrap_or(f32::NEG_INFINITY);
            let high = float_bound(inputs, 2, max)?.unwrap_or(f32::INFINITY);
            Ok(Value::Float(x.mapv(|x| x.max(low).min(high))))
        }
        Value::Int(x) => {
            let (least, most) = x.kind.range();
            let low = int_bound(inputs, 1)?.unwrap_or(least);
            let high = int_bound(inputs, 2)?.unwrap_or(most);
            let data = x.data.mapv(|x| x.max(low).min(high));
            Ok(Value::Int(IntTensor { data, kind: x.kind }))
        }
    }
}

fn float_bound(
    inputs: &Inputs<'_>,
    index: usize,
    attribute: Option<f32>,
) -> Result<Option<f32>, OpError> {
    match inputs.optional_float(index)? {
        None => Ok(attribute),
        Some(bound) => bound.first().copied().map(Some).ok_or_else(empty_bound),
    }
}

fn int_bound(inputs: &Inputs<'_>, index: usize) -> Result<Option<i64>, OpError> {
    match inputs.optional_ints(index)? {
        None => Ok(None),
        Some(bound) => bound.first().copied().map(Some).ok_or_else(empty_bound),
    }
}

fn empty_bound() -> OpError {
    OpError::Shape {
        what: "a bound of Clip",
        found: "no element".into(),
        expected: "one element".into(),
    }
}

/// Converts between element types. Reals are truncated towards zero and saturate; integers wrap.
pub(super) fn cast(inputs: &Inputs<'_>, to: ElementType) -> Result<Value, OpError> {
    Ok(match (inputs.any(0)?, to) {
        (value @ Value::Float(_), ElementType::Float) => value.clone(),
        (Value::Int(x), ElementType::Float) => Value::Float(x.data.mapv(|x| x as f32)),
        (Value::Float(x), ElementType::Int(IntType::Bool)) => Value::Int(IntTensor {
            data: x.mapv(|x| i64::from(x != 0.0)),
            kind: IntType::Bool,
        }),
        (Value::Float(x), ElementType::Int(kind)) => {
            let (low, high) = kind.range();
            Value::Int(IntTensor {
                data: x.mapv(|x| (x as i64).clamp(low, high)),
                kind,
            })
        }
        (Value::Int(x), ElementType::Int(kind)) => Value::Int(IntTensor {
            data: x.data.mapv(|x| kind.wrap(x)),
            kind,
        }),
    })
}

//! QuantizeLinear and DequantizeLinear, for models that carry quantized weights or were quantized elsewhere.
//!
//! These follow the ONNX definition (round half to even), not `docs/numerics.md`: they are part of the float model.

use ndarray::{ArrayD, IxDyn};

use super::arithmetic::zip;
use super::inputs::{Inputs, normalize_axis};
use crate::float::error::OpError;
use crate::float::op::QuantizeAxis;
use crate::float::value::{ElementType, IntTensor, IntType, Value};

/// `sat(round(x / scale) + zero_point)`.
pub(super) fn quantize(
    at: &QuantizeAxis,
    output: Option<ElementType>,
    inputs: &Inputs<'_>,
) -> Result<Value, OpError> {
    let x = inputs.float(0)?;
    let scale = spread(inputs.float(1)?, x.shape(), at)?;
    let zero = inputs.optional(2).map(|_| inputs.int(2)).transpose()?;
    let kind = match (zero, output) {
        (Some(zero), _) => zero.kind,
        (None, Some(ElementType::Int(kind))) => kind,
        (None, None) => IntType::U8,
        (None, Some(ElementType::Float)) => {
            return Err(OpError::Unsupported {
                what: "quantization to a floating-point type",
                remedy: "quantize to an integer type",
            });
        }
    };
    let (low, high) = kind.range();
    let scaled = zip(x, &scale, |x, scale| (x / scale).round_ties_even() as i64)?;
    let data = match zero {
        None => scaled.mapv(|q| q.clamp(low, high)),
        Some(zero) => {
            let zero = spread(&zero.data, x.shape(), at)?;
            zip(&scaled, &zero, |q, zero| {
                q.saturating_add(zero).clamp(low, high)
            })?
        }
    };
    Ok(Value::Int(IntTensor { data, kind }))
}

/// `(q - zero_point) * scale`.
pub(super) fn dequantize(at: &QuantizeAxis, inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let q = &inputs.int(0)?.data;
    let scale = spread(inputs.float(1)?, q.shape(), at)?;
    match inputs.optional(2) {
        None => zip(q, &scale, |q, scale| q as f32 * scale),
        Some(_) => {
            let zero = spread(&inputs.int(2)?.data, q.shape(), at)?;
            let centred = zip(q, &zero, i64::saturating_sub)?;
            zip(&centred, &scale, |q, scale| q as f32 * scale)
        }
    }
}

/// Brings a scale or zero point into a shape that broadcasts to the data: one value, one for each slice along
/// the axis, or one for each block along it.
fn spread<T: Copy>(
    parameter: &ArrayD<T>,
    shape: &[usize],
    at: &QuantizeAxis,
) -> Result<ArrayD<T>, OpError> {
    let mismatch = || OpError::Shape {
        what: "scale or zero point",
        found: format!("{:?} for data of shape {shape:?}", parameter.shape()),
        expected: "one value, one per slice along the axis, or one per block along it".into(),
    };
    if at.block > 0 {
        return spread_blocks(parameter, shape, at).ok_or_else(mismatch);
    }
    if parameter.len() == 1 {
        return parameter
            .to_shape(IxDyn(&[]))
            .map(|p| p.into_owned())
            .map_err(|_| mismatch());
    }
    let axis = normalize_axis(at.axis, shape.len())?;
    if parameter.shape() != [shape[axis]] {
        return Err(mismatch());
    }
    let mut broadcast = vec![1; shape.len()];
    broadcast[axis] = shape[axis];
    parameter
        .to_shape(IxDyn(&broadcast))
        .map(|p| p.into_owned())
        .map_err(|_| mismatch())
}

fn spread_blocks<T: Copy>(
    parameter: &ArrayD<T>,
    shape: &[usize],
    at: &QuantizeAxis,
) -> Option<ArrayD<T>> {
    let axis = normalize_axis(at.axis, shape.len()).ok()?;
    let mut blocks = shape.to_vec();
    blocks[axis] = shape[axis].div_ceil(at.block);
    (parameter.shape() == blocks).then(|| {
        ArrayD::from_shape_fn(IxDyn(shape), |mut index| {
            index[axis] /= at.block;
            parameter[index]
        })
    })
}

//! Operators that pick elements: Gather, Slice, Expand, and the makers of index tensors.

use ndarray::{ArrayD, Axis, IxDyn};

use super::arithmetic::broadcast_shape;
use super::elements;
use super::inputs::{Inputs, MAX_ELEMENTS, checked_size, normalize_axis};
use crate::float::error::OpError;
use crate::float::value::{IntTensor, Value};

/// The dimensions of input 0 from `start` to `end` as int64.
pub(super) fn shape(inputs: &Inputs<'_>, start: i64, end: Option<i64>) -> Result<Value, OpError> {
    let shape = inputs.any(0)?.shape();
    let rank = shape.len() as i64;
    let clamp = |axis: i64| {
        if axis < 0 {
            axis.saturating_add(rank)
        } else {
            axis
        }
        .clamp(0, rank) as usize
    };
    let (start, end) = (clamp(start), clamp(end.unwrap_or(rank)));
    let dims: Vec<i64> = shape[start..end.max(start)]
        .iter()
        .map(|&dim| dim as i64)
        .collect();
    Ok(Value::int64(ndarray::Array1::from(dims).into_dyn()))
}

pub(super) fn gather(inputs: &Inputs<'_>, axis: i64) -> Result<Value, OpError> {
    let data = inputs.any(0)?;
    let indices = &inputs.int(1)?.data;
    let axis = normalize_axis(axis, data.shape().len())?;
    let size = data.shape()[axis];
    let shape = [
        &data.shape()[..axis],
        indices.shape(),
        &data.shape()[axis + 1..],
    ]
    .concat();
    checked_size(&shape)?;
    let pick = |&index: &i64| {
        normalize_axis(index, size).map_err(|_| OpError::Attribute {
            name: "index",
            found: index.to_string(),
            expected: format!("an index into an axis of size {size}"),
        })
    };
    let picked = indices.iter().map(pick).collect::<Result<Vec<_>, _>>()?;
    let selected = elements!(data, array => array.select(Axis(axis), &picked))?;
    super::layout::with_shape(&selected, &shape)
}

/// Attributes are the old form; inputs 1 to 4 (starts, ends, axes, steps) win.
pub(super) fn slice(
    inputs: &Inputs<'_>,
    starts: &[i64],
    ends: &[i64],
    axes: &[i64],
) -> Result<Value, OpError> {
    let mut value = inputs.any(0)?.clone();
    let starts = inputs.optional_ints(1)?.unwrap_or_else(|| starts.to_vec());
    let ends = inputs.optional_ints(2)?.unwrap_or_else(|| ends.to_vec());
    let default_axes = || {
        if axes.is_empty() {
            (0..starts.len() as i64).collect()
        } else {
            axes.to_vec()
        }
    };
    let axes = inputs.optional_ints(3)?.unwrap_or_else(default_axes);
    let steps = inputs
        .optional_ints(4)?
        .unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()]
        .iter()
        .any(|&length| length != starts.len())
    {
        return Err(OpError::Attribute {
            name: "starts, ends, axes, steps",
            found: format!(
                "{}, {}, {}, {} values",
                starts.len(),
                ends.len(),
                axes.len(),
                steps.len()
            ),
            expected: "equally many".into(),
        });
    }
    for i in 0..starts.len() {
        let axis = normalize_axis(axes[i], value.shape().len())?;
        let picked = slice_indices(value.shape()[axis], starts[i], ends[i], steps[i])?;
        value = elements!(&value, array => array.select(Axis(axis), &picked))?;
    }
    Ok(value)
}

/// Indices of `start..end` by `step`, out-of-range ends clamped as NumPy does.
fn slice_indices(size: usize, start: i64, end: i64, step: i64) -> Result<Vec<usize>, OpError> {
    let size = size as i64;
    let from_end = |index: i64| {
        if index < 0 {
            index.saturating_add(size)
        } else {
            index
        }
    };
    let (start, end) = match step {
        0 => {
            return Err(OpError::Attribute {
                name: "steps",
                found: "0".into(),
                expected: "steps other than zero".into(),
            });
        }
        1.. => (from_end(start).clamp(0, size), from_end(end).clamp(0, size)),
        _ => (
            from_end(start).clamp(-1, size - 1),
            from_end(end).clamp(-1, size - 1),
        ),
    };
    let mut indices = Vec::new();
    let mut index = start;
    while (step > 0 && index < end) || (step < 0 && index > end) {
        indices.push(index as usize);
        index = index.saturating_add(step);
    }
    Ok(indices)
}

pub(super) fn expand(inputs: &Inputs<'_>) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let target = dimensions(&inputs.ints(1)?)?;
    let shape = broadcast_shape(value.shape(), &target)?;
    elements!(value, array => broadcast(array, &shape)?)
}

fn broadcast<T: Clone>(array: &ArrayD<T>, shape: &[usize]) -> Result<ArrayD<T>, OpError> {
    array
        .broadcast(IxDyn(shape))
        .map(|view| view.to_owned())
        .ok_or_else(|| OpError::Shape {
            what: "Expand",
            found: format!("{:?}", array.shape()),
            expected: format!("a shape that broadcasts to {shape:?}"),
        })
}

pub(super) fn constant_of_shape(inputs: &Inputs<'_>, value: &Value) -> Result<Value, OpError> {
    let shape = dimensions(&inputs.ints(0)?)?;
    checked_size(&shape)?;
    let value = super::layout::with_shape(value, &vec![1; shape.len()])?;
    elements!(&value, array => broadcast(array, &shape)?)
}

fn dimensions(dims: &[i64]) -> Result<Vec<usize>, OpError> {
    let convert = |&dim: &i64| {
        usize::try_from(dim).map_err(|_| OpError::Attribute {
            name: "shape",
            found: format!("{dims:?}"),
            expected: "dimensions of at least zero".into(),
        })
    };
    dims.iter().map(convert).collect()
}

/// `start, start + delta, ..` below `limit`.
pub(super) fn range(inputs: &Inputs<'_>) -> Result<Value, OpError> {
    match inputs.any(0)? {
        Value::Int(start) => {
            let bounds = [inputs.ints(0)?, inputs.ints(1)?, inputs.ints(2)?];
            let [&[start_at], &[limit], &[delta]] = bounds.each_ref().map(Vec::as_slice) else {
                return Err(not_scalar());
            };
            let span = i128::from(limit) - i128::from(start_at);
            let length = range_length(span as f64 / delta as f64)?;
            let element = |i: usize| start_at.wrapping_add((i as i64).wrapping_mul(delta));
            let data = ArrayD::from_shape_fn(IxDyn(&[length]), |index| element(index[0]));
            Ok(Value::Int(IntTensor {
                data,
                kind: start.kind,
            }))
        }
        Value::Float(_) => {
            let scalar = |index| -> Result<f32, OpError> {
                inputs.float(index)?.first().copied().ok_or_else(not_scalar)
            };
            let (start, limit, delta) = (scalar(0)?, scalar(1)?, scalar(2)?);
            let length = range_length((f64::from(limit) - f64::from(start)) / f64::from(delta))?;
            let data =
                ArrayD::from_shape_fn(IxDyn(&[length]), |index| start + index[0] as f32 * delta);
            Ok(Value::Float(data))
        }
    }
}

fn range_length(steps: f64) -> Result<usize, OpError> {
    if !steps.is_finite() || steps > MAX_ELEMENTS as f64 {
        return Err(OpError::Attribute {
            name: "start, limit, delta",
            found: format!("{steps} elements"),
            expected: format!("at most {MAX_ELEMENTS} elements and a delta other than zero"),
        });
    }
    Ok(steps.ceil().max(0.0) as usize)
}

fn not_scalar() -> OpError {
    OpError::Shape {
        what: "start, limit and delta",
        found: "other than one element".into(),
        expected: "one element each".into(),
    }
}

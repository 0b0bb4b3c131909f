//! Operators that move elements without changing them: reshape, transpose, concatenate, split.

use ndarray::{ArrayD, ArrayView, Axis, IxDyn, concatenate};

use super::elements;
use super::inputs::{Inputs, checked_size, normalize_axis};
use crate::float::error::OpError;
use crate::float::op::Split;
use crate::float::value::{IntTensor, Value};

/// The same elements in row-major order under another shape.
pub(super) fn with_shape(value: &Value, shape: &[usize]) -> Result<Value, OpError> {
    elements!(value, array => reshaped(array, shape)?)
}

fn reshaped<T: Clone>(array: &ArrayD<T>, shape: &[usize]) -> Result<ArrayD<T>, OpError> {
    checked_size(shape)?;
    array
        .to_shape(IxDyn(shape))
        .map(|view| view.into_owned())
        .map_err(|_| OpError::Shape {
            what: "new shape",
            found: format!("{shape:?} for a tensor of shape {:?}", array.shape()),
            expected: format!("a shape with {} elements", array.len()),
        })
}

pub(super) fn reshape(inputs: &Inputs<'_>, allow_zero: bool) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let requested = inputs.ints(1)?;
    let invalid = || OpError::Shape {
        what: "Reshape",
        found: format!("{requested:?} for a tensor of shape {:?}", value.shape()),
        expected: "as many elements as the input, at most one -1".into(),
    };
    let mut shape = Vec::with_capacity(requested.len());
    let mut unknown = None;
    for (position, &dim) in requested.iter().enumerate() {
        shape.push(match dim {
            0 if !allow_zero => *value.shape().get(position).ok_or_else(invalid)?,
            -1 if unknown.replace(position).is_none() => 1,
            dim => usize::try_from(dim).map_err(|_| invalid())?,
        });
    }
    if let Some(position) = unknown {
        let known = checked_size(&shape)?;
        let elements: usize = value.shape().iter().product();
        if known == 0 || !elements.is_multiple_of(known) {
            return Err(invalid());
        }
        shape[position] = elements / known;
    }
    with_shape(value, &shape)
}

/// A matrix: the dimensions before `axis` are the rows, the others the columns.
pub(super) fn flatten(inputs: &Inputs<'_>, axis: i64) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let shape = value.shape();
    // The axis may be the rank itself.
    let axis = if axis == shape.len() as i64 {
        shape.len()
    } else {
        normalize_axis(axis, shape.len())?
    };
    with_shape(
        value,
        &[
            shape[..axis].iter().product(),
            shape[axis..].iter().product(),
        ],
    )
}

pub(super) fn squeeze(inputs: &Inputs<'_>, axes: Option<&[i64]>) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let shape = value.shape();
    let drop = match axes_of(inputs, axes)? {
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
        Some(axes) => normalized(&axes, shape.len())?,
    };
    if let Some(axis) = drop.iter().find(|&&axis| shape[axis] != 1) {
        return Err(OpError::Shape {
            what: "squeezed axis",
            found: format!("size {} at axis {axis}", shape[*axis]),
            expected: "size 1".into(),
        });
    }
    let kept: Vec<usize> = (0..shape.len())
        .filter(|axis| !drop.contains(axis))
        .map(|axis| shape[axis])
        .collect();
    with_shape(value, &kept)
}

pub(super) fn unsqueeze(inputs: &Inputs<'_>, axes: Option<&[i64]>) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let axes = axes_of(inputs, axes)?.ok_or(OpError::MissingInput { index: 1 })?;
    let rank = value.shape().len() + axes.len();
    let axes = normalized(&axes, rank)?;
    let mut old = value.shape().iter();
    let shape: Vec<usize> = (0..rank)
        .map(|axis| {
            if axes.contains(&axis) {
                1
            } else {
                old.next().copied().unwrap_or(1)
            }
        })
        .collect();
    with_shape(value, &shape)
}

/// Axes of Squeeze and Unsqueeze: an attribute before opset 13, input 1 since.
fn axes_of(inputs: &Inputs<'_>, attribute: Option<&[i64]>) -> Result<Option<Vec<i64>>, OpError> {
    Ok(inputs
        .optional_ints(1)?
        .or_else(|| attribute.map(<[i64]>::to_vec)))
}

/// Axes as indices; each may appear once.
fn normalized(axes: &[i64], rank: usize) -> Result<Vec<usize>, OpError> {
    let mut indices = axes
        .iter()
        .map(|&axis| normalize_axis(axis, rank))
        .collect::<Result<Vec<_>, _>>()?;
    indices.sort_unstable();
    if indices.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(OpError::Attribute {
            name: "axes",
            found: format!("{axes:?}"),
            expected: "each axis once".into(),
        });
    }
    Ok(indices)
}

pub(super) fn transpose(
    inputs: &Inputs<'_>,
    permutation: Option<&[usize]>,
) -> Result<Value, OpError> {
    let value = inputs.any(0)?;
    let rank = value.shape().len();
    let permutation = match permutation {
        Some(permutation) => permutation.to_vec(),
        None => (0..rank).rev().collect(),
    };
    elements!(value, array => permuted(array, &permutation)?)
}

/// Row-major copy with the axes in another order.
pub(super) fn permuted<T: Clone>(
    array: &ArrayD<T>,
    permutation: &[usize],
) -> Result<ArrayD<T>, OpError> {
    let mut sorted = permutation.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..array.ndim()) {
        return Err(OpError::Attribute {
            name: "perm",
            found: format!("{permutation:?}"),
            expected: format!("each axis of a tensor of shape {:?} once", array.shape()),
        });
    }
    Ok(array
        .view()
        .permuted_axes(IxDyn(permutation))
        .as_standard_layout()
        .into_owned())
}

pub(super) fn concat(inputs: &Inputs<'_>, axis: i64) -> Result<Value, OpError> {
    let first = inputs.any(0)?;
    match first {
        Value::Float(_) => {
            let arrays = (0..inputs.len())
                .map(|i| inputs.float(i))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Value::Float(joined(&arrays, axis)?))
        }
        Value::Int(tensor) => {
            let arrays = (0..inputs.len())
                .map(|i| Ok(&inputs.int(i)?.data))
                .collect::<Result<Vec<_>, OpError>>()?;
            Ok(Value::Int(IntTensor {
                data: joined(&arrays, axis)?,
                kind: tensor.kind,
            }))
        }
    }
}

fn joined<T: Clone>(arrays: &[&ArrayD<T>], axis: i64) -> Result<ArrayD<T>, OpError> {
    let shapes = || {
        arrays
            .iter()
            .map(|array| array.shape().to_vec())
            .collect::<Vec<_>>()
    };
    let axis = normalize_axis(axis, arrays.first().map_or(0, |array| array.ndim()))?;
    let total = arrays
        .iter()
        .map(|array| array.len())
        .fold(0, usize::saturating_add);
    checked_size(&[total])?;
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    concatenate(Axis(axis), &views).map_err(|_| OpError::Shape {
        what: "tensors to concatenate",
        found: format!("{:?} along axis {axis}", shapes()),
        expected: "equal sizes in all other axes".into(),
    })
}

pub(super) fn split(split: &Split, inputs: &Inputs<'_>) -> Result<Vec<Value>, OpError> {
    let value = inputs.any(0)?;
    let axis = normalize_axis(split.axis, value.shape().len())?;
    let size = value.shape()[axis];
    let sizes = match inputs.optional_ints(1)?.or_else(|| split.sizes.clone()) {
        Some(sizes) => explicit_parts(&sizes, size)?,
        None => equal_parts(size, split.parts)?,
    };
    let mut start = 0;
    sizes
        .iter()
        .map(|&length| {
            let range = start..start + length;
            start += length;
            elements!(value, array => part(array, axis, range))
        })
        .collect()
}

fn part<T: Clone>(array: &ArrayD<T>, axis: usize, range: std::ops::Range<usize>) -> ArrayD<T> {
    array
        .slice_axis(Axis(axis), range.into())
        .as_standard_layout()
        .into_owned()
}

fn explicit_parts(sizes: &[i64], size: usize) -> Result<Vec<usize>, OpError> {
    let parts: Option<Vec<usize>> = sizes
        .iter()
        .map(|&part| usize::try_from(part).ok())
        .collect();
    match parts {
        Some(parts)
            if parts
                .iter()
                .fold(0, |sum: usize, &part| sum.saturating_add(part))
                == size =>
        {
            Ok(parts)
        }
        _ => Err(OpError::Attribute {
            name: "split",
            found: format!("{sizes:?}"),
            expected: format!("sizes that add up to {size}"),
        }),
    }
}

fn equal_parts(size: usize, parts: usize) -> Result<Vec<usize>, OpError> {
    if parts == 0 || parts > size.max(1) {
        return Err(OpError::Attribute {
            name: "num_outputs",
            found: parts.to_string(),
            expected: format!("1 to {size} parts of an axis of size {size}"),
        });
    }
    let chunk = size.div_ceil(parts);
    Ok((0..parts)
        .map(|part| chunk.min(size.saturating_sub(part * chunk)))
        .collect())
}

/// `[N, C, ..]` cut into a six-dimensional tensor, permuted, and joined to `target` again.
pub(super) fn regroup(
    x: &ArrayD<f32>,
    cut: [usize; 6],
    permutation: [usize; 6],
    target: [usize; 4],
) -> Result<ArrayD<f32>, OpError> {
    let view = ArrayView::from(x.view());
    let cut = reshaped(&view.to_owned(), &cut)?;
    reshaped(&permuted(&cut, &permutation)?, &target)
}

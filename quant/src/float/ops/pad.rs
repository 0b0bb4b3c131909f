//! Pad: adds elements around a tensor, or removes them where a pad is negative.

use ndarray::{ArrayD, Axis};

use super::inputs::{Inputs, checked_size, normalize_axis};
use super::window::MAX_EXTENT;
use crate::float::error::OpError;
use crate::float::op::{Pad, PadMode};
use crate::float::value::{IntTensor, Value};

/// Pads of every axis, (before, after).
pub(crate) fn pads(pad: &Pad, inputs: &Inputs<'_>) -> Result<Vec<(i64, i64)>, OpError> {
    let rank = inputs.any(0)?.shape().len();
    let given = match inputs.optional_ints(1)? {
        Some(pads) => pads,
        None => pad.pads.clone().ok_or(OpError::MissingInput { index: 1 })?,
    };
    let axes = match inputs.optional_ints(3)? {
        Some(axes) => axes
            .iter()
            .map(|&axis| normalize_axis(axis, rank))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    let sensible = |pad: &i64| pad.unsigned_abs() <= MAX_EXTENT as u64;
    if given.len() != 2 * axes.len() || !given.iter().all(sensible) {
        return Err(OpError::Attribute {
            name: "pads",
            found: format!("{given:?}"),
            expected: format!("{} values of at most {MAX_EXTENT}", 2 * axes.len()),
        });
    }
    let mut pads = vec![(0, 0); rank];
    for (position, &axis) in axes.iter().enumerate() {
        pads[axis] = (given[position], given[position + axes.len()]);
    }
    Ok(pads)
}

pub(super) fn pad(pad: &Pad, inputs: &Inputs<'_>) -> Result<Value, OpError> {
    let pads = pads(pad, inputs)?;
    match inputs.any(0)? {
        Value::Float(x) => {
            let value = match inputs.optional_float(2)? {
                Some(value) => value.first().copied().unwrap_or(0.0),
                None => pad.value,
            };
            Ok(Value::Float(padded(x, &pads, pad.mode, value)?))
        }
        Value::Int(x) => {
            let value = inputs
                .optional_ints(2)?
                .and_then(|value| value.first().copied())
                .unwrap_or(0);
            Ok(Value::Int(IntTensor {
                data: padded(&x.data, &pads, pad.mode, value)?,
                kind: x.kind,
            }))
        }
    }
}

/// Pads one axis after the other.
fn padded<T: Copy>(
    x: &ArrayD<T>,
    pads: &[(i64, i64)],
    mode: PadMode,
    value: T,
) -> Result<ArrayD<T>, OpError> {
    let mut result = x.clone();
    for (axis, &(before, after)) in pads.iter().enumerate().filter(|(_, pads)| **pads != (0, 0)) {
        let size = result.shape()[axis];
        let length = usize::try_from(size as i64 + before + after).unwrap_or(0);
        if size == 0 && mode != PadMode::Constant {
            return Err(OpError::Shape {
                what: "padded axis",
                found: "no element".into(),
                expected: "at least one element to repeat".into(),
            });
        }
        let mut shape = result.shape().to_vec();
        shape[axis] = length;
        checked_size(&shape)?;
        let mut wider = ArrayD::from_elem(shape, value);
        for target in 0..length {
            if let Some(source) = source_index(target as i64 - before, size as i64, mode) {
                wider
                    .index_axis_mut(Axis(axis), target)
                    .assign(&result.index_axis(Axis(axis), source));
            }
        }
        result = wider;
    }
    Ok(result)
}

/// Where the element at `index` (relative to the unpadded axis) comes from.
fn source_index(index: i64, size: i64, mode: PadMode) -> Option<usize> {
    let source = match mode {
        PadMode::Constant => (0..size).contains(&index).then_some(index)?,
        PadMode::Edge => index.clamp(0, size - 1),
        PadMode::Wrap => index.rem_euclid(size),
        PadMode::Reflect if size == 1 => 0,
        PadMode::Reflect => {
            let period = 2 * (size - 1);
            let phase = index.rem_euclid(period);
            phase.min(period - phase)
        }
    };
    Some(source as usize)
}

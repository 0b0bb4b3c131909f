//! BatchNormalization, Softmax, LogSoftmax, ReduceMean and ArgMax.

use ndarray::{ArrayD, ArrayViewMut1, Axis, IxDyn};

use super::inputs::{Inputs, normalize_axis};
use crate::float::error::OpError;
use crate::float::op::{Reduce, Softmax};

/// `(x - mean) / sqrt(variance + epsilon) * scale + bias` for each channel (axis 1).
pub(super) fn batch_normalization(
    epsilon: f32,
    inputs: &Inputs<'_>,
) -> Result<ArrayD<f32>, OpError> {
    let mut y = inputs.float(0)?.clone();
    let channels = y.shape().get(1).copied().unwrap_or(1);
    let mut parameters = Vec::with_capacity(4);
    for index in 1..5 {
        let parameter = inputs.float(index)?;
        if parameter.shape() != [channels] || y.ndim() < 2 {
            return Err(OpError::Shape {
                what: "scale, bias, mean and variance",
                found: format!(
                    "{:?} for an input of shape {:?}",
                    parameter.shape(),
                    y.shape()
                ),
                expected: "one value for each channel (axis 1)".into(),
            });
        }
        parameters.push(parameter);
    }
    for (channel, mut values) in y.axis_iter_mut(Axis(1)).enumerate() {
        let [scale, bias, mean, variance] = [0, 1, 2, 3].map(|i| f64::from(parameters[i][channel]));
        let factor = scale / (variance + f64::from(epsilon)).sqrt();
        values.mapv_inplace(|x| ((f64::from(x) - mean) * factor + bias) as f32);
    }
    Ok(y)
}

/// Applies `finish(lane, log of the sum of exponentials)` along the axis.
pub(super) fn softmax(
    softmax: &Softmax,
    inputs: &Inputs<'_>,
    logarithm: bool,
) -> Result<ArrayD<f32>, OpError> {
    let x = inputs.float(0)?;
    // The old definition allows axis == rank, which makes each lane empty of axes: everything is a row of one.
    let axis = normalize_axis(softmax.axis, x.ndim())?;
    let mut y = if softmax.flatten {
        let rows: usize = x.shape()[..axis].iter().product();
        let columns: usize = x.shape()[axis..].iter().product();
        reshaped(x, &[rows, columns])?
    } else {
        x.clone()
    };
    let axis = Axis(if softmax.flatten { 1 } else { axis });
    for lane in y.lanes_mut(axis) {
        normalize_lane(lane, logarithm);
    }
    if softmax.flatten {
        reshaped(&y, x.shape())
    } else {
        Ok(y)
    }
}

fn normalize_lane(mut lane: ArrayViewMut1<'_, f32>, logarithm: bool) {
    let maximum = lane.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = lane.iter().map(|&x| f64::from(x - maximum).exp()).sum();
    let offset = sum.ln();
    lane.mapv_inplace(|x| {
        let log = f64::from(x - maximum) - offset;
        if logarithm {
            log as f32
        } else {
            log.exp() as f32
        }
    });
}

fn reshaped(x: &ArrayD<f32>, shape: &[usize]) -> Result<ArrayD<f32>, OpError> {
    x.to_shape(IxDyn(shape))
        .map(|view| view.into_owned())
        .map_err(|error| OpError::Shape {
            what: "flattened softmax",
            found: error.to_string(),
            expected: format!("{shape:?}"),
        })
}

pub(super) fn reduce_mean(reduce: &Reduce, inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let x = inputs.float(0)?;
    let given = match inputs.optional_ints(1)? {
        Some(axes) => axes,
        None => reduce.axes.clone().unwrap_or_default(),
    };
    if given.is_empty() && reduce.noop_with_empty_axes {
        return Ok(x.clone());
    }
    let mut axes = given
        .iter()
        .map(|&axis| normalize_axis(axis, x.ndim()))
        .collect::<Result<Vec<_>, _>>()?;
    if given.is_empty() {
        axes = (0..x.ndim()).collect();
    }
    axes.sort_unstable();
    axes.dedup();
    let count: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let mut sums = x.mapv(f64::from);
    for &axis in axes.iter().rev() {
        sums = sums.sum_axis(Axis(axis));
        if reduce.keep_dims {
            sums.insert_axis_inplace(Axis(axis));
        }
    }
    Ok(sums.mapv(|sum| (sum / count as f64) as f32))
}

/// Index of the largest element along an axis; the first or the last of equals.
pub(super) fn arg_max(
    axis: i64,
    keep_dims: bool,
    select_last: bool,
    inputs: &Inputs<'_>,
) -> Result<ArrayD<i64>, OpError> {
    let x = inputs.float(0)?;
    let axis = normalize_axis(axis, x.ndim())?;
    if x.shape()[axis] == 0 {
        return Err(OpError::Shape {
            what: "ArgMax axis",
            found: "no element".into(),
            expected: "at least one".into(),
        });
    }
    let best = x.map_axis(Axis(axis), |lane| {
        let mut best = 0;
        for (index, value) in lane.iter().enumerate() {
            if *value > lane[best] || (select_last && *value == lane[best]) {
                best = index;
            }
        }
        best as i64
    });
    Ok(if keep_dims {
        best.insert_axis(Axis(axis))
    } else {
        best
    })
}

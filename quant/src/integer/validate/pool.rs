//! Rules of pooling layers.

use std::collections::{BTreeSet, HashSet};

use super::layer::{check_clamp, check_multiplier, check_same_scale, check_window};
use crate::integer::{AveragePool, GraphError, IntTensor, Layer, MaxPool, Shape, Window};
use crate::numerics::ACCUMULATOR_LIMIT;

pub(super) fn check_max(
    layer: &Layer,
    op: &MaxPool,
    input: &IntTensor,
    output: &IntTensor,
) -> Result<(), GraphError> {
    check_same_scale(layer, input, output)?;
    check_window(layer, &op.window, input.shape, output, input.shape.c)?;
    check_windows_touch(layer, &op.window, input.shape, output.shape)
}

pub(super) fn check_average(
    layer: &Layer,
    op: &AveragePool,
    input: &IntTensor,
    output: &IntTensor,
) -> Result<(), GraphError> {
    check_clamp(layer, op.clamp)?;
    check_window(layer, &op.window, input.shape, output, input.shape.c)?;
    check_windows_touch(layer, &op.window, input.shape, output.shape)?;
    for &(_, multiplier) in &op.multipliers {
        check_multiplier(layer, multiplier)?;
    }
    let known: HashSet<usize> = op.multipliers.iter().map(|&(n, _)| n).collect();
    let [down, across] = axis_counts(&op.window, input.shape, op.count_include_pad);
    for divisor in down.iter().flat_map(|a| across.iter().map(move |b| a * b)) {
        if !known.contains(&divisor) {
            return Err(GraphError::Divisor {
                layer: layer.name.clone(),
                divisor,
            });
        }
        let bound = (divisor as u64).saturating_mul(255);
        if bound >= ACCUMULATOR_LIMIT as u64 {
            let layer = layer.name.clone();
            return Err(GraphError::Accumulator {
                layer,
                channel: 0,
                bound,
                limit: ACCUMULATOR_LIMIT,
            });
        }
    }
    Ok(())
}

fn check_windows_touch(
    layer: &Layer,
    window: &Window,
    input: Shape,
    output: Shape,
) -> Result<(), GraphError> {
    for (axis, size, count) in [(0, input.h, output.h), (1, input.w, output.w)] {
        if let Some(position) =
            (0..count).find(|&position| window.taps_inside(axis, position, size) == 0)
        {
            return Err(GraphError::EmptyWindow {
                layer: layer.name.clone(),
                position,
            });
        }
    }
    Ok(())
}

/// The divisors that occur when `window` slides over an image: the counts of elements inside it, or the size of
/// the kernel if padding counts. Empty if the window does not fit.
#[must_use]
pub fn average_divisors(window: &Window, input: Shape, count_include_pad: bool) -> BTreeSet<usize> {
    let [down, across] = axis_counts(window, input, count_include_pad);
    down.iter()
        .flat_map(|a| across.iter().map(move |b| a * b))
        .collect()
}

/// The distinct counts of taps along rows and along columns.
fn axis_counts(window: &Window, input: Shape, count_include_pad: bool) -> [BTreeSet<usize>; 2] {
    let Some([rows, columns]) = window.output(input.h, input.w) else {
        return [BTreeSet::new(), BTreeSet::new()];
    };
    if count_include_pad {
        return window.kernel.map(|taps| BTreeSet::from([taps]));
    }
    let counts = |axis, size, n| (0..n).map(|p| window.taps_inside(axis, p, size)).collect();
    [counts(0, input.h, rows), counts(1, input.w, columns)]
}

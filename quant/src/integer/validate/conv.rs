//! Rules of a convolution, the accumulator proof among them.

use super::layer::{
    check_clamp, check_count, check_multiplier, check_rescale, check_shape, check_window,
};
use crate::integer::{Conv, GraphError, IntTensor, Layer};
use crate::numerics::{ACCUMULATOR_LIMIT, accumulator_bound};

pub(super) fn check(
    layer: &Layer,
    op: &Conv,
    operands: &[&IntTensor],
    output: &IntTensor,
) -> Result<(), GraphError> {
    let (input, outputs) = (operands[0].shape, output.shape.c);
    check_clamp(layer, op.clamp)?;
    check_window(layer, &op.window, input, output, outputs)?;
    let groups_fit =
        op.groups > 0 && input.c.is_multiple_of(op.groups) && outputs.is_multiple_of(op.groups);
    if !groups_fit {
        let (layer, groups) = (layer.name.clone(), op.groups);
        return Err(GraphError::Groups {
            layer,
            groups,
            inputs: input.c,
            outputs,
        });
    }
    let [rows, columns] = op.window.kernel;
    let per_output = rows
        .saturating_mul(columns)
        .saturating_mul(input.c / op.groups);
    check_count(
        layer,
        "the weight tensor",
        op.weights.len(),
        per_output.saturating_mul(outputs),
    )?;
    check_count(layer, "the bias", op.bias.len(), outputs)?;
    check_count(
        layer,
        "the list of multipliers",
        op.multipliers.len(),
        outputs,
    )?;
    if let Some(index) = op.weights.iter().position(|&w| w == i8::MIN) {
        return Err(GraphError::Weight {
            layer: layer.name.clone(),
            index,
        });
    }
    for &multiplier in &op.multipliers {
        check_multiplier(layer, multiplier)?;
    }
    if let (Some(by), Some(residual)) = (op.residual, operands.get(1)) {
        check_rescale(layer, by, residual)?;
        check_shape(layer, output, residual.shape)?;
    }
    check_accumulator(layer, op, per_output)
}

fn check_accumulator(layer: &Layer, op: &Conv, per_output: usize) -> Result<(), GraphError> {
    for (channel, (weights, &bias)) in op
        .weights
        .chunks_exact(per_output)
        .zip(&op.bias)
        .enumerate()
    {
        let bound = accumulator_bound(bias, weights);
        if bound >= ACCUMULATOR_LIMIT as u64 {
            let layer = layer.name.clone();
            return Err(GraphError::Accumulator {
                layer,
                channel,
                bound,
                limit: ACCUMULATOR_LIMIT,
            });
        }
    }
    Ok(())
}

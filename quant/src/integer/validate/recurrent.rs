//! Rules of a recurrent layer; the accumulator proof holds for both of its sums.

use super::layer::{check_count, check_multiplier, check_shape};
use crate::integer::{
    Cell, GateSums, GraphError, IntTensor, Layer, MAX_DIMENSION, Recurrent, RecurrentState, Shape,
};
use crate::numerics::{ACCUMULATOR_LIMIT, CELL_FRACTION_BITS, weighted_bound};

/// Scale of a hidden state of 8 bits, unless ReLU makes it.
pub const HIDDEN_SCALE: f64 = 1.0 / 128.0;

pub(super) fn check(
    layer: &Layer,
    op: &Recurrent,
    x: &IntTensor,
    y: &IntTensor,
) -> Result<(), GraphError> {
    let (steps, inputs) = op.sequence(x.shape);
    check_parameters(layer, op)?;
    check_shape(layer, y, Shape::new(steps, 1, op.hidden))?;
    check_result_scale(layer, op, y)?;
    let rows = op.cell.gates() * op.hidden;
    let largest = 1u64 << (op.hidden_bits - 1);
    check_sums(layer, "input", &op.input, rows, inputs, 128)?;
    check_sums(layer, "recurrent", &op.recurrent, rows, op.hidden, largest)?;
    check_state(layer, op, &op.initial)
}

fn check_parameters(layer: &Layer, op: &Recurrent) -> Result<(), GraphError> {
    let [least, most] = CELL_FRACTION_BITS;
    let refuse = |what, found: usize, expected| {
        Err(GraphError::Recurrent {
            layer: layer.name.clone(),
            what,
            found,
            expected,
        })
    };
    if op.hidden == 0 || op.hidden > MAX_DIMENSION {
        return refuse("hidden units", op.hidden, "1 to 65536");
    }
    match op.cell {
        Cell::Lstm {
            cell_fraction_bits: bits,
        } if !(least..=most).contains(&bits) => {
            return refuse("fraction bits of the cell state", bits.into(), "8 to 12");
        }
        _ => {}
    }
    match op.hidden_bits {
        8 | 16 => Ok(()),
        bits => refuse("bits of the hidden state", bits.into(), "8 or 16"),
    }
}

/// Only with ReLU the scale of the result is free.
fn check_result_scale(layer: &Layer, op: &Recurrent, y: &IntTensor) -> Result<(), GraphError> {
    let free = op.cell == Cell::Rnn { relu: true };
    if y.zero == 0 && (free || y.scale == HIDDEN_SCALE) {
        return Ok(());
    }
    Err(GraphError::HiddenScale {
        layer: layer.name.clone(),
        scale: y.scale,
        zero: y.zero,
    })
}

fn check_sums(
    layer: &Layer,
    part: &'static str,
    sums: &GateSums,
    rows: usize,
    columns: usize,
    largest: u64,
) -> Result<(), GraphError> {
    let what = |of: [&'static str; 2]| of[usize::from(part == "recurrent")];
    let weights = what(["the input weights", "the recurrent weights"]);
    check_count(
        layer,
        weights,
        sums.weights.len(),
        rows.saturating_mul(columns),
    )?;
    check_count(
        layer,
        what(["the input bias", "the recurrent bias"]),
        sums.bias.len(),
        rows,
    )?;
    let multipliers = what(["the input multipliers", "the recurrent multipliers"]);
    check_count(layer, multipliers, sums.multipliers.len(), rows)?;
    if let Some(index) = sums.weights.iter().position(|&w| w == i8::MIN) {
        return Err(GraphError::Weight {
            layer: layer.name.clone(),
            index,
        });
    }
    for &multiplier in &sums.multipliers {
        check_multiplier(layer, multiplier)?;
    }
    for (row, (weights, &bias)) in sums
        .weights
        .chunks_exact(columns)
        .zip(&sums.bias)
        .enumerate()
    {
        let bound = weighted_bound(bias, weights, largest);
        if bound >= ACCUMULATOR_LIMIT as u64 {
            return Err(GraphError::GateAccumulator {
                layer: layer.name.clone(),
                part,
                row,
                bound,
                limit: ACCUMULATOR_LIMIT,
            });
        }
    }
    Ok(())
}

/// A state has one value for each unit, and the width the layer keeps.
pub(crate) fn check_state(
    layer: &Layer,
    op: &Recurrent,
    state: &RecurrentState,
) -> Result<(), GraphError> {
    let cells = if op.cell.has_cell_state() {
        op.hidden
    } else {
        0
    };
    check_count(layer, "the hidden state", state.hidden.len(), op.hidden)?;
    check_count(layer, "the cell state", state.cell.len(), cells)?;
    let half = 1i32 << (op.kept_bits() - 1);
    let fits = |&h: &i16| (-half..half).contains(&i32::from(h));
    match state.hidden.iter().position(|h| !fits(h)) {
        None => Ok(()),
        Some(unit) => Err(GraphError::HiddenState {
            layer: layer.name.clone(),
            unit,
            found: state.hidden[unit],
            bits: op.kept_bits(),
        }),
    }
}

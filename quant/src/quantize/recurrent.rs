//! Weights, biases and multipliers of one recurrent layer (numerics, sections 7 and 8).
//!
//! The input part has the scale of the data, the recurrent part that of the hidden state; each gate row has its own scale
//! of weights in both. Both sums meet in Q3.12, with ReLU in the unit of the hidden state divided by 256.

use super::QuantizeError;
use super::conv::{WEIGHT_LIMIT, weight_scale};
use crate::calibrate::{Scale, Statistics};
use crate::float::RecurrentKind;
use crate::integer::{Cell, GateSums, Multiplier, Recurrent, RecurrentState, Shape};
use crate::lower::{FloatRecurrent, InitialState};
use crate::numerics::{CELL_FRACTION_BITS, NumericsError, fold_bias};

/// What surrounds a recurrent layer.
pub(super) struct Surroundings<'a> {
    pub(super) name: &'a str,
    pub(super) x: Scale,
    pub(super) x_shape: Shape,
    /// Of each element of the operand.
    pub(super) x_mean: &'a [f64],
    pub(super) y: Scale,
    pub(super) y_statistics: &'a Statistics,
    pub(super) correct_bias: bool,
    pub(super) hidden_bits: u8,
}

/// Real weights, and what they meet.
struct Part<'a> {
    weights: &'a [f32],
    bias: Vec<f64>,
    x: Scale,
    /// Mean of each input, for bias correction; empty if there is none.
    mean: Vec<f64>,
    /// Real value of one unit of the scaled sum.
    unit: f64,
}

/// Integer form of a recurrent layer.
pub(super) fn recurrent(
    op: &FloatRecurrent,
    at: &Surroundings<'_>,
) -> Result<Recurrent, QuantizeError> {
    let relu = op.kind == (RecurrentKind::Rnn { relu: true });
    let unit = if relu {
        at.y.scale / 256.0
    } else {
        1.0 / 4096.0
    };
    let cell = cell(op.kind, at.y_statistics.cell);
    let hidden_scale = at.y.scale / f64::from(1u32 << (at.hidden_bits - 8));
    let mut result = Recurrent {
        cell,
        steps: op.steps,
        reverse: op.reverse,
        hidden: op.hidden,
        hidden_bits: at.hidden_bits,
        input: empty(),
        recurrent: empty(),
        initial: RecurrentState::zero(cell, op.hidden),
    };
    let [input_bias, recurrent_bias] = biases(op);
    let part = Part {
        weights: &op.input_weights,
        bias: input_bias,
        x: at.x,
        mean: input_mean(&result, at),
        unit,
    };
    result.input = sums(&part, at.name)?;
    let part = Part {
        weights: &op.recurrent_weights,
        bias: recurrent_bias,
        x: Scale {
            scale: hidden_scale,
            zero: 0,
        },
        mean: hidden_mean(op.hidden, at),
        unit,
    };
    result.recurrent = sums(&part, at.name)?;
    result.initial = initial_state(&result, at.y.scale, &op.initial, &[]);
    Ok(result)
}

const fn empty() -> GateSums {
    GateSums {
        weights: Vec::new(),
        bias: Vec::new(),
        multipliers: Vec::new(),
    }
}

/// The cell, an LSTM with as many fraction bits as the range of its state allows, with a quarter to spare.
fn cell(kind: RecurrentKind, largest: Option<f64>) -> Cell {
    match kind {
        RecurrentKind::Rnn { relu } => Cell::Rnn { relu },
        RecurrentKind::Gru {
            linear_before_reset,
        } => Cell::Gru {
            linear_before_reset,
        },
        RecurrentKind::Lstm => {
            let [least, most] = CELL_FRACTION_BITS;
            let fits = |bits: &u8| {
                let reach = f64::from(1u32 << (15 - bits));
                largest.is_none_or(|largest| 1.25 * largest < reach)
            };
            // Without calibration: the default of the numerics.
            let most = if largest.is_some() { most } else { 11 };
            Cell::Lstm {
                cell_fraction_bits: (least..=most).rev().find(fits).unwrap_or(least),
            }
        }
    }
}

/// All biases join the recurrent sum, but for that of the candidate of a GRU whose reset gate comes after it.
fn biases(op: &FloatRecurrent) -> [Vec<f64>; 2] {
    let apart = |row: usize| {
        let after = RecurrentKind::Gru {
            linear_before_reset: true,
        };
        op.kind == after && row / op.hidden == 2
    };
    let pairs = || op.input_bias.iter().zip(&op.recurrent_bias).enumerate();
    let input = |(row, (&b, _)): (usize, (&f64, &f64))| if apart(row) { b } else { 0.0 };
    let recurrent = |(row, (&b, &r)): (usize, (&f64, &f64))| if apart(row) { r } else { b + r };
    [
        pairs().map(input).collect(),
        pairs().map(recurrent).collect(),
    ]
}

/// Mean of each input over all steps.
fn input_mean(op: &Recurrent, at: &Surroundings<'_>) -> Vec<f64> {
    let (steps, inputs) = op.sequence(at.x_shape);
    if !at.correct_bias {
        return Vec::new();
    }
    let value = |t: usize, i: usize| at.x_mean.get(op.element(at.x_shape, t, i)).unwrap_or(&0.0);
    let mean = |i: usize| (0..steps).map(|t| value(t, i)).sum::<f64>() / steps as f64;
    (0..inputs).map(mean).collect()
}

/// Mean of each hidden unit over all steps.
fn hidden_mean(hidden: usize, at: &Surroundings<'_>) -> Vec<f64> {
    if !at.correct_bias {
        return Vec::new();
    }
    let mean = &at.y_statistics.moments.mean;
    let steps = (mean.len() / hidden).max(1) as f64;
    let of_unit = |unit| mean.iter().skip(unit).step_by(hidden).sum::<f64>() / steps;
    (0..hidden).map(of_unit).collect()
}

fn sums(part: &Part<'_>, layer: &str) -> Result<GateSums, QuantizeError> {
    let columns = part.weights.len() / part.bias.len().max(1);
    let mut result = empty();
    let rows = part.weights.chunks_exact(columns.max(1)).zip(&part.bias);
    for (channel, (weights, &bias)) in rows.enumerate() {
        let fail = |source: NumericsError| QuantizeError::Numerics {
            layer: layer.into(),
            channel,
            source,
        };
        let scale = row_scale(weights, bias, part);
        let quantized = |w: &f32| {
            let q = (f64::from(*w) / scale + 0.5).floor();
            q.clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT) as i8
        };
        let integers: Vec<i8> = weights.iter().map(quantized).collect();
        let error =
            |((w, q), mean): ((&f32, &i8), &f64)| (f64::from(*q) * scale - f64::from(*w)) * mean;
        let shift: f64 = weights
            .iter()
            .zip(&integers)
            .zip(&part.mean)
            .map(error)
            .sum();
        let folded = fold_bias(bias - shift, part.x.scale, scale, part.x.zero, &integers);
        result.bias.push(folded.map_err(fail)?);
        let multiplier = Multiplier::encode(part.x.scale * scale / part.unit).map_err(fail)?;
        result.multipliers.push(multiplier);
        result.weights.extend(integers);
    }
    Ok(result)
}

/// Real value of one step of the weights of a row. Without weights the bias alone decides: one step is one unit of the sum.
fn row_scale(weights: &[f32], bias: f64, part: &Part<'_>) -> f64 {
    if weights.iter().all(|&w| w == 0.0) {
        return part.unit / part.x.scale;
    }
    weight_scale(weights, bias, part.x.scale)
}

/// The state before the first step as integers; a state that is an input is taken from `inputs`, or zero.
pub(super) fn initial_state(
    op: &Recurrent,
    y_scale: f64,
    states: &[InitialState; 2],
    inputs: &[ndarray::ArrayD<f32>],
) -> RecurrentState {
    let values = |state: &InitialState| match state {
        InitialState::Constant(values) => values.clone(),
        InitialState::Input { input, first } => {
            let given = inputs.get(*input).into_iter().flatten();
            let mut values: Vec<f64> = given
                .skip(*first)
                .take(op.hidden)
                .map(|&v| v.into())
                .collect();
            values.resize(op.hidden, 0.0);
            values
        }
    };
    let round = |value: f64, scale: f64, bits: u8| {
        let half = f64::from(1u32 << (bits - 1));
        (value / scale + 0.5).floor().clamp(-half, half - 1.0) as i16
    };
    let bits = op.kept_bits();
    let scale = y_scale / f64::from(1u32 << (bits - 8));
    let hidden = values(&states[0])
        .into_iter()
        .map(|v| round(v, scale, bits));
    let cell = match op.cell {
        Cell::Lstm { cell_fraction_bits } => {
            let scale = 1.0 / f64::from(1u32 << cell_fraction_bits);
            values(&states[1])
                .into_iter()
                .map(|v| round(v, scale, 16))
                .collect()
        }
        _ => Vec::new(),
    };
    RecurrentState {
        hidden: hidden.collect(),
        cell,
    }
}

//! Recurrent layers (numerics, sections 7 and 8): one loop over steps, one over units.

use super::{Operand, Steps};
use crate::integer::{Cell, GateSums, Recurrent, RecurrentState};
use crate::numerics::recurrent::{
    gru_blend, gru_candidate_after, gru_reset, hidden_of, lstm_cell, lstm_hidden, preactivation,
    rnn_relu, rnn_tanh, sequence_byte,
};
use crate::numerics::{GUARD_16, scale, sigmoid, tanh};

/// The hidden state of every step as bytes, and all states.
pub(super) fn recurrent(
    op: &Recurrent,
    x: Operand<'_>,
    initial: &RecurrentState,
) -> (Vec<i8>, Steps) {
    let (count, inputs) = op.sequence(x.tensor.shape);
    let mut steps = Steps::new(op, count);
    let mut result = vec![0; count * op.hidden];
    let mut state = initial.clone();
    for n in 0..count {
        let t = op.step(n, count);
        let element = |i| i64::from(x.values[op.element(x.tensor.shape, t, i)]);
        let vector: Vec<i64> = (0..inputs).map(element).collect();
        state = step(op, &vector, &state);
        steps.store(t, &state);
        for (unit, &h) in state.hidden.iter().enumerate() {
            result[t * op.hidden + unit] = sequence_byte(h.into(), op.kept_bits().into());
        }
    }
    (result, steps)
}

/// `scale(bias + sum w * x; M, s, G = 0)` of one gate row.
fn gate(sums: &GateSums, row: usize, x: &[i64]) -> i64 {
    let weights = &sums.weights[row * x.len()..(row + 1) * x.len()];
    let products = weights.iter().zip(x).map(|(&w, x)| i64::from(w) * x);
    scale(
        sums.bias[row] + products.sum::<i64>(),
        sums.multipliers[row],
        GUARD_16,
    )
}

fn step(op: &Recurrent, x: &[i64], state: &RecurrentState) -> RecurrentState {
    let (units, bits) = (op.hidden, u32::from(op.hidden_bits));
    let kept: Vec<i64> = state.hidden.iter().map(|&h| h.into()).collect();
    // What feeds the product: the state itself, of a GRU its upper half.
    let h: Vec<i64> = match op.cell {
        Cell::Gru { .. } => kept.iter().map(|&h| hidden_of(h, bits)).collect(),
        _ => kept.clone(),
    };
    let u = |gate_index: usize, unit: usize| gate(&op.input, gate_index * units + unit, x);
    let v = |gate_index: usize, unit: usize| gate(&op.recurrent, gate_index * units + unit, &h);
    let a = |gate: usize, unit: usize| preactivation(u(gate, unit), v(gate, unit));
    let mut next = state.clone();
    match op.cell {
        Cell::Lstm { cell_fraction_bits } => {
            let cs = cell_fraction_bits.into();
            for unit in 0..units {
                let gates = [a(0, unit), a(1, unit), a(2, unit)];
                let c = lstm_cell(gates, state.cell[unit].into(), cs);
                next.cell[unit] = c as i16;
                next.hidden[unit] = lstm_hidden(a(3, unit), c, cs, bits) as i16;
            }
        }
        Cell::Gru {
            linear_before_reset,
        } => {
            let reset: Vec<i64> = (0..units).map(|unit| sigmoid(a(0, unit))).collect();
            let masked: Vec<i64> = (0..units)
                .map(|unit| gru_reset(reset[unit], kept[unit], bits))
                .collect();
            for unit in 0..units {
                let n = if linear_before_reset {
                    gru_candidate_after(u(2, unit), v(2, unit), reset[unit])
                } else {
                    let v = gate(&op.recurrent, 2 * units + unit, &masked);
                    tanh(preactivation(u(2, unit), v))
                };
                next.hidden[unit] = gru_blend(sigmoid(a(1, unit)), n, kept[unit]) as i16;
            }
        }
        Cell::Rnn { relu } => {
            for unit in 0..units {
                let f = if relu { rnn_relu } else { rnn_tanh };
                next.hidden[unit] = f(a(0, unit), bits) as i16;
            }
        }
    }
    next
}

//! Recurrent layers, fast (numerics, sections 7 and 8).
//!
//! The input part of all steps is one matrix product in f32, exact as in `conv`. The recurrent part is a dot product of
//! 16-bit integers for each gate row: a sum of [`CHUNK`] products of a weight and a 16-bit state fits 32 bits.

use super::conv::{BLOCK, multiply};
use super::{Operand, Steps};
use crate::integer::{Cell, GateSums, Multiplier, Recurrent, RecurrentState};
use crate::numerics::recurrent::{
    gru_blend, gru_candidate_after, gru_reset, hidden_of, lstm_cell, lstm_hidden, preactivation,
    rnn_relu, rnn_tanh, sequence_byte,
};
use crate::numerics::{GUARD_16, scale, sigmoid, tanh};
use ndarray::Array2;

/// `512 * 127 * 2^15 < 2^31`.
const CHUNK: usize = 512;
/// Steps whose input part is computed at once.
const STEPS: usize = 128;

/// Weights in the order in which they are read.
pub(super) struct Sequence {
    /// Inputs by gate rows.
    input: Array2<f32>,
    /// Row after row.
    recurrent: Vec<i16>,
    input_rows: Vec<(i64, Multiplier)>,
    recurrent_rows: Vec<(i64, Multiplier)>,
}

/// Scaled sums and states of one step.
struct Buffers {
    u: Vec<i64>,
    v: Vec<i64>,
    /// What feeds the recurrent product.
    h: Vec<i16>,
}

impl Sequence {
    pub(super) fn new(op: &Recurrent) -> Self {
        let rows = op.input.bias.len();
        let inputs = op.input.weights.len() / rows;
        let weight = |(i, row): (usize, usize)| f32::from(op.input.weights[row * inputs + i]);
        let parameters = |sums: &GateSums| {
            let bias = sums.bias.iter().copied();
            bias.zip(sums.multipliers.iter().copied()).collect()
        };
        Self {
            input: Array2::from_shape_fn((inputs, rows), weight),
            recurrent: op.recurrent.weights.iter().map(|&w| w.into()).collect(),
            input_rows: parameters(&op.input),
            recurrent_rows: parameters(&op.recurrent),
        }
    }

    pub(super) fn run(
        &self,
        op: &Recurrent,
        x: Operand<'_>,
        initial: &RecurrentState,
    ) -> (Vec<i8>, Steps) {
        let (count, inputs) = op.sequence(x.tensor.shape);
        let rows = self.input_rows.len();
        let mut steps = Steps::new(op, count);
        let mut result = vec![0; count * op.hidden];
        let mut state = initial.clone();
        let mut buffers = Buffers {
            u: vec![0; rows],
            v: vec![0; rows],
            h: vec![0; op.hidden],
        };
        let mut vectors = vec![0f32; STEPS.min(count) * inputs];
        let mut partial = vec![0f32; STEPS.min(count) * rows];
        let mut sums = vec![0f64; STEPS.min(count) * rows];
        for first in (0..count).step_by(STEPS) {
            let part = STEPS.min(count - first);
            for n in 0..part {
                let t = op.step(first + n, count);
                gather(op, x, t, &mut vectors[n * inputs..(n + 1) * inputs]);
            }
            let (vectors, partial) = (&vectors[..part * inputs], &mut partial[..part * rows]);
            let sums = &mut sums[..part * rows];
            multiply(vectors, &self.input, partial, sums);
            for (n, sums) in sums.chunks_exact(rows).enumerate() {
                for ((u, sum), &(bias, by)) in buffers.u.iter_mut().zip(sums).zip(&self.input_rows)
                {
                    *u = scale(bias + *sum as i64, by, GUARD_16);
                }
                self.step(op, &mut buffers, &mut state);
                let t = op.step(first + n, count);
                steps.store(t, &state);
                let bytes = &mut result[t * op.hidden..(t + 1) * op.hidden];
                for (byte, &h) in bytes.iter_mut().zip(&state.hidden) {
                    *byte = sequence_byte(h.into(), op.kept_bits().into());
                }
            }
        }
        (result, steps)
    }

    /// `v` of the gate rows from `first` up to `end`.
    fn products(&self, buffers: &mut Buffers, first: usize, end: usize) {
        let units = buffers.h.len();
        let weights = self.recurrent[first * units..].chunks_exact(units);
        let rows = self.recurrent_rows[first..end].iter();
        for ((v, &(bias, by)), weights) in buffers.v[first..end].iter_mut().zip(rows).zip(weights) {
            *v = scale(bias + dot(weights, &buffers.h), by, GUARD_16);
        }
    }

    fn step(&self, op: &Recurrent, buffers: &mut Buffers, state: &mut RecurrentState) {
        let (units, bits) = (op.hidden, u32::from(op.hidden_bits));
        let rows = self.recurrent_rows.len();
        buffers.h.copy_from_slice(&state.hidden);
        match op.cell {
            Cell::Lstm { cell_fraction_bits } => {
                self.products(buffers, 0, rows);
                let cs = cell_fraction_bits.into();
                let a = |row: usize| preactivation(buffers.u[row], buffers.v[row]);
                let units = state.cell.iter_mut().zip(&mut state.hidden).enumerate();
                for (unit, (cell, hidden)) in units {
                    let n = op.hidden;
                    let gates = [a(unit), a(unit + n), a(unit + 2 * n)];
                    let c = lstm_cell(gates, i64::from(*cell), cs);
                    *cell = c as i16;
                    *hidden = lstm_hidden(a(unit + 3 * n), c, cs, bits) as i16;
                }
            }
            Cell::Gru {
                linear_before_reset,
            } => {
                narrow(&mut buffers.h, bits);
                let end = if linear_before_reset { rows } else { 2 * units };
                self.products(buffers, 0, end);
                let a = |b: &Buffers, row: usize| preactivation(b.u[row], b.v[row]);
                if !linear_before_reset {
                    for unit in 0..units {
                        let r = sigmoid(a(buffers, unit));
                        buffers.h[unit] = gru_reset(r, state.hidden[unit].into(), bits) as i16;
                    }
                    self.products(buffers, 2 * units, rows);
                }
                for (unit, hidden) in state.hidden.iter_mut().enumerate() {
                    let row = unit + 2 * units;
                    let n = if linear_before_reset {
                        let r = sigmoid(a(buffers, unit));
                        gru_candidate_after(buffers.u[row], buffers.v[row], r)
                    } else {
                        tanh(a(buffers, row))
                    };
                    let z = sigmoid(a(buffers, unit + units));
                    *hidden = gru_blend(z, n, i64::from(*hidden)) as i16;
                }
            }
            Cell::Rnn { relu } => {
                self.products(buffers, 0, rows);
                let f = if relu { rnn_relu } else { rnn_tanh };
                let sums = buffers.u.iter().zip(&buffers.v);
                for (hidden, (&u, &v)) in state.hidden.iter_mut().zip(sums) {
                    *hidden = f(preactivation(u, v), bits) as i16;
                }
            }
        }
    }
}

/// The upper half of a 16-bit state, if that is what feeds the product.
fn narrow(h: &mut [i16], bits: u32) {
    for h in h {
        *h = hidden_of((*h).into(), bits) as i16;
    }
}

/// One input vector as numbers.
fn gather(op: &Recurrent, x: Operand<'_>, t: usize, vector: &mut [f32]) {
    let shape = x.tensor.shape;
    let run =
        if op.element(shape, t, 0) + vector.len() - 1 == op.element(shape, t, vector.len() - 1) {
            vector.len()
        } else {
            shape.c
        };
    for (n, part) in vector.chunks_mut(run).enumerate() {
        let start = op.element(shape, t, n * run);
        for (number, &byte) in part.iter_mut().zip(&x.values[start..start + run]) {
            *number = f32::from(byte);
        }
    }
}

/// A dot product that the compiler turns into multiply-add instructions on 16-bit lanes.
fn dot(a: &[i16], b: &[i16]) -> i64 {
    let chunks = a.chunks(CHUNK).zip(b.chunks(CHUNK));
    let sum = |(a, b): (&[i16], &[i16])| -> i64 {
        let products = a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b));
        products.sum::<i32>().into()
    };
    chunks.map(sum).sum()
}

const _: () = assert!(CHUNK * 127 * (1 << 15) < 1 << 31 && BLOCK * 127 * 128 <= 1 << 24);

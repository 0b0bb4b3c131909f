//! Recurrent layers, fast (numerics, sections 7 and 8).
//!
//! The sums of the input part are computed for many steps at once. A recurrent sum over states of 16 bits is two sums
//! over bytes: `h = 256 * (h >> 8) + (h & 255)`.

use super::finish::Scaling;
use super::lanes::{Instructions, LANES, Lanes, Sums, Task};
use super::products::{BLOCK, Pixels, Products, SIGN, SLACK};
use super::{Operand, Steps};
use crate::integer::{Cell, GateSums, Recurrent, RecurrentState};
use crate::numerics::recurrent::{
    gru_blend, gru_candidate_after, gru_reset, hidden_of, lstm_cell, lstm_hidden, preactivation,
    rnn_relu, rnn_tanh, sequence_byte,
};
use crate::numerics::{GUARD_16, sigmoid, tanh};

/// Steps whose input part is computed at once.
const STEPS: usize = 32;

/// Weights in the order in which they are read.
pub(super) struct Sequence {
    input: Gates,
    /// Gate rows that are multiplied by the same state.
    recurrent: Vec<Gates>,
}

/// Some gate rows.
struct Gates {
    first: usize,
    rows: usize,
    products: Products,
    scaling: Scaling,
    runs: Vec<usize>,
    /// Bytes of one vector.
    stride: usize,
}

/// Scaled sums and states of one step.
struct Buffers {
    u: Vec<i64>,
    v: Vec<i64>,
    /// What feeds the recurrent product.
    h: Vec<i16>,
    /// Its upper and its lower half, or the whole in the upper.
    bytes: [Vec<u8>; 2],
    sums: Vec<Sums>,
}

impl Gates {
    /// The rows from `first` up to `end`. `constant` is added to each input.
    fn new(sums: &GateSums, [first, end]: [usize; 2], constant: i64) -> Self {
        let inputs = sums.weights.len() / sums.bias.len();
        let runs = inputs.div_ceil(BLOCK);
        let length = inputs.div_ceil(runs);
        let stride = runs * length;
        let mut padded = Vec::with_capacity((end - first) * stride);
        let mut bias = sums.bias[first..end].to_vec();
        let rows = sums.weights.chunks_exact(inputs).skip(first);
        for (row, bias) in rows.zip(&mut bias) {
            padded.extend_from_slice(row);
            padded.extend(std::iter::repeat_n(0, stride - inputs));
            *bias += constant * row.iter().map(|&w| i64::from(w)).sum::<i64>();
        }
        Self {
            first,
            rows: end - first,
            products: Products::new(&padded, end - first, length),
            scaling: Scaling::new(&bias, &sums.multipliers[first..end], GUARD_16),
            runs: (0..runs).map(|run| run * length).collect(),
            stride,
        }
    }

    /// Sums of vectors that lie one after another.
    #[inline(always)]
    fn multiply<L: Lanes>(&self, lanes: L, bytes: &[u8], starts: &[usize], sums: &mut Vec<Sums>) {
        let at = sums.len();
        sums.resize(at + starts.len() * self.products.sums(), [0; LANES]);
        let runs = &self.runs;
        let pixels = Pixels {
            bytes,
            starts,
            runs,
        };
        self.products.multiply(lanes, pixels, &mut sums[at..]);
    }

    /// `scale` of one panel; the last one is not full.
    #[inline(always)]
    fn scale<L: Lanes>(&self, lanes: L, panel: usize, weight: f64, sums: &[Sums], to: &mut [i64]) {
        let scaled = self.scaling.product(lanes, panel, weight, sums);
        let mut whole = [0; LANES];
        for n in 0..LANES {
            whole[n] = lanes.floor(scaled[n]) as i64;
        }
        let start = self.first + panel * LANES;
        let to = &mut to[start..(self.first + self.rows).min(start + LANES)];
        to.copy_from_slice(&whole[..to.len()]);
    }
}

impl Sequence {
    pub(super) fn new(op: &Recurrent) -> Self {
        let rows = op.input.bias.len();
        let parts = match op.cell {
            // The candidate waits for the reset gate.
            Cell::Gru {
                linear_before_reset: false,
            } => vec![[0, 2 * op.hidden], [2 * op.hidden, rows]],
            _ => vec![[0, rows]],
        };
        // The lower half of a state is read as if it were 128 less.
        let constant = if op.hidden_bits == 16 { 128 } else { 0 };
        let part = |part| Gates::new(&op.recurrent, part, constant);
        Self {
            input: Gates::new(&op.input, [0, rows], 0),
            recurrent: parts.into_iter().map(part).collect(),
        }
    }

    pub(super) fn run(
        &self,
        op: &Recurrent,
        x: Operand<'_>,
        initial: &RecurrentState,
        instructions: Instructions,
    ) -> (Vec<i8>, Steps) {
        let (count, _) = op.sequence(x.tensor.shape);
        let mut steps = Steps::new(op, count);
        let mut result = vec![0; count * op.hidden];
        instructions.run(Whole {
            sequence: self,
            op,
            x,
            initial,
            steps: &mut steps,
            result: &mut result,
        });
        (result, steps)
    }

    /// `v` of one part of the gate rows.
    #[inline(always)]
    fn products<L: Lanes>(&self, lanes: L, op: &Recurrent, buffers: &mut Buffers, part: usize) {
        let gates = &self.recurrent[part];
        let wide = op.hidden_bits == 16;
        split(&buffers.h, wide, &mut buffers.bytes);
        buffers.sums.clear();
        for bytes in &buffers.bytes[..1 + usize::from(wide)] {
            gates.multiply(lanes, bytes, &[0], &mut buffers.sums);
        }
        let panels = gates.products.panels();
        for panel in 0..panels {
            if wide {
                let sums = [buffers.sums[panel], buffers.sums[panels + panel]];
                gates.scale(lanes, panel, 256.0, &sums, &mut buffers.v);
            } else {
                let sums = &buffers.sums[panel..=panel];
                gates.scale(lanes, panel, 1.0, sums, &mut buffers.v);
            }
        }
    }

    #[inline(always)]
    fn step<L: Lanes>(
        &self,
        lanes: L,
        op: &Recurrent,
        buffers: &mut Buffers,
        state: &mut RecurrentState,
    ) {
        let (units, bits) = (op.hidden, u32::from(op.hidden_bits));
        buffers.h.copy_from_slice(&state.hidden);
        match op.cell {
            Cell::Lstm { cell_fraction_bits } => {
                self.products(lanes, op, buffers, 0);
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
                self.products(lanes, op, buffers, 0);
                let a = |b: &Buffers, row: usize| preactivation(b.u[row], b.v[row]);
                if !linear_before_reset {
                    for unit in 0..units {
                        let r = sigmoid(a(buffers, unit));
                        buffers.h[unit] = gru_reset(r, state.hidden[unit].into(), bits) as i16;
                    }
                    self.products(lanes, op, buffers, 1);
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
                self.products(lanes, op, buffers, 0);
                let f = if relu { rnn_relu } else { rnn_tanh };
                let sums = buffers.u.iter().zip(&buffers.v);
                for (hidden, (&u, &v)) in state.hidden.iter_mut().zip(sums) {
                    *hidden = f(preactivation(u, v), bits) as i16;
                }
            }
        }
    }
}

/// A run over all steps.
struct Whole<'a> {
    sequence: &'a Sequence,
    op: &'a Recurrent,
    x: Operand<'a>,
    initial: &'a RecurrentState,
    steps: &'a mut Steps,
    result: &'a mut [i8],
}

impl Task for Whole<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (sequence, op, initial) = (self.sequence, self.op, self.initial);
        let (count, inputs) = op.sequence(self.x.tensor.shape);
        let (rows, stride) = (sequence.input.rows, sequence.input.stride);
        let state_bytes = || vec![0; op.hidden + SLACK];
        let mut state = initial.clone();
        let mut buffers = Buffers {
            u: vec![0; rows],
            v: vec![0; rows],
            h: vec![0; op.hidden],
            bytes: [state_bytes(), state_bytes()],
            sums: Vec::new(),
        };
        let starts: Vec<usize> = (0..STEPS.min(count)).map(|n| n * stride).collect();
        let mut vectors = vec![0; starts.len() * stride + SLACK];
        let mut sums = Vec::new();
        for first in (0..count).step_by(STEPS) {
            let part = STEPS.min(count - first);
            for (n, vector) in vectors.chunks_exact_mut(stride).take(part).enumerate() {
                let t = op.step(first + n, count);
                gather(op, self.x, t, &mut vector[..inputs]);
            }
            sums.clear();
            sequence
                .input
                .multiply(lanes, &vectors, &starts[..part], &mut sums);
            for (n, sums) in sums
                .chunks_exact(sequence.input.products.sums())
                .enumerate()
            {
                let panels = sums.chunks_exact(sequence.input.products.blocks());
                for (panel, sums) in panels.enumerate() {
                    sequence
                        .input
                        .scale(lanes, panel, 1.0, sums, &mut buffers.u);
                }
                sequence.step(lanes, op, &mut buffers, &mut state);
                let t = op.step(first + n, count);
                self.steps.store(t, &state);
                let bytes = &mut self.result[t * op.hidden..(t + 1) * op.hidden];
                for (byte, &h) in bytes.iter_mut().zip(&state.hidden) {
                    *byte = sequence_byte(h.into(), op.kept_bits().into());
                }
            }
        }
    }
}

/// The state as bytes of the products.
#[inline(always)]
fn split(h: &[i16], wide: bool, [upper, lower]: &mut [Vec<u8>; 2]) {
    if wide {
        for ((upper, lower), h) in upper.iter_mut().zip(lower).zip(h) {
            *upper = (h >> 8) as u8 ^ SIGN;
            *lower = *h as u8;
        }
    } else {
        for (byte, &h) in upper.iter_mut().zip(h) {
            *byte = h as u8 ^ SIGN;
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
fn gather(op: &Recurrent, x: Operand<'_>, t: usize, vector: &mut [u8]) {
    let shape = x.tensor.shape;
    let run =
        if op.element(shape, t, 0) + vector.len() - 1 == op.element(shape, t, vector.len() - 1) {
            vector.len()
        } else {
            shape.c
        };
    for (n, part) in vector.chunks_mut(run).enumerate() {
        let start = op.element(shape, t, n * run);
        for (place, &byte) in part.iter_mut().zip(&x.values[start..start + run]) {
            *place = byte as u8 ^ SIGN;
        }
    }
}

//! Random recurrent layers, and parts of tensors.

use super::{Builder, Kind};
use crate::integer::{
    Cell, GateSums, HIDDEN_SCALE, LayerOp, Multiplier, Recurrent, RecurrentState, Shape, StepAxis,
};
use crate::numerics::{ACCUMULATOR_LIMIT, CELL_FRACTION_BITS, weighted_bound};

impl Builder {
    pub(super) fn slice(&mut self) {
        let x = self.operand();
        let shape = self.shape_of(x);
        let mut part = |size: usize| {
            let begin = self.random.between(0, size - 1);
            (begin, self.random.between(1, size - begin))
        };
        let (y, x_at, c) = (part(shape.h), part(shape.w), part(shape.c));
        let result = self.tensor(Shape::new(y.1, x_at.1, c.1));
        self.copy_scale(x, result);
        let begin = [y.0, x_at.0, c.0];
        self.push(LayerOp::Slice { begin }, vec![x], result);
    }

    pub(super) fn recurrent(&mut self, kind: Kind) {
        let x = self.operand();
        let cell = match kind {
            Kind::Lstm => Cell::Lstm {
                cell_fraction_bits: self.cell_fraction_bits(),
            },
            Kind::Gru => Cell::Gru {
                linear_before_reset: true,
            },
            Kind::GruResetFirst => Cell::Gru {
                linear_before_reset: false,
            },
            _ => Cell::Rnn {
                relu: kind == Kind::RnnRelu,
            },
        };
        let r = &mut self.random;
        let hidden = r.between(1, 24);
        let mut op = Recurrent {
            cell,
            steps: *r.pick(&[StepAxis::Rows, StepAxis::Columns]),
            reverse: r.one_in(3),
            hidden,
            hidden_bits: if r.one_in(3) { 16 } else { 8 },
            input: GateSums {
                weights: Vec::new(),
                bias: Vec::new(),
                multipliers: Vec::new(),
            },
            recurrent: GateSums {
                weights: Vec::new(),
                bias: Vec::new(),
                multipliers: Vec::new(),
            },
            initial: RecurrentState::zero(cell, hidden),
        };
        let (steps, inputs) = op.sequence(self.shape_of(x));
        let rows = cell.gates() * hidden;
        op.input = self.gate_sums(rows, inputs, 8);
        op.recurrent = self.gate_sums(rows, hidden, op.hidden_bits);
        if self.random.one_in(2) {
            op.initial = self.state(&op);
        }
        let y = self.tensor(Shape::new(steps, 1, hidden));
        self.graph.tensors[y].zero = 0;
        if kind != Kind::RnnRelu {
            self.graph.tensors[y].scale = HIDDEN_SCALE;
        }
        self.push(LayerOp::Recurrent(op), vec![x], y);
    }

    fn cell_fraction_bits(&mut self) -> u8 {
        let [least, most] = CELL_FRACTION_BITS.map(usize::from);
        self.random.between(least, most) as u8
    }

    /// Preactivations mostly inside the range of the activations, sometimes far outside.
    fn gate_sums(&mut self, rows: usize, columns: usize, bits: u8) -> GateSums {
        let weights: Vec<i8> = (0..rows * columns).map(|_| self.random.weight()).collect();
        let largest = 1u64 << (bits - 1);
        let bias = weights.chunks_exact(columns).map(|w| {
            if !self.random.one_in(16) {
                let usual = 8_000 << (bits - 8);
                return self.random.signed(-usual, usual);
            }
            let room = ACCUMULATOR_LIMIT - 1 - weighted_bound(0, w, largest) as i64;
            if self.random.one_in(2) { room } else { -room }
        });
        let bias = bias.collect();
        let half_log = (columns.ilog2() / 2) as usize;
        let multiplier = |builder: &mut Self| match builder.random.between(0, 23) {
            0 => Multiplier::ZERO,
            1 => Multiplier {
                m: builder.mantissa(),
                s: builder.random.between(8, 55) as u8,
            },
            _ => Multiplier {
                m: builder.mantissa(),
                s: (14 + half_log + usize::from(bits) - 8 + builder.random.between(0, 4)) as u8,
            },
        };
        let multipliers = (0..rows).map(|_| multiplier(self)).collect();
        GateSums {
            weights,
            bias,
            multipliers,
        }
    }

    /// Any state the layer can keep, range ends among them.
    fn state(&mut self, op: &Recurrent) -> RecurrentState {
        let mut state = op.initial.clone();
        for h in &mut state.hidden {
            let byte = i16::from(self.random.byte());
            *h = match op.kept_bits() {
                8 => byte,
                _ => byte << 8 | self.random.between(0, 255) as i16,
            };
        }
        for c in &mut state.cell {
            *c = i16::from(self.random.byte()) << 8 | self.random.between(0, 255) as i16;
        }
        state
    }
}

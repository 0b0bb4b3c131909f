//! Random recurrent layers, and parts of tensors.

use super::{Builder, Kind};
use crate::integer::{
    Cell, GateSums, HIDDEN_SCALE, LayerOp, Multiplier, Recurrent, RecurrentState, Shape, StepAxis,
    TensorId,
};
use crate::numerics::{ACCUMULATOR_LIMIT, CELL_FRACTION_BITS, weighted_bound};

/// The form of a recurrent layer; the numbers in it are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What happens in one step; the fraction bits of a cell state are drawn.
    pub cell: Cell,
    /// Which axis of the operand counts the steps.
    pub steps: StepAxis,
    /// From the last step to the first.
    pub reverse: bool,
    /// Hidden units.
    pub hidden: usize,
    /// Bits of the hidden state that feeds the next step.
    pub hidden_bits: u8,
    /// Whether the state before the first step is something else than zero.
    pub initial: bool,
}

impl Builder {
    pub(super) fn slice(&mut self) {
        let x = self.operand();
        let shape = self.shape_of(x);
        let mut part = |size: usize| {
            let begin = self.random.between(0, size - 1);
            (begin, self.random.between(1, size - begin))
        };
        let (y, x_at, c) = (part(shape.h), part(shape.w), part(shape.c));
        self.part(x, [y.0, x_at.0, c.0], Shape::new(y.1, x_at.1, c.1));
    }

    /// A part of a tensor.
    pub fn part(&mut self, x: TensorId, begin: [usize; 3], shape: Shape) -> TensorId {
        let result = self.tensor(shape);
        self.copy_scale(x, result);
        self.push(LayerOp::Slice { begin }, vec![x], result);
        result
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
        let form = Form {
            cell,
            steps: *r.pick(&[StepAxis::Rows, StepAxis::Columns]),
            reverse: r.one_in(3),
            hidden,
            hidden_bits: if r.one_in(3) { 16 } else { 8 },
            initial: false,
        };
        self.any_recurrent(x, form, None);
    }

    /// A recurrent layer.
    pub fn recurrent_layer(&mut self, x: TensorId, form: Form) -> TensorId {
        let cell = match form.cell {
            Cell::Lstm { .. } => Cell::Lstm {
                cell_fraction_bits: self.cell_fraction_bits(),
            },
            other => other,
        };
        self.any_recurrent(x, Form { cell, ..form }, Some(form.initial))
    }

    /// `initial` decides about the initial state, else chance does.
    fn any_recurrent(&mut self, x: TensorId, form: Form, initial: Option<bool>) -> TensorId {
        let Form { cell, hidden, .. } = form;
        let mut op = Recurrent {
            cell,
            steps: form.steps,
            reverse: form.reverse,
            hidden,
            hidden_bits: form.hidden_bits,
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
        if initial.unwrap_or_else(|| self.random.one_in(2)) {
            op.initial = self.state(&op);
        }
        let y = self.tensor(Shape::new(steps, 1, hidden));
        self.graph.tensors[y].zero = 0;
        if cell != (Cell::Rnn { relu: true }) {
            self.graph.tensors[y].scale = HIDDEN_SCALE;
        }
        self.push(LayerOp::Recurrent(op), vec![x], y);
        y
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

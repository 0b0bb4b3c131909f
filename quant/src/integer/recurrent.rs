//! Recurrent layers of the integer graph (numerics, sections 7 and 8).
//!
//! A layer reads a sequence and writes the hidden state of every step. Its states before the first and after the last step
//! are no tensors of the graph: whoever runs the graph holds them, and may pass the states of one run on to the next, so that
//! a signal can be fed in chunks (`docs/recurrent.md`).

use serde::{Deserialize, Serialize};

use super::{IntGraph, LayerOp, Multiplier, Shape};

/// One recurrent layer, one direction. Its result has the shape `steps x 1 x hidden`, scale 2^-7 and zero 0
/// (with ReLU the scale of calibration).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrent {
    /// What happens in one step.
    pub cell: Cell,
    /// Steps are the rows of the operand or its columns; all elements of a row or column are one input vector, in
    /// the order of the tensor.
    pub steps: StepAxis,
    /// From the last step to the first.
    pub reverse: bool,
    /// Hidden units.
    pub hidden: usize,
    /// Bits of the hidden state that feeds the next step, 8 or 16.
    pub hidden_bits: u8,
    /// `u = scale(bias + sum Wx * x)`; the bias holds `-z_x * sum Wx`, and that of the candidate gate of a GRU.
    pub input: GateSums,
    /// `v = scale(bias + sum Wh * h)`; the bias holds that of all other gates.
    pub recurrent: GateSums,
    /// States before the first step, unless a run is given others.
    pub initial: RecurrentState,
}

/// The cell of a recurrent layer, and the order of its gate rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Gates i, f, g, o.
    Lstm {
        /// Fraction bits of the cell state, 8 to 12.
        cell_fraction_bits: u8,
    },
    /// Gates r, z, n.
    Gru {
        /// The reset gate is applied after the recurrent product.
        linear_before_reset: bool,
    },
    /// One gate.
    Rnn {
        /// `max(0, .)` instead of tanh.
        relu: bool,
    },
}

/// Which axis of the operand counts the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum StepAxis {
    Rows,
    Columns,
}

/// The sums of all gate rows: row `gate * hidden + unit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSums {
    /// Values in `[-127, 127]`, row after row.
    pub weights: Vec<i8>,
    /// One for each row.
    pub bias: Vec<i64>,
    /// One for each row, applied with G = 0.
    pub multipliers: Vec<Multiplier>,
}

/// What a recurrent layer remembers between two steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurrentState {
    /// Hidden state: `hidden_bits` bits, of a GRU always 16.
    pub hidden: Vec<i16>,
    /// Cell state of an LSTM, 16 bits; empty for other cells.
    pub cell: Vec<i16>,
}

impl Cell {
    /// Gate rows for each hidden unit.
    #[must_use]
    pub const fn gates(self) -> usize {
        match self {
            Self::Lstm { .. } => 4,
            Self::Gru { .. } => 3,
            Self::Rnn { .. } => 1,
        }
    }

    /// Whether there is a cell state.
    #[must_use]
    pub const fn has_cell_state(self) -> bool {
        matches!(self, Self::Lstm { .. })
    }
}

impl Recurrent {
    /// Number of steps and elements of each, for an operand of shape `x`.
    #[must_use]
    pub const fn sequence(&self, x: Shape) -> (usize, usize) {
        match self.steps {
            StepAxis::Rows => (x.h, x.w.saturating_mul(x.c)),
            StepAxis::Columns => (x.w, x.h.saturating_mul(x.c)),
        }
    }

    /// Position of element `i` of step `t` in an operand of shape `x`.
    #[must_use]
    pub const fn element(&self, x: Shape, t: usize, i: usize) -> usize {
        match self.steps {
            StepAxis::Rows => t * x.w * x.c + i,
            StepAxis::Columns => x.index(i / x.c, t, i % x.c),
        }
    }

    /// The step that is computed as number `n` of `steps`.
    #[must_use]
    pub const fn step(&self, n: usize, steps: usize) -> usize {
        if self.reverse { steps - 1 - n } else { n }
    }

    /// Bits of the hidden state that is kept: a GRU blends with 16 bits whatever feeds its products.
    #[must_use]
    pub const fn kept_bits(&self) -> u8 {
        match self.cell {
            Cell::Gru { .. } => 16,
            _ => self.hidden_bits,
        }
    }
}

impl RecurrentState {
    /// A state of zeros.
    #[must_use]
    pub fn zero(cell: Cell, hidden: usize) -> Self {
        let cells = if cell.has_cell_state() { hidden } else { 0 };
        Self {
            hidden: vec![0; hidden],
            cell: vec![0; cells],
        }
    }
}

impl IntGraph {
    /// The recurrent layers, in the order of the layers.
    pub fn recurrent_layers(&self) -> impl Iterator<Item = (usize, &Recurrent)> {
        let layers = self.layers.iter().enumerate();
        layers.filter_map(|(index, layer)| match &layer.op {
            LayerOp::Recurrent(op) => Some((index, op)),
            _ => None,
        })
    }

    /// The states before the first step, one for each recurrent layer, in the order of the layers.
    #[must_use]
    pub fn initial_states(&self) -> Vec<RecurrentState> {
        self.recurrent_layers()
            .map(|(_, op)| op.initial.clone())
            .collect()
    }
}

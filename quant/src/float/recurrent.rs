//! RNN, LSTM and GRU as ONNX defines them: attributes, and the order of their parameters.

/// One recurrent operator. Inputs `X, W, R, B, sequence_lens, initial_h, initial_c`, outputs `Y, Y_h, Y_c`.
///
/// An LSTM that runs in one direction may have a fourth output, which ONNX does not know: its cell state after every
/// step, in the shape of `Y`. Calibration watches it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrent {
    /// Which operator.
    pub kind: RecurrentKind,
    /// Order of the steps.
    pub direction: Direction,
    /// The `hidden_size` attribute; the shape of `R` gives it where it is absent.
    pub hidden: Option<usize>,
    /// The batch is the first axis of `X`, `Y` and the states (`layout = 1`).
    pub batch_first: bool,
}

/// The cell, with the default activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrentKind {
    /// `h = f(Wx + Rh + b)`, `f` is tanh or max(0, .).
    Rnn {
        /// The activation is Relu instead of Tanh.
        relu: bool,
    },
    /// Gates in the order input, output, forget, cell.
    Lstm,
    /// Gates in the order update, reset, hidden.
    Gru {
        /// The reset gate is applied after the recurrent product.
        linear_before_reset: bool,
    },
}

/// Order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last.
    Forward,
    /// From the last step to the first.
    Reverse,
    /// Both, side by side.
    Bidirectional,
}

impl RecurrentKind {
    /// Gate rows for each hidden unit.
    #[must_use]
    pub const fn gates(self) -> usize {
        match self {
            Self::Rnn { .. } => 1,
            Self::Lstm => 4,
            Self::Gru { .. } => 3,
        }
    }

    /// The ONNX operator type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rnn { .. } => "RNN",
            Self::Lstm => "LSTM",
            Self::Gru { .. } => "GRU",
        }
    }
}

impl Direction {
    /// Number of directions.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Forward | Self::Reverse => 1,
            Self::Bidirectional => 2,
        }
    }

    /// Whether direction `index` of this operator runs backwards.
    #[must_use]
    pub const fn reversed(self, index: usize) -> bool {
        matches!((self, index), (Self::Reverse, _) | (Self::Bidirectional, 1))
    }
}

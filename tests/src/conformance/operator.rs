//! What the suite is about: the operators of the integer graph, the convolution in every variety.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What to draw cases of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    // The convolutions come first: `is_conv` counts on it.
    /// Stride 1, no dilation, equal padding.
    Conv,
    /// A stride of 2 or more.
    StridedConv,
    /// A dilation of 2 or more.
    DilatedConv,
    /// Padding that differs from side to side, some of it beyond the kernel.
    PaddedConv,
    /// Two groups or more.
    GroupedConv,
    /// A group for each input channel.
    DepthwiseConv,
    /// A residual operand, which may be the input of the convolution.
    ResidualConv,
    /// The kernel covers the whole input.
    FullyConnected,
    /// Maximum pooling.
    MaxPool,
    /// Average pooling, padding not counted.
    AveragePool,
    /// Average pooling, padding counted.
    AveragePoolWithPad,
    /// Average of the whole image.
    GlobalAveragePool,
    /// Addition of two tensors, which may be the same one.
    Add,
    /// Change of scale.
    Requantize,
    /// One to three operands along each axis.
    Concat,
    /// Padding with any byte.
    Pad,
    /// The same bytes in another shape.
    Reshape,
    /// A function of one byte (sigmoid, tanh...), alone or behind a convolution.
    Table,
    /// Several layers with branches.
    Network,
    // Further ones come last: the number of an operator decides what is drawn for it.
    /// A part of the rows, columns and channels.
    Slice,
    // From here on all are recurrent: `is_recurrent` counts on it.
    /// A simple recurrent layer with tanh.
    Rnn,
    /// A simple recurrent layer with max(0, .).
    RnnRelu,
    /// Long short-term memory.
    Lstm,
    /// Gated recurrent unit, the reset gate behind the recurrent product.
    Gru,
    /// Gated recurrent unit, the reset gate in front of it.
    GruResetFirst,
}

impl Operator {
    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Operator] {
        Operator::value_variants()
    }

    /// Whether it is a convolution.
    #[must_use]
    pub fn is_conv(self) -> bool {
        self <= Operator::FullyConnected
    }

    /// Whether it reads a sequence.
    #[must_use]
    pub fn is_recurrent(self) -> bool {
        self >= Operator::Rnn
    }

    /// Whether it has a kernel that is drawn.
    #[must_use]
    pub fn has_window(self) -> bool {
        self.is_pool() || self.is_conv() && self != Operator::FullyConnected
    }

    /// Whether padding must not push the window off the image.
    #[must_use]
    pub fn is_pool(self) -> bool {
        use Operator as O;
        matches!(self, O::MaxPool | O::AveragePool | O::AveragePoolWithPad)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.write_str(value.get_name()),
            None => Ok(()),
        }
    }
}

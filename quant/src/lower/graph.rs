//! Types of the lowered graph: the layers of the integer graph, still with real weights.

use crate::float::{self, RecurrentKind};
use crate::integer::{HostOp, InputLayout, Shape, StepAxis, TensorId, Window};

use super::View;

/// A clamp that does nothing.
pub const NO_CLAMP: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// A network of accelerator layers that computes with real numbers.
#[derive(Debug, Clone)]
pub struct LoweredGraph {
    /// Model name.
    pub name: String,
    /// Activation tensors.
    pub tensors: Vec<FloatTensor>,
    /// Layers in execution order.
    pub layers: Vec<FloatLayer>,
    /// Tensors that are given.
    pub inputs: Vec<TensorId>,
    /// Order of each input in the imported model.
    pub input_layouts: Vec<InputLayout>,
    /// Results.
    pub outputs: Vec<TensorId>,
    /// What remains on the host, for each output.
    pub host_ops: Vec<Vec<HostOp>>,
}

/// One activation tensor and the float tensor it stands for.
#[derive(Debug, Clone)]
pub struct FloatTensor {
    /// Name in the imported model.
    pub name: String,
    /// Shape without batch.
    pub shape: Shape,
    /// Where its values are found in a run of the float graph.
    pub source: float::TensorId,
    /// In which order they lie there.
    pub view: View,
}

/// One layer.
#[derive(Debug, Clone)]
pub struct FloatLayer {
    /// Name in the imported model.
    pub name: String,
    /// What it computes.
    pub op: FloatOp,
    /// Operands.
    pub inputs: Vec<TensorId>,
    /// Result.
    pub output: TensorId,
}

/// What a layer computes, with real numbers.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum FloatOp {
    /// A second operand is the residual.
    Conv(FloatConv),
    MaxPool(Window),
    AveragePool {
        window: Window,
        count_include_pad: bool,
        clamp: [f64; 2],
    },
    Add {
        clamp: [f64; 2],
    },
    /// Axis of [`Shape`]: 0 rows, 1 columns, 2 channels.
    Concat {
        axis: usize,
    },
    /// Top, left, bottom, right.
    Pad {
        pads: [usize; 4],
        value: f64,
    },
    /// An element-wise function; [`Function::Clamp`] is fused into the layer before it where that is possible.
    Function(Function),
    Reshape,
    /// From this row, column, channel on.
    Slice {
        begin: [usize; 3],
    },
    Recurrent(FloatRecurrent),
}

/// One direction of a recurrent layer, gate rows in the order of the integer graph.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatRecurrent {
    /// Cell.
    pub kind: RecurrentKind,
    /// Which axis of the operand counts the steps.
    pub steps: StepAxis,
    /// From the last step to the first.
    pub reverse: bool,
    /// Hidden units.
    pub hidden: usize,
    /// Row after row; elements of a step in the order of the operand.
    pub input_weights: Vec<f32>,
    /// One for each row.
    pub input_bias: Vec<f64>,
    /// Row after row.
    pub recurrent_weights: Vec<f32>,
    /// One for each row.
    pub recurrent_bias: Vec<f64>,
    /// Hidden state and cell state before the first step.
    pub initial: [InitialState; 2],
    /// The cell state after every step, in the float graph.
    pub cells: Option<float::TensorId>,
}

/// Where the state before the first step comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum InitialState {
    /// Always the same; zeros unless the model says otherwise.
    Constant(Vec<f64>),
    /// An input of the model, which is no input of the integer graph: whoever runs it gives the state.
    Input {
        /// Position among the inputs of the model.
        input: usize,
        /// First element.
        first: usize,
    },
}

impl FloatRecurrent {
    /// Number of steps in an operand of shape `x`.
    #[must_use]
    pub const fn steps_of(&self, x: Shape) -> usize {
        match self.steps {
            StepAxis::Rows => x.h,
            StepAxis::Columns => x.w,
        }
    }
}

/// Convolution with real weights in the order of the integer graph.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatConv {
    /// Kernel, stride, dilation, pads.
    pub window: Window,
    /// Groups.
    pub groups: usize,
    /// Output channel, kernel row, kernel column, input channel of the group.
    pub weights: Vec<f32>,
    /// One for each output channel.
    pub bias: Vec<f64>,
    /// Fused activation.
    pub clamp: [f64; 2],
}

/// An element-wise function that becomes a table.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Function {
    Clamp([f64; 2]),
    LeakyRelu { alpha: f64 },
    Elu { alpha: f64 },
    Sigmoid,
    Tanh,
    HardSigmoid { alpha: f64, beta: f64 },
    HardSwish,
}

impl Function {
    /// The value of the function.
    #[must_use]
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Self::Clamp([lo, hi]) => x.max(lo).min(hi),
            Self::LeakyRelu { alpha } => {
                if x < 0.0 {
                    alpha * x
                } else {
                    x
                }
            }
            Self::Elu { alpha } => {
                if x < 0.0 {
                    alpha * x.exp_m1()
                } else {
                    x
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::HardSigmoid { alpha, beta } => (alpha * x + beta).clamp(0.0, 1.0),
            Self::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        }
    }
}

impl FloatOp {
    /// The fused clamp of a layer that can have one.
    pub(super) fn clamp_mut(&mut self) -> Option<&mut [f64; 2]> {
        match self {
            Self::Conv(FloatConv { clamp, .. })
            | Self::AveragePool { clamp, .. }
            | Self::Add { clamp } => Some(clamp),
            _ => None,
        }
    }
}

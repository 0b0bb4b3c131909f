//! The operators of a float graph, attributes decoded.
//!
//! Names, attribute meanings and defaults are those of the ONNX operator specification. Operand order is that
//! of ONNX too, so a reader of the specification knows what `inputs[1]` of a node is.

use super::recurrent::Recurrent;
use super::value::{ElementType, Value};

/// One operator.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Op {
    // Weighted sums
    Conv(Conv),
    Gemm(Gemm),
    MatMul,
    BatchNormalization {
        epsilon: f32,
    },
    // Sequences
    Recurrent(Recurrent),
    // Element-wise functions of one tensor
    Relu,
    /// Bounds given here are used unless inputs 1 (min) and 2 (max) are present; passes fold those in.
    Clip {
        min: Option<f32>,
        max: Option<f32>,
    },
    LeakyRelu {
        alpha: f32,
    },
    PRelu,
    Elu {
        alpha: f32,
    },
    Sigmoid,
    Tanh,
    HardSigmoid {
        alpha: f32,
        beta: f32,
    },
    HardSwish,
    Sqrt,
    Reciprocal,
    Neg,
    Abs,
    Exp,
    Cast {
        to: ElementType,
    },
    // Element-wise functions of several tensors, with broadcasting
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Equal,
    Where,
    // Normalised exponentials and reductions
    Softmax(Softmax),
    LogSoftmax(Softmax),
    ReduceMean(Reduce),
    ArgMax {
        axis: i64,
        keep_dims: bool,
        select_last: bool,
    },
    // Pooling
    MaxPool(Pool),
    AveragePool(Pool),
    GlobalAveragePool,
    GlobalMaxPool,
    // Layout
    Concat {
        axis: i64,
    },
    Pad(Pad),
    Flatten {
        axis: i64,
    },
    Reshape {
        allow_zero: bool,
    },
    /// `None` reverses the axes.
    Transpose {
        permutation: Option<Vec<usize>>,
    },
    /// Axes here or in input 1; none at all drops every axis of size 1.
    Squeeze {
        axes: Option<Vec<i64>>,
    },
    /// Axes here or in input 1.
    Unsqueeze {
        axes: Option<Vec<i64>>,
    },
    DepthToSpace {
        block: usize,
        mode: DepthToSpaceMode,
    },
    SpaceToDepth {
        block: usize,
    },
    // Shape arithmetic
    Shape {
        start: i64,
        end: Option<i64>,
    },
    Gather {
        axis: i64,
    },
    Expand,
    /// The value is a tensor of one element.
    ConstantOfShape {
        value: Value,
    },
    Range,
    /// Starts, ends and axes here (opset < 10) or in inputs 1 to 4.
    Slice {
        starts: Vec<i64>,
        ends: Vec<i64>,
        axes: Vec<i64>,
    },
    Split(Split),
    // Quantized tensors inside a float model
    QuantizeLinear {
        at: QuantizeAxis,
        output: Option<ElementType>,
    },
    DequantizeLinear {
        at: QuantizeAxis,
    },
    // Nothing at inference time
    Identity,
    Dropout,
}

/// Convolution: input `[N, C, spatial..]`, weights `[O, C / groups, kernel..]`, optional bias `[O]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Kernel, strides, dilations and padding.
    pub window: Window,
    /// Number of groups; `C` for a depthwise convolution.
    pub groups: usize,
}

/// `y = alpha * op(a) * op(b) + beta * c`, `a` and `b` matrices, `c` broadcast.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Gemm {
    pub alpha: f32,
    pub beta: f32,
    pub transpose_a: bool,
    pub transpose_b: bool,
}

/// Pooling over a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Kernel, strides, dilations and padding.
    pub window: Window,
    /// Round the output size up instead of down.
    pub ceil_mode: bool,
    /// AveragePool only: padding counts as zeros in the average.
    pub count_include_pad: bool,
    /// MaxPool only: indices (output 1) count column-major.
    pub column_major: bool,
}

/// A sliding window over the spatial dimensions. An empty list means the default (ones; for `kernel` the size
/// of the weights); import fills all of them in, so consumers of an imported graph see complete lists.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct Window {
    pub kernel: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilations: Vec<usize>,
    pub padding: Padding,
}

/// Padding of a window. Import resolves every kind to `Explicit`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Padding {
    /// Elements before and after each spatial dimension; empty lists are zeros.
    Explicit {
        before: Vec<usize>,
        after: Vec<usize>,
    },
    /// Output size `ceil(input / stride)`, odd remainder at the end.
    SameUpper,
    /// Output size `ceil(input / stride)`, odd remainder at the beginning.
    SameLower,
    /// None.
    Valid,
}

impl Default for Padding {
    fn default() -> Self {
        Padding::Explicit {
            before: Vec::new(),
            after: Vec::new(),
        }
    }
}

/// Softmax and LogSoftmax.
#[derive(Debug, Clone, PartialEq)]
pub struct Softmax {
    /// Axis, negative from the end.
    pub axis: i64,
    /// Opset < 13: the axes from `axis` on are taken together.
    pub flatten: bool,
}

/// A reduction. Axes here or in input 1; none at all reduces everything unless `noop_with_empty_axes`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Reduce {
    pub axes: Option<Vec<i64>>,
    pub keep_dims: bool,
    pub noop_with_empty_axes: bool,
}

/// Padding of a tensor. Pads here (opset < 11) or in input 1, value here or in input 2, axes in input 3.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Pad {
    pub mode: PadMode,
    pub pads: Option<Vec<i64>>,
    pub value: f32,
}

/// What lies outside a padded tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PadMode {
    Constant,
    Reflect,
    Edge,
    Wrap,
}

/// Sizes here (opset < 13) or in input 1; neither means equal parts, the last one smaller if need be.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Split {
    pub axis: i64,
    pub sizes: Option<Vec<i64>>,
    /// Number of parts: the `num_outputs` attribute or the number of outputs of the node.
    pub parts: usize,
}

/// Order of the channel split in DepthToSpace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepthToSpaceMode {
    /// Block row, block column, channel.
    DepthColumnRow,
    /// Channel, block row, block column.
    ColumnRowDepth,
}

/// Which elements share a scale: one per tensor, per slice along `axis`, or per block of `block` along it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct QuantizeAxis {
    pub axis: i64,
    /// 0 means no blocks.
    pub block: usize,
}

impl Op {
    /// The ONNX operator type.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Conv(_) => "Conv",
            Op::Gemm(_) => "Gemm",
            Op::MatMul => "MatMul",
            Op::BatchNormalization { .. } => "BatchNormalization",
            Op::Recurrent(recurrent) => recurrent.kind.name(),
            Op::Relu => "Relu",
            Op::Clip { .. } => "Clip",
            Op::LeakyRelu { .. } => "LeakyRelu",
            Op::PRelu => "PRelu",
            Op::Elu { .. } => "Elu",
            Op::Sigmoid => "Sigmoid",
            Op::Tanh => "Tanh",
            Op::HardSigmoid { .. } => "HardSigmoid",
            Op::HardSwish => "HardSwish",
            Op::Sqrt => "Sqrt",
            Op::Reciprocal => "Reciprocal",
            Op::Neg => "Neg",
            Op::Abs => "Abs",
            Op::Exp => "Exp",
            Op::Cast { .. } => "Cast",
            Op::Add => "Add",
            Op::Sub => "Sub",
            Op::Mul => "Mul",
            Op::Div => "Div",
            Op::Pow => "Pow",
            Op::Min => "Min",
            Op::Max => "Max",
            Op::Equal => "Equal",
            Op::Where => "Where",
            Op::Softmax(_) => "Softmax",
            Op::LogSoftmax(_) => "LogSoftmax",
            Op::ReduceMean(_) => "ReduceMean",
            Op::ArgMax { .. } => "ArgMax",
            Op::MaxPool(_) => "MaxPool",
            Op::AveragePool(_) => "AveragePool",
            Op::GlobalAveragePool => "GlobalAveragePool",
            Op::GlobalMaxPool => "GlobalMaxPool",
            Op::Concat { .. } => "Concat",
            Op::Pad(_) => "Pad",
            Op::Flatten { .. } => "Flatten",
            Op::Reshape { .. } => "Reshape",
            Op::Transpose { .. } => "Transpose",
            Op::Squeeze { .. } => "Squeeze",
            Op::Unsqueeze { .. } => "Unsqueeze",
            Op::DepthToSpace { .. } => "DepthToSpace",
            Op::SpaceToDepth { .. } => "SpaceToDepth",
            Op::Shape { .. } => "Shape",
            Op::Gather { .. } => "Gather",
            Op::Expand => "Expand",
            Op::ConstantOfShape { .. } => "ConstantOfShape",
            Op::Range => "Range",
            Op::Slice { .. } => "Slice",
            Op::Split(_) => "Split",
            Op::QuantizeLinear { .. } => "QuantizeLinear",
            Op::DequantizeLinear { .. } => "DequantizeLinear",
            Op::Identity => "Identity",
            Op::Dropout => "Dropout",
        }
    }
}

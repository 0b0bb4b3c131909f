//! Types of the integer graph. Activations are int8, NHWC without the batch dimension.

use serde::{Deserialize, Serialize};

use super::Recurrent;

/// Index into [`IntGraph::tensors`].
pub type TensorId = usize;

/// A quantized network: tensors, layers in execution order, and what the host does before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntGraph {
    /// Model name, from the imported file.
    pub name: String,
    /// All activation tensors.
    pub tensors: Vec<IntTensor>,
    /// Layers, each after the layers that make its inputs.
    pub layers: Vec<Layer>,
    /// Tensors the host fills before a run.
    pub inputs: Vec<TensorId>,
    /// For each input, in order: how the imported model's data becomes the bytes of the tensor.
    pub input_layouts: Vec<InputLayout>,
    /// Tensors the host reads after a run.
    pub outputs: Vec<TensorId>,
    /// What remains on the host for each output, in order (dequantize is implied and comes first).
    pub host_ops: Vec<Vec<HostOp>>,
}

/// Height, width, channels. A vector of `n` features is `1 x 1 x n`, a 1-D signal is `1 x L x C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Channels.
    pub c: usize,
}

/// One int8 activation tensor: `real = scale * (q - zero)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntTensor {
    /// Name in the imported model.
    pub name: String,
    /// Shape without batch.
    pub shape: Shape,
    /// Real value of one step.
    pub scale: f64,
    /// The integer that stands for real zero.
    pub zero: i8,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Name in the imported model.
    pub name: String,
    /// What it computes.
    pub op: LayerOp,
    /// Operands. For [`LayerOp::Conv`] a second one is the residual operand.
    pub inputs: Vec<TensorId>,
    /// Result.
    pub output: TensorId,
}

/// A positive real multiplier `M * 2^-s` (numerics, section 2). `m == 0` stands for a multiplier too small to matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Multiplier {
    /// `2^15 <= m < 2^16`, or 0.
    pub m: u16,
    /// `8 <= s <= 55`.
    pub s: u8,
}

/// The sliding window of a convolution or pooling layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Kernel rows, columns.
    pub kernel: [usize; 2],
    /// Step in rows, columns.
    pub stride: [usize; 2],
    /// Distance of kernel taps in rows, columns.
    pub dilation: [usize; 2],
    /// Padding: top, left, bottom, right.
    pub pads: [usize; 4],
}

/// What a layer computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LayerOp {
    /// Convolution, depthwise convolution or fully connected layer (a kernel as large as the image), numerics 3.
    Conv(Conv),
    /// Maximum over the elements inside the image; elements outside do not take part.
    MaxPool(MaxPool),
    /// Mean over the elements inside the image, numerics 5.
    AveragePool(AveragePool),
    /// `y = sat(rhu(scale(a - z_a) + scale(b - z_b), 8) + z_y, lo, hi)`, numerics 5.
    Add {
        /// For operands a and b.
        rescale: [Rescale; 2],
        /// Clamp, inclusive.
        clamp: [i8; 2],
    },
    /// Concatenation; all operands and the result share scale and zero.
    Concat(Concat),
    /// Border of constant elements.
    Pad(Pad),
    /// `y = table[q + 128]`, an element-wise function as a table of 256 entries.
    Table(Vec<i8>),
    /// `y = sat(rhu(scale(q - z_x), 8) + z_y, lo, hi)`: change of scale.
    Requantize {
        /// From the scale of the operand to the scale of the result.
        rescale: Rescale,
        /// Clamp, inclusive.
        clamp: [i8; 2],
    },
    /// Same bytes in NHWC order under another shape (flatten, squeeze, merge of height and width).
    Reshape,
    /// A part of the operand: the elements from `begin` (row, column, channel) on, as many as the result holds.
    Slice {
        /// First row, column, channel.
        begin: [usize; 3],
    },
    /// One direction of a recurrent layer over a sequence, numerics 7 and 8.
    Recurrent(Recurrent),
}

/// A change of scale of one operand: `scale(r - zero; multiplier, G = 8)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescale {
    /// `scale_r / scale_y`.
    pub multiplier: Multiplier,
    /// Zero of the operand.
    pub zero: i8,
}

/// Convolution. Weights have the order output channel, kernel row, kernel column, input channel of the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conv {
    /// Kernel, stride, dilation, pads.
    pub window: Window,
    /// Input channels and output channels are split into this many groups.
    pub groups: usize,
    /// `O * KH * KW * I/groups` values in `[-127, 127]`.
    pub weights: Vec<i8>,
    /// `bias'[o]`, the zero point of the input folded in (numerics 3).
    pub bias: Vec<i64>,
    /// `s_x * s_w[o] / s_y` for each output channel.
    pub multipliers: Vec<Multiplier>,
    /// Clamp, inclusive: `lo`, `hi`.
    pub clamp: [i8; 2],
    /// Scale of the second operand, if there is one; it is added before the only rounding.
    pub residual: Option<Rescale>,
}

/// Maximum pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxPool {
    /// Kernel, stride, dilation, pads.
    pub window: Window,
}

/// Average pooling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AveragePool {
    /// Kernel, stride, dilation, pads.
    pub window: Window,
    /// Whether elements of the padding count in the divisor (they add real zero to the sum).
    pub count_include_pad: bool,
    /// `s_x / (s_y * n)` for each divisor `n` that occurs.
    pub multipliers: Vec<(usize, Multiplier)>,
    /// Clamp, inclusive.
    pub clamp: [i8; 2],
}

/// Concatenation along one axis: 0 height, 1 width, 2 channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concat {
    /// Axis of [`Shape`].
    pub axis: usize,
}

/// Constant border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pad {
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
    /// The integer the border is filled with.
    pub value: i8,
}

/// The order of an input in the imported model, and how it becomes the `H, W, C` order of its tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputLayout {
    /// Shape in the imported model, without batch.
    pub shape: Vec<usize>,
    /// Axis order that turns `shape` into rows, columns, channels (for an image `[C, H, W]` this is `[1, 2, 0]`).
    pub permutation: Vec<usize>,
}

/// What the host does with a dequantized output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HostOp {
    /// Softmax over the last axis.
    Softmax,
    /// Index of the largest element along the last axis, the first one on ties.
    ArgMax,
    /// Axis order that turns `H, W, C` into the order of the imported model's output.
    Transpose([usize; 3]),
    /// Shape of the imported model's output, without batch.
    Reshape(Vec<usize>),
}

//! Why an integer graph is refused.

use thiserror::Error;

use super::Shape;

/// One broken rule of an integer graph; `layer` and `tensor` are names in the imported model.
#[derive(Debug, Clone, PartialEq, Error)]
#[allow(missing_docs)]
pub enum GraphError {
    #[error("tensor index {found} in {place}, but the graph has {count} tensors")]
    TensorIndex {
        place: String,
        found: usize,
        count: usize,
    },
    #[error(
        "tensor '{tensor}': shape {found:?} is empty or larger than the limits (65536 rows or columns, 2^28 elements in all)"
    )]
    Shape { tensor: String, found: Shape },
    #[error(
        "all activation tensors together have more than {limit} elements\n  hint: use a smaller model or input"
    )]
    TooLarge { limit: usize },
    #[error("tensor '{tensor}': scale {found} is not a positive finite number")]
    Scale { tensor: String, found: f64 },
    #[error("tensor '{tensor}' is written twice, the second time by {by}")]
    WrittenTwice { tensor: String, by: String },
    #[error(
        "layer '{layer}' reads tensor '{tensor}' before anything writes it: layers must follow the layers that make their inputs"
    )]
    ReadBeforeWritten { layer: String, tensor: String },
    #[error("tensor '{tensor}' is neither an input nor the result of a layer")]
    NeverWritten { tensor: String },
    #[error("layer '{layer}' ({op}) has {found} operands, expected {expected}")]
    Operands {
        layer: String,
        op: &'static str,
        found: usize,
        expected: &'static str,
    },
    #[error(
        "layer '{layer}': the window (kernel {kernel:?}, dilation {dilation:?}) does not fit its operand {operand:?} with padding {pads:?}"
    )]
    Window {
        layer: String,
        kernel: [usize; 2],
        dilation: [usize; 2],
        pads: [usize; 4],
        operand: Shape,
    },
    #[error("layer '{layer}': result has shape {found:?}, expected {expected:?}")]
    ResultShape {
        layer: String,
        found: Shape,
        expected: Shape,
    },
    #[error("layer '{layer}': operands {a:?} and {b:?} do not fit each other")]
    OperandShapes { layer: String, a: Shape, b: Shape },
    #[error(
        "layer '{layer}': {groups} groups do not divide {inputs} input and {outputs} output channels"
    )]
    Groups {
        layer: String,
        groups: usize,
        inputs: usize,
        outputs: usize,
    },
    #[error("layer '{layer}': {what} has {found} values, expected {expected}")]
    Count {
        layer: String,
        what: &'static str,
        found: usize,
        expected: usize,
    },
    #[error("layer '{layer}': weight {index} is -128, weights are -127 to 127")]
    Weight { layer: String, index: usize },
    #[error(
        "layer '{layer}': multiplier M = {m}, s = {s} is outside its range (M = 0 or 32768..65535, s = 8..55)"
    )]
    Multiplier { layer: String, m: u16, s: u8 },
    #[error("layer '{layer}': clamp [{lo}, {hi}] is empty")]
    Clamp { layer: String, lo: i8, hi: i8 },
    #[error(
        "layer '{layer}': zero {found} of an operand differs from the tensor's zero {expected}"
    )]
    Zero {
        layer: String,
        found: i8,
        expected: i8,
    },
    #[error(
        "layer '{layer}' ({op}): operands and result must have one scale and zero, tensors '{a}' and '{b}' differ"
    )]
    ScaleChanges {
        layer: String,
        op: &'static str,
        a: String,
        b: String,
    },
    #[error(
        "layer '{layer}': output channel {channel} may reach {bound} in the accumulator, the limit is 2^34 = {limit}\n  hint: split the layer, or use smaller weights or biases"
    )]
    Accumulator {
        layer: String,
        channel: usize,
        bound: u64,
        limit: i64,
    },
    #[error(
        "layer '{layer}': a pooling window lies entirely in the padding, at row or column {position}"
    )]
    EmptyWindow { layer: String, position: usize },
    #[error("layer '{layer}': no multiplier for the divisor {divisor}, which occurs")]
    Divisor { layer: String, divisor: usize },
    #[error("layer '{layer}': axis {found} of Concat is not 0, 1 or 2")]
    Axis { layer: String, found: usize },
    #[error(
        "layer '{layer}': the part {part:?} from {begin:?} on does not lie inside its operand {operand:?}"
    )]
    Slice {
        layer: String,
        begin: [usize; 3],
        part: Shape,
        operand: Shape,
    },
    #[error("layer '{layer}': {what}: {found}, expected {expected}")]
    Recurrent {
        layer: String,
        what: &'static str,
        found: usize,
        expected: &'static str,
    },
    #[error(
        "layer '{layer}': its result has scale {scale} and zero {zero}, a hidden state has scale 2^-7 (any with ReLU) and zero 0"
    )]
    HiddenScale { layer: String, scale: f64, zero: i8 },
    #[error("layer '{layer}': hidden state {found} of unit {unit} does not fit {bits} bits")]
    HiddenState {
        layer: String,
        unit: usize,
        found: i16,
        bits: u8,
    },
    #[error(
        "layer '{layer}': gate row {row} may reach {bound} in the accumulator of the {part} part, the limit is 2^34 = {limit}: \
         use smaller weights or fewer units"
    )]
    GateAccumulator {
        layer: String,
        part: &'static str,
        row: usize,
        bound: u64,
        limit: i64,
    },
    #[error("input {input}: layout {layout} does not fit the tensor")]
    InputLayout { input: usize, layout: String },
    #[error("{found} lists of host operations for {expected} outputs")]
    HostOps { found: usize, expected: usize },
    #[error("host operation {op} of output {output} does not fit the output")]
    HostOp { output: usize, op: String },
}

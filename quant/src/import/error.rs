//! Everything that can be wrong with a model file.

use crate::float::RunError;

/// Why a model was refused. Every message names the file, the place and what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ImportError {
    #[error("{file}: cannot be read: {source}\n  hint: give the path of an ONNX file")]
    Read {
        file: String,
        source: std::io::Error,
    },
    #[error(
        "{file}: not a valid ONNX file: {reason}\n  hint: the file is damaged, cut short or something else; export or copy it again"
    )]
    Malformed { file: String, reason: String },
    #[error("{file}: the model has no {what}\n  hint: export the complete model")]
    Incomplete { file: String, what: &'static str },
    #[error(
        "{file}: operator set version {found}, expected at least {expected}\n  hint: export the model with a newer opset"
    )]
    Opset {
        file: String,
        found: i64,
        expected: i64,
    },
    #[error(
        "{file}: node '{node}': operator {op} is not supported\n  hint: replace it or fold it away before export; supported are {supported}"
    )]
    UnsupportedOperator {
        file: String,
        node: String,
        op: String,
        supported: String,
    },
    #[error(
        "{file}: node {place}: attribute {attribute} is {found}, expected {expected}\n  hint: export the model again with a supported value"
    )]
    Attribute {
        file: String,
        /// Name and operator type of the node.
        place: String,
        attribute: String,
        found: Box<str>,
        expected: Box<str>,
    },
    #[error(
        "{file}: node '{node}' ({op}): tensor '{tensor}' is read, but no initializer, input or node provides it\n  hint: the export is incomplete, export the model again"
    )]
    MissingTensor {
        file: String,
        node: String,
        op: String,
        tensor: String,
    },
    #[error(
        "{file}: output '{tensor}' is not computed by any node\n  hint: the export is incomplete, export the model again"
    )]
    MissingOutput { file: String, tensor: String },
    #[error(
        "{file}: tensor '{tensor}' is defined twice\n  hint: names must be unique, export the model again"
    )]
    DuplicateTensor { file: String, tensor: String },
    #[error(
        "{file}: nodes {nodes} depend on each other in a cycle\n  hint: unroll the loop before export"
    )]
    Cycle { file: String, nodes: String },
    #[error(
        "{file}: tensor '{tensor}' is stored in another file\n  hint: save the model with its weights inside (onnx.save without external data)"
    )]
    ExternalData { file: String, tensor: String },
    #[error(
        "{file}: tensor '{tensor}' has element type {found}, which is not supported\n  hint: convert it to float32, float16, bfloat16, float64, bool or an integer type of 8 to 64 bits"
    )]
    TensorType {
        file: String,
        tensor: String,
        found: String,
    },
    #[error(
        "{file}: tensor '{tensor}' holds {found}, expected {expected}\n  hint: the file is damaged, export the model again"
    )]
    TensorData {
        file: String,
        tensor: String,
        found: String,
        expected: String,
    },
    #[error(
        "{file}: tensor '{tensor}' has shape {shape:?}, which is negative or larger than {limit} elements\n  hint: check the model's shapes"
    )]
    TensorSize {
        file: String,
        tensor: String,
        shape: Vec<i64>,
        limit: usize,
    },
    #[error(
        "{file}: tensor '{tensor}' contains {found} at element {index}\n  hint: weights must be finite; the training diverged or the file is damaged"
    )]
    NotFinite {
        file: String,
        tensor: String,
        found: f32,
        index: usize,
    },
    #[error("{file}: input '{input}' has {found}\n  hint: export the model with a fixed shape")]
    InputType {
        file: String,
        input: String,
        found: String,
    },
    #[error(
        "{file}: dimension {axis} of input '{input}' ({symbol}) is not fixed\n  hint: give its size with `--dim {key}=SIZE`, or export the model with a fixed shape"
    )]
    DynamicDimension {
        file: String,
        input: String,
        axis: usize,
        symbol: String,
        key: String,
    },
    #[error(
        "{file}: node '{node}' ({op}): input {index} ('{tensor}') decides a shape but depends on the data\n  hint: shapes must be static, fold it before export"
    )]
    DataDependentShape {
        file: String,
        node: String,
        op: &'static str,
        index: usize,
        tensor: String,
    },
    #[error(transparent)]
    Run(#[from] RunError),
}

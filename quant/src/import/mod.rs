//! Reads ONNX models into float graphs.
//!
//! The file is not trusted: its structure is checked before it is decoded (`wire`), sizes before they are
//! allocated, names before they are followed. What is not understood is refused by name; nothing is guessed.

mod attributes;
mod build;
mod constant;
mod dims;
mod error;
mod operators;
mod recurrent;
mod sort;
mod static_shapes;
mod supported;
mod tensor;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;

use rten_onnx::onnx::{ModelProto, TensorProto};
use rten_onnx::protobuf::{DecodeMessage, ValueReader};

pub use error::ImportError;
pub use supported::SUPPORTED;

use crate::float::{Graph, Value, passes};

/// What a model file leaves open.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportOptions {
    /// Value of the first dimension of an input where the file gives none.
    pub batch: usize,
    /// Values of other symbolic dimensions, by symbol or as `input.axis`.
    pub dims: BTreeMap<String, usize>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        ImportOptions {
            batch: 1,
            dims: BTreeMap::new(),
        }
    }
}

/// Imports an ONNX file: parsed, all shapes static, constants folded, simplified.
///
/// # Errors
/// One [`ImportError`] that names the file, the node or tensor, and the remedy.
pub fn import_file(path: &Path, options: &ImportOptions) -> Result<Graph, ImportError> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let bytes = std::fs::read(path).map_err(|source| ImportError::Read {
        file: path.display().to_string(),
        source,
    })?;
    import_bytes(&bytes, &name, options)
}

/// Like [`import_file`], from memory. `name` stands for the file in messages.
///
/// # Errors
/// As [`import_file`].
pub fn import_bytes(
    bytes: &[u8],
    name: &str,
    options: &ImportOptions,
) -> Result<Graph, ImportError> {
    let graph = parse_bytes(bytes, name, options)?;
    static_shapes::check_static(&graph)?;
    let graph = passes::simplify(graph)?;
    static_shapes::check_finite(&graph)?;
    Ok(graph)
}

/// The first half of [`import_bytes`]: the graph as written in the file, nothing folded. Only the shapes of
/// inputs and constants are known.
///
/// # Errors
/// As [`import_file`].
pub fn parse_bytes(
    bytes: &[u8],
    name: &str,
    options: &ImportOptions,
) -> Result<Graph, ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::Malformed {
            file: name.into(),
            reason: "it is empty".into(),
        });
    }
    wire::check(bytes, wire::Message::Model).map_err(|source| ImportError::Malformed {
        file: name.into(),
        reason: source.to_string(),
    })?;
    let model = ModelProto::decode(ValueReader::from_buf(bytes)).map_err(|source| {
        ImportError::Malformed {
            file: name.into(),
            reason: source.to_string(),
        }
    })?;
    build::build(model, name, options)
}

/// Decodes a file that holds a single tensor (a serialized `TensorProto`), as the ONNX node tests use.
///
/// # Errors
/// As [`import_file`].
pub fn tensor_from_bytes(bytes: &[u8], name: &str) -> Result<Value, ImportError> {
    let malformed = |reason: String| ImportError::Malformed {
        file: name.into(),
        reason,
    };
    wire::check(bytes, wire::Message::Tensor).map_err(|source| malformed(source.to_string()))?;
    let proto = TensorProto::decode(ValueReader::from_buf(bytes))
        .map_err(|source| malformed(source.to_string()))?;
    tensor::value(&proto, name, name)
}

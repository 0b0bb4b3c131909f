//! Why a file with an integer graph is refused.

use crate::integer::GraphError;

/// One kind of damage; `origin` names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum FileError {
    #[error("{origin}: cannot be read: {source}\n  hint: check the path")]
    Read {
        origin: String,
        source: std::io::Error,
    },
    #[error(
        "{origin}: cannot be written: {source}\n  hint: choose a folder that exists and may be written"
    )]
    Write {
        origin: String,
        source: std::io::Error,
    },
    #[error(
        "{origin}: not a quantized model (it does not begin with `SYSQ`)\n  hint: `systole quantize MODEL.onnx --calib CALIB.npz -o MODEL.sysq` makes one"
    )]
    Magic { origin: String },
    #[error(
        "{origin}: format version {found}, this command reads version {expected}\n  hint: quantize the model again"
    )]
    Version {
        origin: String,
        found: u32,
        expected: u32,
    },
    #[error(
        "{origin}: the file is cut off: {found} bytes, expected {expected}\n  hint: quantize the model again"
    )]
    Truncated {
        origin: String,
        found: usize,
        expected: usize,
    },
    #[error(
        "{origin}: {extra} bytes behind the end of the model\n  hint: quantize the model again"
    )]
    Trailing { origin: String, extra: usize },
    #[error(
        "{origin}: damaged, its checksum is {found:08x} instead of {expected:08x}\n  hint: quantize the model again"
    )]
    Checksum {
        origin: String,
        found: u32,
        expected: u32,
    },
    #[error("{origin}: the header cannot be read: {source}\n  hint: quantize the model again")]
    Header {
        origin: String,
        source: serde_json::Error,
    },
    #[error("{origin}: {what} is {found}, expected {expected}\n  hint: quantize the model again")]
    Value {
        origin: String,
        what: &'static str,
        found: usize,
        expected: usize,
    },
    #[error(
        "{origin}: the model in it is not possible: {source}\n  hint: quantize the model again"
    )]
    Graph {
        origin: String,
        source: Box<GraphError>,
    },
}

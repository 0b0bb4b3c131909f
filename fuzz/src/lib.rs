//! What the fuzz targets do with their bytes. The rule is the same for all: an error or a value, never a panic, a
//! hang or gigabytes; and what is accepted must keep the promises of the rest of the program.

pub mod integer;
pub mod line;
pub mod onnx;
pub mod program;
pub mod source;

#[path = "../../quant/tests/common/onnx_writer.rs"]
#[allow(dead_code, missing_docs)]
pub mod onnx_writer;

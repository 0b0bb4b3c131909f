//! Any operators on any tensors as an ONNX model.
#![no_main]

use systole_fuzz::{onnx, source::Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| onnx::check(&onnx::model(&mut Source(bytes))));

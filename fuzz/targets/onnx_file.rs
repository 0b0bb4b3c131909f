//! Any bytes as an ONNX model.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| systole_fuzz::onnx::check(bytes));

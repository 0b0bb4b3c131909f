//! From a trained model to an integer graph and its CPU reference.
//!
//! `import` reads ONNX into a float graph (`float`), `calibrate` watches it run on real data, and the
//! result is an integer graph (`integer`) whose every output bit is fixed by `docs/numerics.md`.

#![deny(unsafe_code)]

pub mod calibrate;
pub mod float;
pub mod import;
pub mod integer;
pub mod lower;
pub mod npz;
pub mod numerics;
pub mod quantize;
pub mod reference;

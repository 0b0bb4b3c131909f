//! Bad input from the command line: every file, model, configuration or option that is wrong gives one clear error.
//!
//! The snapshots are meant to be read: each shows commands and what they answer. [`Bench::refuses`] checks the manners
//! that all of them share: exit code 1, nothing on standard output, one error with a hint, nothing left behind.

#![allow(clippy::unwrap_used)]

mod bench;
mod chunks;
mod configurations;
mod data;
mod limits;
mod model_bytes;
mod models;
#[path = "../../../quant/tests/common/onnx_writer.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used)]
mod onnx_writer;
mod places;
mod products;

use bench::Bench;

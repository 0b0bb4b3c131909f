//! The stages that `run`, `quantize` and `demo` share: import, calibrate, quantize, compile, run, compare.

mod compare;
mod data;
mod devices;
mod feed;
mod outcome;
mod stages;

pub(crate) use data::TestData;
pub(crate) use devices::{DeviceKind, device};
pub(crate) use outcome::{Job, Outcome, Source, bytes_of, execute};
pub(crate) use stages::{import, quantize};

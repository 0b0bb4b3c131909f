//! Calibration and test data from NumPy `.npz` files.
//!
//! [`Npz`] reads every numeric array of a file, [`Dataset`] recognises the inputs, labels and reference outputs
//! among them, and [`Dataset::samples`] brings the inputs into the shape a model wants. Nothing about scale is guessed:
//! the caller says what the bytes mean ([`InputScale`]).

mod archive;
mod dataset;
mod error;
mod layout;
mod npy;
mod npy_header;
mod scale;

pub use archive::Npz;
pub use dataset::{Dataset, DatasetKeys};
pub use error::DataError;
pub use scale::InputScale;

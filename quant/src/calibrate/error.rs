//! Why calibration fails.

use thiserror::Error;

use crate::float::RunError;

/// What is wrong with the calibration data, or with the model on it.
#[derive(Debug, Clone, PartialEq, Error)]
#[allow(missing_docs)]
pub enum CalibrateError {
    #[error("{model}: there is no calibration data\n  hint: give at least one sample, better 100")]
    Empty { model: String },
    #[error(
        "{model}: calibration sample {sample} has {found} arrays, the model has {expected} inputs\n  hint: give one array for each input"
    )]
    InputCount {
        model: String,
        sample: usize,
        found: usize,
        expected: usize,
    },
    #[error(
        "{model}: calibration sample {sample} has shape {found:?}, input '{input}' needs {expected:?}\n  hint: provide data of that shape"
    )]
    Shape {
        model: String,
        input: String,
        sample: usize,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error(
        "{model}: calibration sample {sample} for input '{input}' contains NaN or an infinity\n  hint: clean the data"
    )]
    NotFinite {
        model: String,
        input: String,
        sample: usize,
    },
    #[error(
        "tensor '{tensor}' becomes NaN or infinite on calibration sample {sample}\n  hint: check the model and the input scale"
    )]
    Diverges { tensor: String, sample: usize },
    #[error(
        "input '{tensor}' is {value} in all calibration data\n  hint: give real data, or remove the input from the model"
    )]
    ConstantInput { tensor: String, value: f64 },
    #[error(transparent)]
    Run(#[from] RunError),
}

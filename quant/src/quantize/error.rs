//! Why a model cannot be quantized.

use thiserror::Error;

use crate::calibrate::CalibrateError;
use crate::integer::GraphError;
use crate::lower::LowerError;
use crate::numerics::NumericsError;
use crate::reference::ReferenceError;

/// The first thing that stands in the way of an integer graph.
#[derive(Debug, Error)]
pub enum QuantizeError {
    /// An operator has no counterpart on the accelerator.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// The calibration data do not fit.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// Scales that the integer arithmetic cannot express.
    #[error(
        "layer `{layer}`, output channel {channel}: {source}\n  hint: the ranges found in calibration do not fit each other; calibrate with more, or more typical, data"
    )]
    Numerics {
        /// Layer.
        layer: String,
        /// Output channel, or 0.
        channel: usize,
        /// What does not fit.
        source: NumericsError,
    },
    /// The finished graph breaks a rule of the integer graph, the accumulator proof among them.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The integer graph does not run.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The float graph does not run.
    #[error(transparent)]
    Run(#[from] crate::float::RunError),
}

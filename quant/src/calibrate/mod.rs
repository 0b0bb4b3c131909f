//! Watches the float graph on real data and decides the range of every activation tensor.
//!
//! Two passes: the first finds minimum, maximum and mean, the second (unless the range is simply minimum to maximum)
//! counts values in bins, from which percentile and least-error ranges are chosen. Integer counts and sums in a
//! fixed order make the result independent of the number of threads.

mod dataset;
mod error;
mod histogram;
pub(crate) mod observe;
mod range;

pub use dataset::Dataset;
pub use error::CalibrateError;
pub use histogram::Histogram;
pub use observe::Moments;
pub use range::{Range, Scale};

use crate::float::Graph;
use crate::lower::LoweredGraph;

/// How the range of an activation tensor is chosen.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// From the smallest to the largest value seen.
    MinMax,
    /// Without the outermost values: this percentage of them, at most 100, stays inside at each end.
    Percentile(f64),
    /// The range with the least mean squared error.
    Mse,
}

/// What calibration found out about one tensor of the lowered graph.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// The chosen range.
    pub range: Range,
    /// Smallest and largest value, mean of each element in rows, columns, channels.
    pub moments: Moments,
    /// If an LSTM makes the tensor: the largest magnitude of its cell state.
    pub cell: Option<f64>,
}

/// Runs the calibration data and chooses a range for each tensor of `lowered`. Inputs keep their full range.
///
/// # Errors
/// No data, data that does not fit the model, values that are not numbers, inputs that never change.
pub fn calibrate(
    graph: &Graph,
    lowered: &LoweredGraph,
    data: &Dataset,
    method: Method,
) -> Result<Vec<Statistics>, CalibrateError> {
    dataset::check(graph, data)?;
    let moments = observe::moments(graph, lowered, data)?;
    let full: Vec<Range> = moments.iter().map(|m| Range::new(m.min, m.max)).collect();
    for &id in &lowered.inputs {
        if moments[id].min == moments[id].max {
            let (tensor, value) = (lowered.tensors[id].name.clone(), moments[id].min);
            return Err(CalibrateError::ConstantInput { tensor, value });
        }
    }
    let mut ranges = full.clone();
    if method != Method::MinMax {
        let histograms = observe::histograms(graph, lowered, data, &full)?;
        ranges = histograms
            .iter()
            .map(|histogram| histogram.range(method))
            .collect();
    }
    for &id in &lowered.inputs {
        ranges[id] = full[id];
    }
    let cells = observe::cells(graph, lowered, data)?;
    let statistics = |((range, moments), cell)| Statistics {
        range,
        moments,
        cell,
    };
    let all = ranges.into_iter().zip(moments).zip(cells);
    Ok(all.map(statistics).collect())
}

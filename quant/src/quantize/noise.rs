//! Signal-to-noise of every layer: the integer graph against the float graph on the same data.

use rayon::prelude::*;

use super::QuantizeError;
use crate::calibrate::{Dataset, observe};
use crate::float::{Graph, Runner};
use crate::integer::IntGraph;
use crate::lower::LoweredGraph;
use crate::numerics::{dequantize_value, quantize_value};
use crate::reference::oracle;

/// Sums of squares of signal and error of one tensor.
#[derive(Debug, Clone, Copy, Default)]
struct Power {
    signal: f64,
    noise: f64,
}

/// Signal-to-noise ratio of each layer's output, decibels: `10 log10 (sum f^2 / sum (f - q)^2)` over the first
/// `samples` samples. `None` where there is neither signal nor noise.
pub(super) fn sqnr_db(
    model: &Graph,
    lowered: &LoweredGraph,
    graph: &IntGraph,
    data: &Dataset,
    samples: usize,
) -> Result<Vec<Option<f64>>, QuantizeError> {
    let (runner, watched) = (Runner::new(model), observe::watched(lowered));
    let orders: Vec<Vec<usize>> = lowered
        .tensors
        .iter()
        .map(|t| t.view.physical_indices(t.shape))
        .collect();
    let one = |sample: &Vec<ndarray::ArrayD<f32>>| -> Result<Vec<Power>, QuantizeError> {
        let values = oracle::run(graph, &integer_inputs(graph, sample))?;
        let mut powers = vec![Power::default(); values.len()];
        observe::run_sample(&runner, &watched, sample, &mut |id, float| {
            let tensor = &graph.tensors[id];
            for (&real, &at) in float.iter().zip(&orders[id]) {
                let integer = dequantize_value(values[id][at], tensor.scale, tensor.zero);
                powers[id].signal += f64::from(real).powi(2);
                powers[id].noise += (f64::from(real) - integer).powi(2);
            }
        })?;
        Ok(powers)
    };
    let parts = data
        .samples
        .par_iter()
        .take(samples)
        .map(one)
        .collect::<Result<Vec<_>, _>>()?;
    let mut total = vec![Power::default(); graph.tensors.len()];
    for part in parts {
        for (sum, power) in total.iter_mut().zip(part) {
            sum.signal += power.signal;
            sum.noise += power.noise;
        }
    }
    Ok(graph
        .layers
        .iter()
        .map(|layer| decibels(total[layer.output]))
        .collect())
}

/// A layer without any error counts as 200 dB.
fn decibels(power: Power) -> Option<f64> {
    if power.signal == 0.0 {
        return None;
    }
    Some(if power.noise == 0.0 {
        200.0
    } else {
        10.0 * (power.signal / power.noise).log10()
    })
}

fn integer_inputs(graph: &IntGraph, sample: &[ndarray::ArrayD<f32>]) -> Vec<Vec<i8>> {
    let inputs = graph.inputs.iter().zip(&graph.input_layouts).zip(sample);
    let bytes = inputs.map(|((&id, layout), values)| {
        let tensor = &graph.tensors[id];
        let quantized: Vec<i8> = values
            .iter()
            .map(|x| quantize_value(f64::from(*x), tensor.scale, tensor.zero))
            .collect();
        // A layout that does not fit gives no bytes, which the reference refuses by name.
        layout.arrange(&quantized).unwrap_or_default()
    });
    bytes.collect()
}

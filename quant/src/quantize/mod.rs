//! From a float graph and real data to the integer graph: every scale, weight, bias and table is fixed here.

mod conv;
mod error;
mod layers;
mod noise;
mod recurrent;
mod scales;

pub use error::QuantizeError;
pub use noise::OverTime;

use crate::calibrate::{Dataset, Method, Statistics, calibrate};
use crate::float::Graph;
use crate::integer::{IntGraph, IntTensor, Layer};
use crate::lower::{LoweredGraph, lower};

/// How to quantize.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How the ranges of activations are chosen.
    pub method: Method,
    /// Whether biases take back the mean shift that rounding the weights causes.
    pub correct_bias: bool,
    /// Bits of the hidden state that feeds the next step of a recurrent layer, 8 or 16.
    pub hidden_bits: u8,
    /// Calibration samples on which signal-to-noise is measured.
    pub noise_samples: usize,
    /// A layer below this signal-to-noise ratio gets a warning, decibels.
    pub warn_below_db: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            method: Method::Mse,
            correct_bias: true,
            hidden_bits: 8,
            noise_samples: 16,
            warn_below_db: 10.0,
        }
    }
}

/// An integer graph and how close it is to the float graph.
#[derive(Debug, Clone)]
pub struct Quantized {
    /// The integer graph, valid and with a proof that no accumulator wraps.
    pub graph: IntGraph,
    /// Signal-to-noise ratio of each layer, decibels.
    pub sqnr_db: Vec<Option<f64>>,
    /// Signal-to-noise ratio of each recurrent layer after every step, in the order of the layers.
    pub over_time: Vec<OverTime>,
    /// What the user should know: layers that lose a lot.
    pub warnings: Vec<String>,
}

/// Lowers, calibrates and quantizes `model` on `data`.
///
/// # Errors
/// [`QuantizeError`], naming the node, tensor, sample or layer.
pub fn quantize(
    model: &Graph,
    data: &Dataset,
    options: &Options,
) -> Result<Quantized, QuantizeError> {
    let lowered = lower(model)?;
    let statistics = calibrate(model, &lowered, data, options.method)?;
    let graph = integers(&lowered, &statistics, options)?;
    let (sqnr_db, over_time) =
        noise::measure(model, &lowered, &graph, data, options.noise_samples)?;
    let warnings = warnings(&graph, &sqnr_db, options.warn_below_db);
    Ok(Quantized {
        graph,
        sqnr_db,
        over_time,
        warnings,
    })
}

/// The integer graph of a lowered graph with known ranges.
///
/// # Errors
/// Scales that cannot be expressed, or a graph that breaks a rule (an accumulator that could wrap).
pub fn integers(
    lowered: &LoweredGraph,
    statistics: &[Statistics],
    options: &Options,
) -> Result<IntGraph, QuantizeError> {
    let scales = scales::scales(lowered, statistics);
    let context = layers::Context {
        lowered,
        statistics,
        scales: &scales,
        correct_bias: options.correct_bias,
        hidden_bits: options.hidden_bits,
    };
    let layer = |layer: &crate::lower::FloatLayer| {
        Ok(Layer {
            name: layer.name.clone(),
            op: context.layer(layer)?,
            inputs: layer.inputs.clone(),
            output: layer.output,
        })
    };
    let tensors = lowered
        .tensors
        .iter()
        .zip(&scales)
        .map(|(tensor, scale)| IntTensor {
            name: tensor.name.clone(),
            shape: tensor.shape,
            scale: scale.scale,
            zero: scale.zero,
        });
    let graph = IntGraph {
        name: lowered.name.clone(),
        tensors: tensors.collect(),
        layers: lowered
            .layers
            .iter()
            .map(layer)
            .collect::<Result<_, QuantizeError>>()?,
        inputs: lowered.inputs.clone(),
        input_layouts: lowered.input_layouts.clone(),
        outputs: lowered.outputs.clone(),
        host_ops: lowered.host_ops.clone(),
    };
    graph.validate()?;
    Ok(graph)
}

fn warnings(graph: &IntGraph, sqnr_db: &[Option<f64>], limit: f64) -> Vec<String> {
    let low = graph.layers.iter().zip(sqnr_db).filter_map(|(layer, db)| {
        let db = db.filter(|db| *db < limit)?;
        Some(format!(
            "layer `{}`: signal-to-noise is only {db:.1} dB; try another calibration method, or more typical calibration data",
            layer.name
        ))
    });
    low.collect()
}

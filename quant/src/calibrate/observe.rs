//! Runs the float graph and reduces every tensor to what calibration needs.

use std::collections::HashMap;

use ndarray::ArrayD;
use rayon::prelude::*;

use super::{CalibrateError, Dataset, Histogram, Range};
use crate::float::{self, Graph, Runner, Value};
use crate::integer::TensorId;
use crate::lower::{FloatOp, LoweredGraph};

/// Extremes and means of one tensor over all samples.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean of each element over all samples, in rows, columns, channels.
    pub mean: Vec<f64>,
}

/// Which tensors of the lowered graph stand for each float tensor.
pub(crate) type Watched = HashMap<float::TensorId, Vec<TensorId>>;

pub(crate) fn watched(lowered: &LoweredGraph) -> Watched {
    let mut watched = Watched::new();
    for (id, tensor) in lowered.tensors.iter().enumerate() {
        watched.entry(tensor.source).or_default().push(id);
    }
    watched
}

/// Runs one sample and hands out the tensors of the lowered graph as they are computed, in the float tensors' order.
pub(crate) fn run_sample(
    runner: &Runner<'_>,
    watched: &Watched,
    sample: &[ArrayD<f32>],
    observe: &mut dyn FnMut(TensorId, &ArrayD<f32>),
) -> Result<(), float::RunError> {
    let inputs: Vec<Value> = sample.iter().cloned().map(Value::Float).collect();
    runner.run_observed(&inputs, &mut |id, values| {
        for &tensor in watched.get(&id).into_iter().flatten() {
            observe(tensor, values);
        }
    })?;
    Ok(())
}

/// Samples whose statistics are held in memory at the same time.
const CHUNK: usize = 16;

pub(super) fn moments(
    graph: &Graph,
    lowered: &LoweredGraph,
    data: &Dataset,
) -> Result<Vec<Moments>, CalibrateError> {
    let (runner, watched) = (Runner::new(graph), watched(lowered));
    let indices: Vec<Vec<usize>> = lowered
        .tensors
        .iter()
        .map(|t| t.view.physical_indices(t.shape))
        .collect();
    let start = |t: &Vec<usize>| Moments {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        mean: vec![0.0; t.len()],
    };
    let mut total: Vec<Moments> = indices.iter().map(start).collect();
    for (chunk, samples) in data.samples.chunks(CHUNK).enumerate() {
        let one = |sample: &Vec<ArrayD<f32>>| -> Result<Vec<Option<ArrayD<f32>>>, float::RunError> {
            let mut tensors = vec![None; lowered.tensors.len()];
            run_sample(&runner, &watched, sample, &mut |id, values| {
                tensors[id] = Some(values.clone())
            })?;
            Ok(tensors)
        };
        let tensors = samples.par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
        let reduced =
            total
                .par_iter_mut()
                .zip(&indices)
                .enumerate()
                .map(|(id, (moments, order))| {
                    for (at, sample) in tensors.iter().enumerate() {
                        if let Some(values) = &sample[id] {
                            accumulate(moments, order, values).map_err(|()| {
                                CalibrateError::Diverges {
                                    tensor: lowered.tensors[id].name.clone(),
                                    sample: chunk * CHUNK + at,
                                }
                            })?;
                        }
                    }
                    Ok(())
                });
        reduced.collect::<Result<Vec<()>, CalibrateError>>()?;
    }
    for moments in &mut total {
        moments
            .mean
            .iter_mut()
            .for_each(|sum| *sum /= data.len() as f64);
    }
    Ok(total)
}

/// Adds one sample; refuses values that are not numbers.
fn accumulate(moments: &mut Moments, order: &[usize], values: &ArrayD<f32>) -> Result<(), ()> {
    for (&value, &at) in values.iter().zip(order) {
        let value = f64::from(value);
        if !value.is_finite() {
            return Err(());
        }
        moments.min = moments.min.min(value);
        moments.max = moments.max.max(value);
        moments.mean[at] += value;
    }
    Ok(())
}

pub(super) fn histograms(
    graph: &Graph,
    lowered: &LoweredGraph,
    data: &Dataset,
    full: &[Range],
) -> Result<Vec<Histogram>, CalibrateError> {
    let (runner, watched) = (Runner::new(graph), watched(lowered));
    let empty = || {
        full.iter()
            .map(|&range| Histogram::new(range))
            .collect::<Vec<_>>()
    };
    let add = |mut counts: Vec<Histogram>, sample: &Vec<ArrayD<f32>>| {
        run_sample(&runner, &watched, sample, &mut |id, values| {
            counts[id].add(values.iter().copied())
        })?;
        Ok::<_, CalibrateError>(counts)
    };
    let merge = |mut a: Vec<Histogram>, b: Vec<Histogram>| {
        a.iter_mut().zip(&b).for_each(|(a, b)| a.merge(b));
        Ok(a)
    };
    data.samples
        .par_iter()
        .try_fold(empty, add)
        .try_reduce(empty, merge)
}

/// For each tensor that an LSTM makes: the largest magnitude of its cell state, over all steps of all samples.
pub(super) fn cells(
    graph: &Graph,
    lowered: &LoweredGraph,
    data: &Dataset,
) -> Result<Vec<Option<f64>>, CalibrateError> {
    let mut sources: HashMap<float::TensorId, TensorId> = HashMap::new();
    for layer in &lowered.layers {
        if let FloatOp::Recurrent(op) = &layer.op {
            sources.extend(op.cells.map(|cells| (cells, layer.output)));
        }
    }
    let mut largest = vec![None; lowered.tensors.len()];
    if sources.is_empty() {
        return Ok(largest);
    }
    let runner = Runner::new(graph);
    let one = |sample: &Vec<ArrayD<f32>>| -> Result<Vec<(TensorId, f64)>, CalibrateError> {
        let inputs: Vec<Value> = sample.iter().cloned().map(Value::Float).collect();
        let mut found = Vec::new();
        runner.run_observed(&inputs, &mut |id, values| {
            if let Some(&tensor) = sources.get(&id) {
                let magnitude = |m: f64, v: &f32| m.max(f64::from(*v).abs());
                found.push((tensor, values.iter().fold(0.0, magnitude)));
            }
        })?;
        Ok(found)
    };
    let all = data
        .samples
        .par_iter()
        .map(one)
        .collect::<Result<Vec<_>, _>>()?;
    for (tensor, magnitude) in all.into_iter().flatten() {
        let so_far = largest[tensor].unwrap_or(0.0);
        largest[tensor] = Some(magnitude.max(so_far));
    }
    Ok(largest)
}

//! Weights, biases and multipliers of one convolution.

use super::QuantizeError;
use crate::calibrate::{Scale, Statistics};
use crate::integer::{Conv, Multiplier, Rescale, Shape};
use crate::lower::FloatConv;
use crate::numerics::{NumericsError, fold_bias, quantize_value};

/// Largest magnitude of a weight.
pub(super) const WEIGHT_LIMIT: f64 = 127.0;

/// A bias may use this much of the accumulator.
const BIAS_LIMIT: f64 = (1u64 << 32) as f64;

/// What surrounds a convolution.
pub(super) struct Surroundings<'a> {
    pub(super) name: &'a str,
    pub(super) x: Scale,
    pub(super) x_shape: Shape,
    pub(super) x_statistics: &'a Statistics,
    pub(super) y: Scale,
    pub(super) residual: Option<Scale>,
    pub(super) correct_bias: bool,
}

/// Integer form of a convolution (numerics, section 3).
pub(super) fn conv(op: &FloatConv, at: &Surroundings<'_>) -> Result<Conv, QuantizeError> {
    let per_channel = op.weights.len() / op.bias.len().max(1);
    let means = Means::new(op, at);
    let mut result = Conv {
        window: op.window,
        groups: op.groups,
        weights: Vec::with_capacity(op.weights.len()),
        bias: Vec::with_capacity(op.bias.len()),
        multipliers: Vec::with_capacity(op.bias.len()),
        clamp: op
            .clamp
            .map(|bound| quantize_value(bound, at.y.scale, at.y.zero)),
        residual: None,
    };
    for (channel, (weights, &bias)) in op
        .weights
        .chunks(per_channel.max(1))
        .zip(&op.bias)
        .enumerate()
    {
        let fail = |source: NumericsError| QuantizeError::Numerics {
            layer: at.name.into(),
            channel,
            source,
        };
        let scale = weight_scale(weights, bias, at.x.scale);
        let quantized = |w: &f32| {
            (f64::from(*w) / scale + 0.5)
                .floor()
                .clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT) as i8
        };
        let first = result.weights.len();
        result.weights.extend(weights.iter().map(quantized));
        let integers = &result.weights[first..];
        let shift = if at.correct_bias {
            means.shift(channel, weights, integers, scale)
        } else {
            0.0
        };
        result
            .bias
            .push(fold_bias(bias - shift, at.x.scale, scale, at.x.zero, integers).map_err(fail)?);
        result
            .multipliers
            .push(Multiplier::encode(at.x.scale * scale / at.y.scale).map_err(fail)?);
    }
    if let Some(residual) = at.residual {
        let fail = |source| QuantizeError::Numerics {
            layer: at.name.into(),
            channel: 0,
            source,
        };
        let multiplier = Multiplier::encode(residual.scale / at.y.scale).map_err(fail)?;
        result.residual = Some(Rescale {
            multiplier,
            zero: residual.zero,
        });
    }
    Ok(result)
}

/// One step of the weights of a channel: the largest weight becomes 127, unless the bias needs a coarser step.
pub(super) fn weight_scale(weights: &[f32], bias: f64, x_scale: f64) -> f64 {
    let largest = weights
        .iter()
        .fold(0.0f64, |m, w| m.max(f64::from(*w).abs()));
    let for_bias = bias.abs() / (x_scale * BIAS_LIMIT);
    let scale = (largest / WEIGHT_LIMIT).max(for_bias);
    if scale > f64::from(f32::MIN_POSITIVE) {
        scale
    } else {
        1.0
    }
}

/// Mean of the input under each weight, for bias correction: the rounding of the weights shifts the mean of the output
/// by `sum (w_q - w) * mean(x)`, which the bias takes back.
struct Means {
    /// In the order of the weights of one group and kernel position.
    mean: Vec<f64>,
    /// Elements under one kernel position of one group.
    depth: usize,
    /// Groups of output channels.
    per_group: usize,
    /// The kernel covers the image: every tap has its own mean.
    whole: bool,
}

impl Means {
    fn new(op: &FloatConv, at: &Surroundings<'_>) -> Self {
        let shape = at.x_shape;
        let whole =
            op.window.kernel == [shape.h, shape.w] && op.window.pads == [0; 4] && op.groups == 1;
        let elements = &at.x_statistics.moments.mean;
        let mut mean = elements.clone();
        if !whole {
            mean = vec![0.0; shape.c];
            for (index, value) in elements.iter().enumerate() {
                mean[index % shape.c] += value / (shape.h * shape.w) as f64;
            }
        }
        let groups = op.groups.max(1);
        Self {
            mean,
            depth: shape.c / groups,
            per_group: (op.bias.len() / groups).max(1),
            whole,
        }
    }

    fn shift(&self, channel: usize, weights: &[f32], integers: &[i8], scale: f64) -> f64 {
        let first = channel / self.per_group * self.depth;
        let mean = |index: usize| {
            let element = if self.whole {
                index
            } else {
                first + index % self.depth.max(1)
            };
            self.mean.get(element).copied().unwrap_or(0.0)
        };
        let error = |(w, q): (&f32, &i8)| f64::from(*q) * scale - f64::from(*w);
        weights
            .iter()
            .zip(integers)
            .map(error)
            .enumerate()
            .map(|(index, error)| error * mean(index))
            .sum()
    }
}

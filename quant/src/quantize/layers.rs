//! One layer of the lowered graph as integers.

use super::QuantizeError;
use super::conv::{Surroundings, conv};
use super::recurrent::{self, recurrent};
use crate::calibrate::{Scale, Statistics};
use crate::integer::{
    AveragePool, Concat, LayerOp, MaxPool, Multiplier, Pad, Rescale, average_divisors,
};
use crate::lower::{FloatLayer, FloatOp, Function, LoweredGraph};
use crate::numerics::{dequantize_value, quantize_value};

/// What the layers are made from.
pub(super) struct Context<'a> {
    pub(super) lowered: &'a LoweredGraph,
    pub(super) statistics: &'a [Statistics],
    pub(super) scales: &'a [Scale],
    pub(super) correct_bias: bool,
    pub(super) hidden_bits: u8,
}

impl Context<'_> {
    pub(super) fn layer(&self, layer: &FloatLayer) -> Result<LayerOp, QuantizeError> {
        let x = layer.inputs.first().copied().unwrap_or(layer.output);
        let (x_scale, y) = (self.scales[x], self.scales[layer.output]);
        let clamp = |bounds: &[f64; 2]| bounds.map(|bound| quantize_value(bound, y.scale, y.zero));
        Ok(match &layer.op {
            FloatOp::Conv(op) => LayerOp::Conv(conv(
                op,
                &Surroundings {
                    name: &layer.name,
                    x: x_scale,
                    x_shape: self.lowered.tensors[x].shape,
                    x_statistics: &self.statistics[x],
                    y,
                    residual: layer.inputs.get(1).map(|&residual| self.scales[residual]),
                    correct_bias: self.correct_bias,
                },
            )?),
            FloatOp::MaxPool(window) => LayerOp::MaxPool(MaxPool { window: *window }),
            FloatOp::AveragePool {
                window,
                count_include_pad,
                clamp: bounds,
            } => {
                let input = self.lowered.tensors[x].shape;
                let divisors = average_divisors(window, input, *count_include_pad);
                let multiplier =
                    |n: usize| Ok((n, self.ratio(layer, x_scale.scale, y.scale * n as f64)?));
                LayerOp::AveragePool(AveragePool {
                    window: *window,
                    count_include_pad: *count_include_pad,
                    multipliers: divisors
                        .into_iter()
                        .map(multiplier)
                        .collect::<Result<_, QuantizeError>>()?,
                    clamp: clamp(bounds),
                })
            }
            FloatOp::Add { clamp: bounds } => {
                let b = self.scales[layer.inputs.get(1).copied().unwrap_or(x)];
                let rescale = [self.rescale(layer, x_scale, y)?, self.rescale(layer, b, y)?];
                LayerOp::Add {
                    rescale,
                    clamp: clamp(bounds),
                }
            }
            FloatOp::Concat { axis } => LayerOp::Concat(Concat { axis: *axis }),
            FloatOp::Pad { pads, value } => LayerOp::Pad(Pad {
                pads: *pads,
                value: quantize_value(*value, y.scale, y.zero),
            }),
            FloatOp::Function(function) => LayerOp::Table(table(*function, x_scale, y)),
            FloatOp::Reshape => LayerOp::Reshape,
            FloatOp::Slice { begin } => LayerOp::Slice { begin: *begin },
            FloatOp::Recurrent(op) => LayerOp::Recurrent(recurrent(
                op,
                &recurrent::Surroundings {
                    name: &layer.name,
                    x: x_scale,
                    x_shape: self.lowered.tensors[x].shape,
                    x_mean: &self.statistics[x].moments.mean,
                    y,
                    y_statistics: &self.statistics[layer.output],
                    correct_bias: self.correct_bias,
                    hidden_bits: self.hidden_bits,
                },
            )?),
        })
    }

    fn rescale(
        &self,
        layer: &FloatLayer,
        from: Scale,
        to: Scale,
    ) -> Result<Rescale, QuantizeError> {
        Ok(Rescale {
            multiplier: self.ratio(layer, from.scale, to.scale)?,
            zero: from.zero,
        })
    }

    fn ratio(&self, layer: &FloatLayer, from: f64, to: f64) -> Result<Multiplier, QuantizeError> {
        Multiplier::encode(from / to).map_err(|source| QuantizeError::Numerics {
            layer: layer.name.clone(),
            channel: 0,
            source,
        })
    }
}

/// `y = f(x)` for each of the 256 values of `x` (numerics, section 5).
fn table(function: Function, x: Scale, y: Scale) -> Vec<i8> {
    let entry = |q: i8| {
        quantize_value(
            function.apply(dequantize_value(q, x.scale, x.zero)),
            y.scale,
            y.zero,
        )
    };
    (i8::MIN..=i8::MAX).map(entry).collect()
}

//! Depthwise convolution: channels do not mix, so plain loops over all channels at once.

use super::Operand;
use super::conv::BLOCK;
use super::finish::Finish;
use super::image::Image;
use crate::integer::{Conv, IntTensor};

/// Weights in the order tap, channel.
pub(super) struct Depthwise {
    weights: Vec<f32>,
    finish: Finish,
}

impl Depthwise {
    /// `None` if the convolution mixes channels, or its sums might not be exact.
    pub(super) fn new(op: &Conv, x: &IntTensor, y: &IntTensor) -> Option<Self> {
        let (channels, taps) = (x.shape.c, op.window.kernel[0] * op.window.kernel[1]);
        if op.groups != channels || y.shape.c != channels || taps > BLOCK {
            return None;
        }
        let weight = |at: usize| f32::from(op.weights[at % channels * taps + at / channels]);
        Some(Self {
            weights: (0..taps * channels).map(weight).collect(),
            finish: Finish::new(op, y),
        })
    }

    pub(super) fn run(
        &self,
        op: &Conv,
        x: Operand<'_>,
        residual: Option<Operand<'_>>,
        y: &IntTensor,
    ) -> Vec<i8> {
        let (image, channels) = (Image::new(x, &op.window), y.shape.c);
        let (mut sums, mut totals) = (vec![0f32; channels], vec![0f64; channels]);
        let mut result = vec![0; y.shape.elements()];
        for (at, pixel) in result.chunks_exact_mut(channels).enumerate() {
            sums.fill(0.0);
            for (tap, weights) in self.weights.chunks_exact(channels).enumerate() {
                let tap = [tap / op.window.kernel[1], tap % op.window.kernel[1]];
                let start = image.at(&op.window, [at / y.shape.w, at % y.shape.w], tap);
                let values = &image.values[start..start + channels];
                for ((sum, w), x) in sums.iter_mut().zip(weights).zip(values) {
                    *sum += w * x;
                }
            }
            for (total, &sum) in totals.iter_mut().zip(&sums) {
                *total = f64::from(sum);
            }
            let r = residual.map(|r| &r.values[at * channels..(at + 1) * channels]);
            self.finish.run(0, &totals, r, pixel);
        }
        result
    }
}

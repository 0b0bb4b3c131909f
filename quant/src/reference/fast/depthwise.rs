//! Depthwise convolution: channels do not mix, so plain loops over all channels at once.

use super::Operand;
use super::finish::Finish;
use super::image::{Geometry, Image};
use super::lanes::{Instructions, LANES, Lanes, Sums, Task};
use super::products::{BLOCK, SIGN};
use crate::integer::{Conv, IntTensor};

/// A convolution of each channel by itself.
pub(super) struct Depthwise {
    /// In the order tap, channel.
    weights: Vec<i16>,
    /// `-128 * sum(w)` of each channel, as bytes are read as `x + 128`.
    starts: Vec<Sums>,
    finish: Finish,
    positions: Vec<usize>,
    taps: Vec<usize>,
}

impl Depthwise {
    /// `None` if the convolution mixes channels, or its sums might not be exact.
    pub(super) fn new(op: &Conv, x: &IntTensor, y: &IntTensor) -> Option<Self> {
        let (channels, taps) = (x.shape.c, op.window.kernel[0] * op.window.kernel[1]);
        if op.groups != channels || y.shape.c != channels || taps > BLOCK {
            return None;
        }
        let mut starts = vec![[0; LANES]; channels.div_ceil(LANES)];
        let weights = op.weights.chunks_exact(taps);
        for (start, weights) in starts.as_flattened_mut().iter_mut().zip(weights) {
            let sum: i32 = weights.iter().map(|&w| i32::from(w)).sum();
            *start = -i32::from(SIGN) * sum;
        }
        let weight = |at: usize| i16::from(op.weights[at % channels * taps + at / channels]);
        let geometry = Geometry::new(x.shape, &op.window);
        Some(Self {
            weights: (0..taps * channels).map(weight).collect(),
            starts,
            finish: Finish::new(op, y, 0, channels),
            positions: geometry.positions(&op.window, y.shape),
            taps: geometry.taps(&op.window),
        })
    }

    pub(super) fn run(
        &self,
        op: &Conv,
        x: Operand<'_>,
        residual: Option<Operand<'_>>,
        y: &IntTensor,
        instructions: Instructions,
    ) -> Vec<i8> {
        let mut result = vec![0; y.shape.elements()];
        instructions.run(Whole {
            depthwise: self,
            image: &Image::new(x, &op.window),
            channels: y.shape.c,
            residual: residual.map(|r| r.values),
            result: &mut result,
        });
        result
    }
}

struct Whole<'a> {
    depthwise: &'a Depthwise,
    image: &'a Image,
    channels: usize,
    residual: Option<&'a [i8]>,
    result: &'a mut [i8],
}

impl Task for Whole<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (all, channels) = (self.depthwise, self.channels);
        let mut sums = all.starts.clone();
        for (at, pixel) in self.result.chunks_exact_mut(channels).enumerate() {
            sums.copy_from_slice(&all.starts);
            for (tap, weights) in all.taps.iter().zip(all.weights.chunks_exact(channels)) {
                let start = all.positions[at] + tap;
                let bytes = &self.image.bytes[start..start + channels];
                let sums = sums.as_flattened_mut().iter_mut();
                for ((sum, w), &x) in sums.zip(weights).zip(bytes) {
                    // Below 2^15: 16 bits are enough, and twice as many fit a vector.
                    *sum += i32::from(w * i16::from(x));
                }
            }
            for (panel, (sums, y)) in sums.iter().zip(pixel.chunks_mut(LANES)).enumerate() {
                let start = at * channels + panel * LANES;
                let mut r = [0; LANES];
                if let Some(residual) = self.residual {
                    r[..y.len()].copy_from_slice(&residual[start..start + y.len()]);
                }
                let bytes = all.finish.run(lanes, panel, &[*sums], &r);
                y.copy_from_slice(&bytes[..y.len()]);
            }
        }
    }
}

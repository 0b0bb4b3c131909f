//! Convolution and fully connected layers (numerics, section 3): products where the pixels lie, then bytes.

use rayon::prelude::*;

use super::Operand;
use super::finish::Finish;
use super::image::{Geometry, Image};
use super::lanes::{Instructions, LANES, Lanes, Task};
use super::products::{BLOCK, Pixels, Products};
use crate::integer::{Conv, IntTensor};

/// Sums that are computed before they become bytes: they stay in the first cache.
const TOGETHER: usize = 128;

/// A convolution with its weights in the order in which they are read.
pub(super) struct Dense {
    groups: Vec<Group>,
    /// Input channels of a group.
    depth: usize,
    /// Where the window begins for each pixel of the result.
    positions: Vec<usize>,
    /// Where each run begins, from there.
    runs: Vec<usize>,
}

struct Group {
    products: Products,
    finish: Finish,
    /// Its channels of the result.
    first: usize,
    outputs: usize,
}

impl Dense {
    pub(super) fn new(op: &Conv, x: &IntTensor, y: &IntTensor) -> Self {
        let (depth, outputs) = (x.shape.c / op.groups, y.shape.c / op.groups);
        let geometry = Geometry::new(x.shape, &op.window);
        let taps = geometry.taps(&op.window);
        let joined = joined_taps(op, geometry, depth);
        let weights = op.weights.chunks_exact(taps.len() * depth * outputs);
        let group = |(group, weights): (usize, &[i8])| Group {
            products: Products::new(weights, outputs, joined * depth),
            finish: Finish::new(op, y, group * outputs, outputs),
            first: group * outputs,
            outputs,
        };
        Self {
            groups: weights.enumerate().map(group).collect(),
            depth,
            positions: geometry.positions(&op.window, y.shape),
            runs: taps.into_iter().step_by(joined).collect(),
        }
    }

    pub(super) fn run(
        &self,
        op: &Conv,
        x: Operand<'_>,
        residual: Option<Operand<'_>>,
        y: &IntTensor,
        instructions: Instructions,
        parallel: bool,
    ) -> Vec<i8> {
        let image = Image::new(x, &op.window);
        let mut result = vec![0; y.shape.elements()];
        let (pixels, channels) = (self.positions.len(), y.shape.c);
        let part = if parallel {
            pixels.div_ceil(2 * rayon::current_num_threads())
        } else {
            pixels
        };
        let pixels = |(n, result): (usize, &mut [i8])| {
            let (first, count) = (n * part, result.len() / channels);
            let range = first * channels..(first + count) * channels;
            instructions.run(Part {
                dense: self,
                image: &image,
                positions: &self.positions[first..first + count],
                channels,
                residual: residual.map(|r| &r.values[range]),
                result,
            });
        };
        if parallel {
            let parts = result.par_chunks_mut(part * channels);
            parts.enumerate().for_each(pixels);
        } else {
            pixels((0, &mut result));
        }
        result
    }
}

/// Taps that lie in one piece, of all that there are: a whole window, a row of it, or one.
fn joined_taps(op: &Conv, geometry: Geometry, depth: usize) -> usize {
    let ([rows, columns], [down, right]) = (op.window.kernel, op.window.dilation);
    let row = op.groups == 1 && (right == 1 || columns == 1);
    let window = row && columns == geometry.width && (down == 1 || rows == 1);
    let fits = |taps: usize| taps * depth <= BLOCK;
    match (window, row) {
        (true, _) if fits(rows * columns) => rows * columns,
        (_, true) if fits(columns) => columns,
        _ => 1,
    }
}

/// Some pixels of the result.
struct Part<'a> {
    dense: &'a Dense,
    image: &'a Image,
    positions: &'a [usize],
    channels: usize,
    residual: Option<&'a [i8]>,
    result: &'a mut [i8],
}

impl Task for Part<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let largest = self.dense.groups.iter().map(|group| group.products.sums());
        let together = (TOGETHER / largest.max().unwrap_or(1)).max(1);
        let together = together.next_multiple_of(8);
        let mut sums = Vec::new();
        let results = self.result.chunks_mut(together * self.channels);
        for (n, (starts, result)) in self.positions.chunks(together).zip(results).enumerate() {
            let first = n * together * self.channels;
            let residual = self.residual.map(|r| &r[first..first + result.len()]);
            for (group, at) in self.dense.groups.iter().zip(0..) {
                let pixels = Pixels {
                    bytes: &self.image.bytes[at * self.dense.depth..],
                    starts,
                    runs: &self.dense.runs,
                };
                sums.resize(starts.len() * group.products.sums(), [0; LANES]);
                group.products.multiply(lanes, pixels, &mut sums);
                group.bytes(lanes, &sums, residual, result, self.channels);
            }
        }
    }
}

impl Group {
    /// Sums of some pixels become bytes.
    #[inline(always)]
    fn bytes<L: Lanes>(
        &self,
        lanes: L,
        sums: &[[i32; LANES]],
        residual: Option<&[i8]>,
        result: &mut [i8],
        channels: usize,
    ) {
        let pixels = sums.chunks_exact(self.products.sums());
        for (pixel, sums) in pixels.enumerate() {
            let first = pixel * channels + self.first;
            let panels = sums.chunks_exact(self.products.blocks());
            for (panel, blocks) in panels.enumerate() {
                let start = first + panel * LANES;
                let range = start..(first + self.outputs).min(start + LANES);
                let mut r = [0; LANES];
                if let Some(residual) = residual {
                    copy(&residual[range.clone()], &mut r);
                }
                let bytes = self.finish.run(lanes, panel, blocks, &r);
                let length = range.len();
                copy(&bytes[..length], &mut result[range]);
            }
        }
    }
}

/// Copies a panel, or the part of it that there is.
#[inline(always)]
fn copy(from: &[i8], to: &mut [i8]) {
    match (from.first_chunk::<LANES>(), to.first_chunk_mut::<LANES>()) {
        (Some(from), Some(to)) => *to = *from,
        _ => to[..from.len()].copy_from_slice(from),
    }
}

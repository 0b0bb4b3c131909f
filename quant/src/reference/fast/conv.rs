//! Convolution and fully connected layers as matrix products (numerics, section 3).
//!
//! A product of an activation and a weight is at most `128 * 127 < 2^14`. A sum of [`BLOCK`] of them is an integer of
//! at most `2^24`, as is every partial sum in whatever order: all of them are exact in f32. Longer sums are cut into
//! blocks, which are added in f64, exact as well.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;

use super::Operand;
use super::finish::Finish;
use super::image::Image;
use crate::integer::{Conv, IntTensor, Window};

/// Products whose sum is exact in f32.
pub(super) const BLOCK: usize = 1 << 10;
/// Numbers of the image that are gathered at once: they stay in the first caches.
const GATHERED: usize = 1 << 15;

/// Weights of each group as a matrix: products by output channels.
pub(super) struct Dense {
    groups: Vec<Array2<f32>>,
    finish: Finish,
    /// Pixels of the result that are computed together.
    pixels: usize,
}

/// Buffers of one thread.
struct Buffers {
    /// One row for each pixel: everything under its window.
    gathered: Vec<f32>,
    /// Sum of one block of products.
    partial: Vec<f32>,
    sums: Vec<f64>,
}

impl Dense {
    pub(super) fn new(op: &Conv, x: &IntTensor, y: &IntTensor) -> Self {
        let products = op.window.kernel[0] * op.window.kernel[1] * x.shape.c / op.groups;
        let outputs = y.shape.c / op.groups;
        let group = |weights: &[i8]| {
            Array2::from_shape_fn((products, outputs), |(k, o)| {
                f32::from(weights[o * products + k])
            })
        };
        let groups = op.weights.chunks_exact(products * outputs).map(group);
        Self {
            groups: groups.collect(),
            finish: Finish::new(op, y),
            pixels: (GATHERED / products).clamp(8, 256),
        }
    }

    pub(super) fn run(
        &self,
        op: &Conv,
        x: Operand<'_>,
        residual: Option<Operand<'_>>,
        y: &IntTensor,
        parallel: bool,
    ) -> Vec<i8> {
        let image = Image::new(x, &op.window);
        let mut result = vec![0; y.shape.elements()];
        let shared = if parallel {
            y.shape.h * y.shape.w / (2 * rayon::current_num_threads())
        } else {
            self.pixels
        };
        let pixels = shared.clamp(1, self.pixels);
        let bytes = pixels * y.shape.c;
        let block = |buffers: &mut Buffers, (n, result): (usize, &mut [i8])| {
            let r = residual.map(|r| &r.values[n * bytes..n * bytes + result.len()]);
            self.block(op, &image, y, n * pixels, r, result, buffers);
        };
        if parallel {
            let blocks = result.par_chunks_mut(bytes).enumerate();
            blocks.for_each_init(|| self.buffers(), block);
        } else {
            let mut buffers = self.buffers();
            for (n, part) in result.chunks_mut(bytes).enumerate() {
                block(&mut buffers, (n, part));
            }
        }
        result
    }

    fn buffers(&self) -> Buffers {
        let (products, outputs) = self.groups.first().map_or((0, 0), Array2::dim);
        Buffers {
            gathered: vec![0.0; self.pixels * products],
            partial: vec![0.0; self.pixels * outputs],
            sums: vec![0.0; self.pixels * outputs],
        }
    }

    /// The pixels from `first` on, as many as `result` holds.
    #[allow(clippy::too_many_arguments)]
    fn block(
        &self,
        op: &Conv,
        image: &Image,
        y: &IntTensor,
        first: usize,
        residual: Option<&[i8]>,
        result: &mut [i8],
        buffers: &mut Buffers,
    ) {
        let (channels, pixels) = (y.shape.c, result.len() / y.shape.c);
        // The image is the matrix: every pixel of the result reads the pixel in its place, and nothing else.
        let pointwise = op.window == Window::ONE && op.groups == 1;
        for (group, weights) in self.groups.iter().enumerate() {
            let (products, outputs) = weights.dim();
            let gathered = if pointwise {
                &image.values[first * products..(first + pixels) * products]
            } else {
                let gathered = &mut buffers.gathered[..pixels * products];
                for (at, row) in gathered.chunks_exact_mut(products).enumerate() {
                    let at = first + at;
                    gather(op, image, group, [at / y.shape.w, at % y.shape.w], row);
                }
                &*gathered
            };
            let partial = &mut buffers.partial[..pixels * outputs];
            let sums = &mut buffers.sums[..pixels * outputs];
            multiply(gathered, weights, partial, sums);
            let start = group * outputs;
            let rows = sums.chunks_exact(outputs);
            for ((at, sums), pixel) in rows.enumerate().zip(result.chunks_exact_mut(channels)) {
                let range = start..start + outputs;
                let r = residual.map(|r| &r[at * channels..][range.clone()]);
                self.finish.run(start, sums, r, &mut pixel[range]);
            }
        }
    }
}

/// Everything under the window at one position, in the order of the weights.
fn gather(op: &Conv, image: &Image, group: usize, position: [usize; 2], row: &mut [f32]) {
    let [rows, columns] = op.window.kernel;
    let depth = image.channels / op.groups;
    let contiguous = op.groups == 1 && (op.window.dilation[1] == 1 || columns == 1);
    let (taps, length) = if contiguous {
        (1, columns * depth)
    } else {
        (columns, depth)
    };
    let mut runs = row.chunks_exact_mut(length);
    for ky in 0..rows {
        for (kx, run) in (0..taps).zip(&mut runs) {
            let start = image.at(&op.window, position, [ky, kx]) + group * depth;
            run.copy_from_slice(&image.values[start..start + length]);
        }
    }
}

/// `sums = gathered * weights`, block by block; all matrices are dense and row-major.
pub(super) fn multiply(
    gathered: &[f32],
    weights: &Array2<f32>,
    partial: &mut [f32],
    sums: &mut [f64],
) {
    let (products, outputs) = weights.dim();
    let pixels = sums.len() / outputs;
    sums.fill(0.0);
    let Ok(gathered) = ArrayView2::from_shape((pixels, products), gathered) else {
        return;
    };
    for start in (0..products).step_by(BLOCK) {
        let range = start..products.min(start + BLOCK);
        let Ok(mut product) = ArrayViewMut2::from_shape((pixels, outputs), &mut *partial) else {
            return;
        };
        let (a, b) = (
            gathered.slice(s![.., range.clone()]),
            weights.slice(s![range, ..]),
        );
        general_mat_mul(1.0, &a, &b, 0.0, &mut product);
        for (sum, &part) in sums.iter_mut().zip(partial.iter()) {
            *sum += f64::from(part);
        }
    }
}

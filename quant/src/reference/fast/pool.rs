//! Pooling, all channels of a pixel at once (numerics, section 5).

use super::Operand;
use crate::integer::{AveragePool, IntTensor, Window};
use crate::numerics::{GUARD_8, requantize, scale};

pub(super) fn max_pool(window: &Window, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let mut result = vec![i8::MIN; y.shape.elements()];
    slide(window, x, y, &mut result, |inside, largest| {
        for pixel in inside {
            for (largest, &q) in largest.iter_mut().zip(pixel) {
                *largest = q.max(*largest);
            }
        }
    });
    result
}

pub(super) fn average_pool(op: &AveragePool, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let kernel_size = op.window.kernel[0] * op.window.kernel[1];
    let mut sums = vec![0i64; y.shape.c];
    let mut result = vec![0; y.shape.elements()];
    slide(&op.window, x, y, &mut result, |inside, mean| {
        let mut count = 0i64;
        sums.fill(0);
        for pixel in inside {
            count += 1;
            for (sum, &q) in sums.iter_mut().zip(pixel) {
                *sum += i64::from(q);
            }
        }
        let divisor = if op.count_include_pad {
            kernel_size
        } else {
            count as usize
        };
        let found = op.multipliers.iter().find(|(n, _)| *n == divisor);
        let offset = count * i64::from(x.tensor.zero);
        for (mean, sum) in mean.iter_mut().zip(&sums) {
            let u = found.map_or(0, |&(_, multiplier)| {
                scale(sum - offset, multiplier, GUARD_8)
            });
            *mean = requantize(u, y.zero, op.clamp);
        }
    });
    result
}

/// Hands the pixels under each window that lie inside the image to `reduce`, with the pixel of the result.
fn slide(
    window: &Window,
    x: Operand<'_>,
    y: &IntTensor,
    result: &mut [i8],
    mut reduce: impl FnMut(&mut dyn Iterator<Item = &[i8]>, &mut [i8]),
) {
    let shape = x.tensor.shape;
    for (at, pixel) in result.chunks_exact_mut(y.shape.c).enumerate() {
        let (oy, ox) = (at / y.shape.w, at % y.shape.w);
        let rows = (0..window.kernel[0]).filter_map(|ky| window.source(0, oy, ky, shape.h));
        let mut inside = rows.flat_map(|iy| {
            let columns = (0..window.kernel[1]).filter_map(|kx| window.source(1, ox, kx, shape.w));
            columns.map(move |ix| {
                let start = shape.index(iy, ix, 0);
                &x.values[start..start + shape.c]
            })
        });
        reduce(&mut inside, pixel);
    }
}

//! Pooling over the elements inside the image (numerics, section 5).

use super::Operand;
use crate::integer::{AveragePool, IntTensor, MaxPool, Window};
use crate::numerics::{GUARD_8, requantize, scale};

pub(super) fn max_pool(op: &MaxPool, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let largest = |inside: &[i8]| inside.iter().copied().max().unwrap_or(i8::MIN);
    slide(&op.window, x, y, largest)
}

pub(super) fn average_pool(op: &AveragePool, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let kernel_size = op.window.kernel[0] * op.window.kernel[1];
    slide(&op.window, x, y, |inside| {
        let sum: i64 = inside
            .iter()
            .map(|&q| i64::from(q) - i64::from(x.tensor.zero))
            .sum();
        let divisor = if op.count_include_pad {
            kernel_size
        } else {
            inside.len()
        };
        let found = op.multipliers.iter().find(|(n, _)| *n == divisor);
        let u = found.map_or(0, |&(_, multiplier)| scale(sum, multiplier, GUARD_8));
        requantize(u, y.zero, op.clamp)
    })
}

/// Collects the elements of each window that lie inside the image and reduces them.
fn slide(window: &Window, x: Operand<'_>, y: &IntTensor, reduce: impl Fn(&[i8]) -> i8) -> Vec<i8> {
    let shape = x.tensor.shape;
    let mut result = vec![0; y.shape.elements()];
    for oy in 0..y.shape.h {
        for ox in 0..y.shape.w {
            for c in 0..y.shape.c {
                let mut inside = Vec::new();
                for iy in (0..window.kernel[0]).filter_map(|ky| window.source(0, oy, ky, shape.h)) {
                    for ix in
                        (0..window.kernel[1]).filter_map(|kx| window.source(1, ox, kx, shape.w))
                    {
                        inside.push(x.values[shape.index(iy, ix, c)]);
                    }
                }
                result[y.shape.index(oy, ox, c)] = reduce(&inside);
            }
        }
    }
    result
}

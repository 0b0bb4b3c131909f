//! Convolution, depthwise convolution and fully connected layers (numerics, section 3).

use super::Operand;
use crate::integer::{Conv, IntTensor};
use crate::numerics::{GUARD_8, requantize, rescale, scale};

pub(super) fn conv(
    op: &Conv,
    x: Operand<'_>,
    residual: Option<Operand<'_>>,
    y: &IntTensor,
) -> Vec<i8> {
    let mut result = vec![0; y.shape.elements()];
    for oy in 0..y.shape.h {
        for ox in 0..y.shape.w {
            for o in 0..y.shape.c {
                let at = y.shape.index(oy, ox, o);
                let u = scale(
                    accumulate(op, x, [oy, ox, o], y.shape.c),
                    op.multipliers[o],
                    GUARD_8,
                );
                let v = match (op.residual, residual) {
                    (Some(by), Some(r)) => rescale(r.values[at], by),
                    _ => 0,
                };
                result[at] = requantize(u + v, y.zero, op.clamp);
            }
        }
    }
    result
}

/// `bias'[o] + sum(w * x)` where the padding holds the zero point of `x`.
fn accumulate(op: &Conv, x: Operand<'_>, [oy, ox, o]: [usize; 3], outputs: usize) -> i64 {
    let shape = x.tensor.shape;
    let [kernel_h, kernel_w] = op.window.kernel;
    let depth = shape.c / op.groups;
    let first = o / (outputs / op.groups) * depth;
    let mut acc = op.bias[o];
    for ky in 0..kernel_h {
        for kx in 0..kernel_w {
            let iy = op.window.source(0, oy, ky, shape.h);
            let ix = op.window.source(1, ox, kx, shape.w);
            for i in 0..depth {
                let q = match (iy, ix) {
                    (Some(iy), Some(ix)) => x.values[shape.index(iy, ix, first + i)],
                    _ => x.tensor.zero,
                };
                let w = op.weights[((o * kernel_h + ky) * kernel_w + kx) * depth + i];
                acc += i64::from(w) * i64::from(q);
            }
        }
    }
    acc
}

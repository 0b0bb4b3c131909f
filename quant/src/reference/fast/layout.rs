//! Operators that move bytes, in runs as long as they can be.

use super::Operand;
use crate::integer::{IntTensor, Pad};

/// Axis 0 joins whole images, axis 1 rows, axis 2 pixels: each operand gives one run of each in turn.
pub(super) fn concat(axis: usize, operands: &[Operand<'_>], y: &IntTensor) -> Vec<i8> {
    let run = |operand: &Operand<'_>| {
        let shape = operand.tensor.shape;
        [shape.elements(), shape.w * shape.c, shape.c][axis]
    };
    let mut rest: Vec<_> = operands
        .iter()
        .map(|operand| operand.values.chunks_exact(run(operand)))
        .collect();
    let mut result = Vec::with_capacity(y.shape.elements());
    while result.len() < y.shape.elements() {
        for run in rest.iter_mut().filter_map(Iterator::next) {
            result.extend_from_slice(run);
        }
    }
    result
}

pub(super) fn pad(op: &Pad, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let row = x.tensor.shape.w * x.tensor.shape.c;
    let mut result = vec![op.value; y.shape.elements()];
    for (at, values) in x.values.chunks_exact(row).enumerate() {
        let start = y.shape.index(at + op.pads[0], op.pads[1], 0);
        result[start..start + row].copy_from_slice(values);
    }
    result
}

pub(super) fn slice(begin: [usize; 3], x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let mut result = Vec::with_capacity(y.shape.elements());
    for row in 0..y.shape.h {
        for column in 0..y.shape.w {
            let from = x
                .tensor
                .shape
                .index(row + begin[0], column + begin[1], begin[2]);
            result.extend_from_slice(&x.values[from..from + y.shape.c]);
        }
    }
    result
}

//! Operators that move bytes.

use super::Operand;
use crate::integer::{IntTensor, Pad};

pub(super) fn concat(axis: usize, operands: &[Operand<'_>], y: &IntTensor) -> Vec<i8> {
    let mut result = vec![0; y.shape.elements()];
    let mut offset = [0; 3];
    for operand in operands {
        let shape = operand.tensor.shape;
        for row in 0..shape.h {
            for column in 0..shape.w {
                for c in 0..shape.c {
                    let at = y
                        .shape
                        .index(row + offset[0], column + offset[1], c + offset[2]);
                    result[at] = operand.values[shape.index(row, column, c)];
                }
            }
        }
        offset[axis] += [shape.h, shape.w, shape.c][axis];
    }
    result
}

pub(super) fn pad(op: &Pad, x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let shape = x.tensor.shape;
    let mut result = vec![op.value; y.shape.elements()];
    for row in 0..shape.h {
        for column in 0..shape.w {
            for c in 0..shape.c {
                let at = y.shape.index(row + op.pads[0], column + op.pads[1], c);
                result[at] = x.values[shape.index(row, column, c)];
            }
        }
    }
    result
}

pub(super) fn slice(begin: [usize; 3], x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    let mut result = vec![0; y.shape.elements()];
    for row in 0..y.shape.h {
        for column in 0..y.shape.w {
            for c in 0..y.shape.c {
                let from = x
                    .tensor
                    .shape
                    .index(row + begin[0], column + begin[1], c + begin[2]);
                result[y.shape.index(row, column, c)] = x.values[from];
            }
        }
    }
    result
}

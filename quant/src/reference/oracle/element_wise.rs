//! Addition, tables and changes of scale (numerics, section 5).

use super::Operand;
use crate::integer::{IntTensor, Rescale};
use crate::numerics;

pub(super) fn add(
    by: [Rescale; 2],
    clamp: [i8; 2],
    a: Operand<'_>,
    b: Operand<'_>,
    y: &IntTensor,
) -> Vec<i8> {
    let sum = |(&a, &b)| numerics::rescale(a, by[0]) + numerics::rescale(b, by[1]);
    a.values
        .iter()
        .zip(b.values)
        .map(|pair| numerics::requantize(sum(pair), y.zero, clamp))
        .collect()
}

pub(super) fn requantize(by: Rescale, clamp: [i8; 2], x: Operand<'_>, y: &IntTensor) -> Vec<i8> {
    x.values
        .iter()
        .map(|&q| numerics::requantize(numerics::rescale(q, by), y.zero, clamp))
        .collect()
}

pub(super) fn table(table: &[i8], x: Operand<'_>) -> Vec<i8> {
    x.values
        .iter()
        .map(|&q| table[(i16::from(q) + 128) as usize])
        .collect()
}

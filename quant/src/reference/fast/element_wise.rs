//! Functions of single bytes, as tables over all 256 of them.

use super::Operand;
use crate::integer::{IntTensor, Rescale};
use crate::numerics;

/// One term of a sum, for every value of its operand: entry `q + 128`.
pub(super) type Terms = Vec<i64>;

/// `scale(q - zero)` of every byte.
pub(super) fn terms(by: Rescale) -> Terms {
    let bytes = i8::MIN..=i8::MAX;
    bytes.map(|q| numerics::rescale(q, by)).collect()
}

/// A change of scale as a table of results.
pub(super) fn requantize(by: Rescale, zero: i8, clamp: [i8; 2]) -> Vec<i8> {
    let result = |sum: i64| numerics::requantize(sum, zero, clamp);
    terms(by).into_iter().map(result).collect()
}

/// Position of `q` in a table.
pub(super) fn entry(q: i8) -> usize {
    usize::from(q as u8 ^ 0x80)
}

pub(super) fn add(
    terms: &[Terms; 2],
    clamp: [i8; 2],
    a: Operand<'_>,
    b: Operand<'_>,
    y: &IntTensor,
) -> Vec<i8> {
    let sum = |(&a, &b): (&i8, &i8)| terms[0][entry(a)] + terms[1][entry(b)];
    let pairs = a.values.iter().zip(b.values);
    pairs
        .map(|pair| numerics::requantize(sum(pair), y.zero, clamp))
        .collect()
}

pub(super) fn table(table: &[i8], x: Operand<'_>) -> Vec<i8> {
    x.values.iter().map(|&q| table[entry(q)]).collect()
}

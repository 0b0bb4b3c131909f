//! Scale and zero of every tensor: from the calibrated ranges, common where the arithmetic wants them common.

use crate::calibrate::{Range, Scale, Statistics};
use crate::lower::{FloatOp, LoweredGraph};

/// One scale for each tensor of the lowered graph.
///
/// The operands and the result of concatenation, and the operand and the result of maximum pooling, padding and
/// reshaping keep their bytes, so they share the range that covers them all (numerics, section 5).
pub(super) fn scales(lowered: &LoweredGraph, statistics: &[Statistics]) -> Vec<Scale> {
    let mut group: Vec<usize> = (0..lowered.tensors.len()).collect();
    for layer in &lowered.layers {
        if keeps_bytes(&layer.op) {
            for &input in &layer.inputs {
                join(&mut group, input, layer.output);
            }
        }
    }
    let mut ranges: Vec<Option<Range>> = vec![None; group.len()];
    for (tensor, statistics) in statistics.iter().enumerate() {
        let common = &mut ranges[group[tensor]];
        *common = Some(common.map_or(statistics.range, |range| range.union(statistics.range)));
    }
    group
        .iter()
        .map(|&g| ranges[g].unwrap_or(Range::new(0.0, 0.0)).scale())
        .collect()
}

fn keeps_bytes(op: &FloatOp) -> bool {
    matches!(
        op,
        FloatOp::MaxPool(_) | FloatOp::Concat { .. } | FloatOp::Pad { .. } | FloatOp::Reshape
    )
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (from, to) = (group[a].max(group[b]), group[a].min(group[b]));
    group
        .iter_mut()
        .filter(|g| **g == from)
        .for_each(|g| *g = to);
}

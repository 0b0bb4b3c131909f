//! Scale and zero of every tensor: from the calibrated ranges, common where the arithmetic wants them common.

use crate::calibrate::{Range, Scale, Statistics};
use crate::float::RecurrentKind;
use crate::integer::HIDDEN_SCALE;
use crate::lower::{FloatOp, FloatRecurrent, LoweredGraph};

/// One scale for each tensor of the lowered graph.
///
/// The operands and the result of concatenation, and the operand and the result of maximum pooling, padding and
/// reshaping keep their bytes, so they share the range that covers them all (numerics, section 5). The scale of a hidden
/// state is fixed, and so is that of all who share it.
pub(super) fn scales(lowered: &LoweredGraph, statistics: &[Statistics]) -> Vec<Scale> {
    let mut group: Vec<usize> = (0..lowered.tensors.len()).collect();
    for layer in &lowered.layers {
        if layer.op.keeps_bytes() {
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
    let mut scales: Vec<Scale> = group
        .iter()
        .map(|&g| ranges[g].unwrap_or(Range::new(0.0, 0.0)).scale())
        .collect();
    for layer in &lowered.layers {
        if let FloatOp::Recurrent(op) = &layer.op {
            let scale = hidden_scale(op, &statistics[layer.output]);
            let own = group[layer.output];
            for tensor in (0..group.len()).filter(|&tensor| group[tensor] == own) {
                scales[tensor] = scale;
            }
        }
    }
    scales
}

/// The scale of a hidden state (numerics, sections 7 and 8). With ReLU the largest value seen fits whatever the method of
/// calibration is: what is cut off here would be missing in all later steps.
fn hidden_scale(op: &FloatRecurrent, statistics: &Statistics) -> Scale {
    let largest = statistics.moments.max;
    let scale = match op.kind {
        RecurrentKind::Rnn { relu: true } if largest > f64::from(f32::MIN_POSITIVE) => {
            largest / 127.0
        }
        _ => HIDDEN_SCALE,
    };
    Scale { scale, zero: 0 }
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (from, to) = (group[a].max(group[b]), group[a].min(group[b]));
    group
        .iter_mut()
        .filter(|g| **g == from)
        .for_each(|g| *g = to);
}

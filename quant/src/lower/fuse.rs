//! Merges layers, so that a sum is rounded once and an activation costs nothing.
//!
//! Each rule looks at a tensor with exactly one reader that is not an output, and removes it:
//! affine layers go into the convolution before them, zero padding into the convolution after it, a residual
//! addition into the later one of the convolutions that feed it, clamps into the layer before them.

use super::graph::{FloatConv, FloatLayer, FloatOp, Function, LoweredGraph, NO_CLAMP};
use super::view::Axis;
use crate::integer::{Shape, StepAxis, TensorId, Window};

/// Applies all rules, in the order in which they enable each other.
pub(super) fn fuse(graph: &mut LoweredGraph) {
    repeat(graph, fuse_affine);
    repeat(graph, fuse_pad);
    repeat(graph, fuse_residual);
    repeat(graph, fuse_clamp);
    repeat(graph, join_channels);
    drop_unused_tensors(graph);
}

fn repeat(graph: &mut LoweredGraph, rule: impl Fn(&mut LoweredGraph, usize) -> bool) {
    let mut at = 0;
    while at < graph.layers.len() {
        at = if rule(graph, at) { 0 } else { at + 1 };
    }
}

/// The layer that makes `tensor`, if layer `reader` is the only one that reads it.
fn private_producer(graph: &LoweredGraph, tensor: TensorId, reader: usize) -> Option<usize> {
    let reads: usize = graph
        .layers
        .iter()
        .map(|l| l.inputs.iter().filter(|&&id| id == tensor).count())
        .sum();
    let private = reads == 1
        && !graph.outputs.contains(&tensor)
        && graph.layers[reader].inputs.contains(&tensor);
    if private {
        graph.layers.iter().position(|l| l.output == tensor)
    } else {
        None
    }
}

/// Layer `at` disappears; the layer before it makes its result.
fn absorb(graph: &mut LoweredGraph, producer: usize, at: usize) {
    let removed = graph.layers.remove(at);
    graph.layers[producer].output = removed.output;
}

fn fuse_affine(graph: &mut LoweredGraph, at: usize) -> bool {
    let FloatOp::Conv(affine) = &graph.layers[at].op else {
        return false;
    };
    let affine = affine.clone();
    let channels = graph.tensors[graph.layers[at].output].shape.c;
    let scales = affine.window == Window::ONE
        && affine.groups == channels
        && affine.weights.len() == channels;
    let Some(producer) = private_producer(graph, graph.layers[at].inputs[0], at).filter(|_| scales)
    else {
        return false;
    };
    let FloatOp::Conv(conv) = &mut graph.layers[producer].op else {
        return false;
    };
    if conv.clamp != NO_CLAMP || conv.bias.len() != channels {
        return false;
    }
    let per_output = conv.weights.len() / channels;
    for (o, weights) in conv.weights.chunks_exact_mut(per_output.max(1)).enumerate() {
        weights.iter_mut().for_each(|w| *w *= affine.weights[o]);
        conv.bias[o] = conv.bias[o] * f64::from(affine.weights[o]) + affine.bias[o];
    }
    absorb(graph, producer, at);
    true
}

fn fuse_pad(graph: &mut LoweredGraph, at: usize) -> bool {
    let Some(producer) = private_producer(graph, graph.layers[at].inputs[0], at) else {
        return false;
    };
    let FloatOp::Pad { pads, value: 0.0 } = graph.layers[producer].op else {
        return false;
    };
    let source = graph.layers[producer].inputs[0];
    let FloatOp::Conv(conv) = &mut graph.layers[at].op else {
        return false;
    };
    for (own, more) in conv.window.pads.iter_mut().zip(pads) {
        *own += more;
    }
    graph.layers[at].inputs[0] = source;
    graph.layers.remove(producer);
    true
}

fn fuse_residual(graph: &mut LoweredGraph, at: usize) -> bool {
    if !matches!(graph.layers[at].op, FloatOp::Add { .. }) {
        return false;
    }
    let operands = graph.layers[at].inputs.clone();
    let mut candidates: Vec<(usize, TensorId)> = Vec::new();
    for (own, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
        if let Some(producer) = private_producer(graph, own, at)
            && is_plain_conv(&graph.layers[producer])
        {
            candidates.push((producer, other));
        }
    }
    let Some(&(producer, other)) = candidates.iter().max_by_key(|(producer, _)| *producer) else {
        return false;
    };
    let mut conv = graph.layers[producer].clone();
    conv.inputs.push(other);
    conv.output = graph.layers[at].output;
    graph.layers[at] = conv;
    graph.layers.remove(producer);
    true
}

fn is_plain_conv(layer: &FloatLayer) -> bool {
    let plain = matches!(&layer.op, FloatOp::Conv(FloatConv { clamp, .. }) if *clamp == NO_CLAMP);
    plain && layer.inputs.len() == 1
}

fn fuse_clamp(graph: &mut LoweredGraph, at: usize) -> bool {
    let FloatOp::Function(Function::Clamp([lo, hi])) = graph.layers[at].op else {
        return false;
    };
    let Some(producer) = private_producer(graph, graph.layers[at].inputs[0], at) else {
        return false;
    };
    let Some(clamp) = graph.layers[producer].op.clamp_mut() else {
        return false;
    };
    let bound = |value: f64| value.max(lo).min(hi);
    *clamp = [bound(clamp[0]), bound(clamp[1])];
    absorb(graph, producer, at);
    true
}

/// Both directions of a recurrent layer, side by side in columns, are channels for all who read them.
fn join_channels(graph: &mut LoweredGraph, at: usize) -> bool {
    let layer = &graph.layers[at];
    let (id, shape) = (layer.output, graph.tensors[layer.output].shape);
    let single = |&id: &TensorId| graph.tensors[id].shape.w == 1;
    let in_order = graph.tensors[id].view.order().is_sorted();
    if layer.op != (FloatOp::Concat { axis: 1 }) || !layer.inputs.iter().all(single) || !in_order {
        return false;
    }
    let wanted = Shape::new(shape.h, 1, shape.w * shape.c);
    let reads = |layer: &FloatLayer| layer.inputs.contains(&id);
    let fits = |layer: &FloatLayer| match &layer.op {
        FloatOp::Reshape => graph.tensors[layer.output].shape == wanted,
        FloatOp::Recurrent(op) => op.steps == StepAxis::Rows,
        _ => false,
    };
    let mut readers = graph.layers.iter().filter(|layer| reads(layer)).peekable();
    if graph.outputs.contains(&id) || readers.peek().is_none() || !readers.all(fits) {
        return false;
    }
    graph.layers[at].op = FloatOp::Concat { axis: 2 };
    relabel(graph, id, wanted);
    let removed: Vec<TensorId> = graph
        .layers
        .iter()
        .filter(|layer| reads(layer) && layer.op == FloatOp::Reshape)
        .map(|layer| layer.output)
        .collect();
    graph
        .layers
        .retain(|layer| !removed.contains(&layer.output));
    let inputs = graph.layers.iter_mut().flat_map(|layer| &mut layer.inputs);
    inputs
        .chain(&mut graph.outputs)
        .filter(|own| removed.contains(own))
        .for_each(|own| *own = id);
    true
}

/// Columns and channels of a tensor become channels.
fn relabel(graph: &mut LoweredGraph, id: TensorId, wanted: Shape) {
    let tensor = &mut graph.tensors[id];
    tensor.shape = wanted;
    let mut named = false;
    for axes in &mut tensor.view.axes {
        axes.retain_mut(|axis| {
            let channels = *axis != Axis::H;
            let keep = !channels || !std::mem::replace(&mut named, true);
            if channels {
                *axis = Axis::C;
            }
            keep
        });
    }
}

/// Renumbers tensors so that only those that are written remain.
fn drop_unused_tensors(graph: &mut LoweredGraph) {
    let mut used = vec![false; graph.tensors.len()];
    for &id in graph
        .inputs
        .iter()
        .chain(graph.layers.iter().map(|layer| &layer.output))
    {
        used[id] = true;
    }
    let mut count = 0;
    let number: Vec<TensorId> = used
        .iter()
        .map(|&keep| {
            count += usize::from(keep);
            count.saturating_sub(1)
        })
        .collect();
    let mut keep = used.iter();
    graph
        .tensors
        .retain(|_| keep.next().copied().unwrap_or(false));
    let renumber = |id: &mut TensorId| *id = number[*id];
    graph
        .inputs
        .iter_mut()
        .chain(&mut graph.outputs)
        .for_each(renumber);
    for layer in &mut graph.layers {
        layer
            .inputs
            .iter_mut()
            .chain(std::iter::once(&mut layer.output))
            .for_each(renumber);
    }
}

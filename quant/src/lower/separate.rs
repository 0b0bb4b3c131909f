//! Scales that the arithmetic fixes do not meet others in one concatenation.
//!
//! All operands of a concatenation share one scale, but a hidden state has the scale 2^-7 whatever the data are. Where such
//! an operand would meet another scale, it first passes through a table that changes its scale.

use super::graph::{FloatLayer, FloatOp, Function, LoweredGraph, NO_CLAMP};
use crate::float::RecurrentKind;
use crate::integer::TensorId;

/// What fixes the scale of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fixed {
    /// 2^-7.
    Hidden,
    /// The hidden state of one layer with ReLU.
    Relu(TensorId),
}

pub(super) fn separate(graph: &mut LoweredGraph) {
    let mut at = 0;
    while at < graph.layers.len() {
        let operands = graph.layers[at].inputs.clone();
        let kinds: Vec<Option<Fixed>> = operands.iter().map(|&id| fixed(graph, id)).collect();
        let joins = matches!(graph.layers[at].op, FloatOp::Concat { .. });
        if joins && kinds.iter().any(|kind| *kind != kinds[0]) {
            let fixed = (0..operands.len()).filter(|&n| kinds[n].is_some());
            for n in fixed.collect::<Vec<_>>() {
                let layer = change_of_scale(graph, operands[n], n, at);
                graph.layers.insert(at, layer);
                at += 1;
            }
        }
        at += 1;
    }
}

/// What fixes the scale of a tensor, through layers that keep its bytes.
fn fixed(graph: &LoweredGraph, id: TensorId) -> Option<Fixed> {
    let producer = graph.layers.iter().find(|layer| layer.output == id)?;
    match &producer.op {
        FloatOp::Recurrent(op) if op.kind == (RecurrentKind::Rnn { relu: true }) => {
            Some(Fixed::Relu(id))
        }
        FloatOp::Recurrent(_) => Some(Fixed::Hidden),
        op if op.keeps_bytes() => fixed(graph, *producer.inputs.first()?),
        _ => None,
    }
}

/// A layer that brings operand `n` of layer `reader` to a scale of its own.
fn change_of_scale(graph: &mut LoweredGraph, id: TensorId, n: usize, reader: usize) -> FloatLayer {
    let mut tensor = graph.tensors[id].clone();
    tensor.name = format!("{}.rescaled", tensor.name);
    let output = graph.tensors.len();
    let name = tensor.name.clone();
    graph.tensors.push(tensor);
    graph.layers[reader].inputs[n] = output;
    FloatLayer {
        name,
        op: FloatOp::Function(Function::Clamp(NO_CLAMP)),
        inputs: vec![id],
        output,
    }
}

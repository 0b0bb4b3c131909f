//! Writes out what the file leaves to defaults or to constant inputs.

use crate::float::ops::window;
use crate::float::{Graph, Node, Op, RunError, Window};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        if let Some(op) = with_explicit_window(graph, node)? {
            graph.nodes[index].op = op;
        } else if let Some(op) = with_constant_bounds(graph, node) {
            graph.nodes[index].op = op;
            graph.nodes[index].inputs.truncate(1);
        }
    }
    Ok(())
}

/// Conv, MaxPool and AveragePool with kernel, strides, dilations and padding given for every dimension.
fn with_explicit_window(graph: &Graph, node: &Node) -> Result<Option<Op>, RunError> {
    let (Some(input), weights) = (node.input(0), node.input(1)) else {
        return Ok(None);
    };
    let spatial = graph.shape(input).get(2..).unwrap_or_default();
    let kernel = weights
        .and_then(|id| graph.shape(id).get(2..))
        .unwrap_or_default();
    let resolve = |given: &Window, ceil_mode| {
        let spans = window::spans(given, spatial, kernel, ceil_mode);
        spans
            .map(|spans| window::resolved(&spans))
            .map_err(|source| RunError::node(graph, node, source))
    };
    let mut op = node.op.clone();
    match &mut op {
        Op::Conv(conv) => conv.window = resolve(&conv.window, false)?,
        Op::MaxPool(pool) | Op::AveragePool(pool) => {
            pool.window = resolve(&pool.window, pool.ceil_mode)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(op))
}

/// Clip with its bounds in the operator, if the inputs that give them are constant.
fn with_constant_bounds(graph: &Graph, node: &Node) -> Option<Op> {
    let Op::Clip { min, max } = node.op else {
        return None;
    };
    let bound = |index: usize, attribute: Option<f32>| match node.input(index) {
        None => Some(attribute),
        Some(id) => graph.constant_float(id).map(|value| value.first().copied()),
    };
    Some(Op::Clip {
        min: bound(1, min)?,
        max: bound(2, max)?,
    })
}

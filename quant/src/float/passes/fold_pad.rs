//! Moves explicit zero padding into the convolution that follows.

use crate::float::ops::Inputs;
use crate::float::ops::pad::pads;
use crate::float::{Graph, Node, Op, PadMode, Padding, RunError};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut index = 0;
    while index < graph.nodes.len() {
        if !fold(graph, index) {
            index += 1;
        }
    }
    Ok(())
}

/// Folds node `index` into its reader if it is a zero padding of the spatial dimensions in front of a Conv.
fn fold(graph: &mut Graph, index: usize) -> bool {
    let node = &graph.nodes[index];
    let Some(amounts) = spatial_zero_pads(graph, node) else {
        return false;
    };
    let (Some(input), Some(output)) = (node.input(0), node.output(0)) else {
        return false;
    };
    let Some(reader) = graph.sole_consumer(output) else {
        return false;
    };
    let conv_node = &mut graph.nodes[reader];
    if conv_node
        .inputs
        .iter()
        .filter(|id| **id == Some(output))
        .count()
        != 1
        || conv_node.input(0) != Some(output)
    {
        return false;
    }
    let Op::Conv(conv) = &mut conv_node.op else {
        return false;
    };
    let Padding::Explicit { before, after } = &mut conv.window.padding else {
        return false;
    };
    if before.len() != amounts.len() || after.len() != amounts.len() {
        return false;
    }
    for (d, (more_before, more_after)) in amounts.into_iter().enumerate() {
        before[d] += more_before;
        after[d] += more_after;
    }
    conv_node.inputs[0] = Some(input);
    graph.nodes.remove(index);
    true
}

/// The (before, after) amounts of each spatial dimension, if nothing else is padded and the padding is zero.
fn spatial_zero_pads(graph: &Graph, node: &Node) -> Option<Vec<(usize, usize)>> {
    let Op::Pad(pad) = &node.op else { return None };
    // `pads` only looks at the shape of input 0, so any tensor of that shape will do.
    let stand_in = crate::float::Value::Float(ndarray::ArrayD::zeros(graph.shape(node.input(0)?)));
    let mut inputs = vec![Some(&stand_in)];
    for index in 1..node.inputs.len() {
        inputs.push(match node.input(index) {
            None => None,
            Some(id) => Some(graph.constant(id)?),
        });
    }
    let value = match inputs.get(2).copied().flatten() {
        None => pad.value,
        Some(value) => *value.as_float()?.first()?,
    };
    let amounts = pads(pad, &Inputs::new(&inputs)).ok()?;
    if pad.mode != PadMode::Constant
        || value != 0.0
        || amounts.iter().take(2).any(|pads| *pads != (0, 0))
    {
        return None;
    }
    let convert =
        |&(before, after): &(i64, i64)| Some((before.try_into().ok()?, after.try_into().ok()?));
    amounts.get(2..)?.iter().map(convert).collect()
}

//! Removes nodes that pass their input on unchanged.

use crate::float::{Graph, Node, Op, RunError, TensorId};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut index = 0;
    while index < graph.nodes.len() {
        if !(is_identity(graph, &graph.nodes[index]) && bypass(graph, index)) {
            index += 1;
        }
    }
    Ok(())
}

fn is_identity(graph: &Graph, node: &Node) -> bool {
    match node.op {
        Op::Identity | Op::Dropout => true,
        Op::Cast { to } => node
            .input(0)
            .is_some_and(|id| graph.tensor(id).element == Some(to)),
        _ => false,
    }
}

/// Removes node `index` and connects its neighbours; false if that would lose the name of an output.
fn bypass(graph: &mut Graph, index: usize) -> bool {
    let node = &graph.nodes[index];
    let (Some(input), Some(output)) = (node.input(0), node.output(0)) else {
        return false;
    };
    if !graph.outputs.contains(&output) {
        graph.nodes.remove(index);
        replace_uses(graph, output, input);
        return true;
    }
    // A graph output keeps its name: the producer of the input writes it directly.
    let Some(producer) = graph.producer(input) else {
        return false;
    };
    if graph.outputs.contains(&input) {
        return false;
    }
    for id in graph.nodes[producer]
        .outputs
        .iter_mut()
        .filter(|id| **id == Some(input))
    {
        *id = Some(output);
    }
    graph.nodes.remove(index);
    replace_uses(graph, input, output);
    true
}

fn replace_uses(graph: &mut Graph, from: TensorId, to: TensorId) {
    for id in graph
        .nodes
        .iter_mut()
        .flat_map(|node| &mut node.inputs)
        .filter(|id| **id == Some(from))
    {
        *id = Some(to);
    }
}

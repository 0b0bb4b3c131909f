//! Removes what no output depends on, and renumbers the tensors that remain.

use crate::float::{Graph, Op, RunError, TensorId};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut used = vec![false; graph.tensors.len()];
    for id in graph.outputs.iter().chain(&graph.inputs) {
        used[id.0] = true;
    }
    let mut kept = Vec::with_capacity(graph.nodes.len());
    while let Some(mut node) = graph.nodes.pop() {
        let read = node.outputs.iter().flatten().any(|id| used[id.0]);
        // The states of a recurrent layer are watched even where nothing reads them.
        let keep_all = read && matches!(node.op, Op::Recurrent(_));
        for id in node.outputs.iter().flatten().filter(|_| keep_all) {
            used[id.0] = true;
        }
        for output in &mut node.outputs {
            *output = output.filter(|id| used[id.0]);
        }
        if read {
            for id in node.inputs.iter().flatten() {
                used[id.0] = true;
            }
            kept.push(node);
        }
    }
    kept.reverse();
    graph.nodes = kept;
    renumber(graph, &used);
    Ok(())
}

fn renumber(graph: &mut Graph, used: &[bool]) {
    let mut next = 0;
    let new_ids: Vec<usize> = used
        .iter()
        .map(|&used| {
            next += usize::from(used);
            next.saturating_sub(1)
        })
        .collect();
    let renumber = |id: &mut TensorId| id.0 = new_ids[id.0];
    let old = std::mem::take(&mut graph.tensors);
    graph.tensors = old
        .into_iter()
        .zip(used)
        .filter(|(_, used)| **used)
        .map(|(tensor, _)| tensor)
        .collect();
    graph.inputs.iter_mut().for_each(renumber);
    graph.outputs.iter_mut().for_each(renumber);
    for node in &mut graph.nodes {
        node.inputs.iter_mut().flatten().for_each(renumber);
        node.outputs.iter_mut().flatten().for_each(renumber);
    }
}

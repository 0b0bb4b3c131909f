//! Brings nodes into an order in which they can be executed.

use std::collections::BTreeSet;

use crate::float::Node;

/// Sorts topologically; among nodes that are ready the one that comes first in the file goes first.
/// On a cycle returns the names of the nodes that cannot be placed.
pub(super) fn topological(nodes: Vec<Node>, tensors: usize) -> Result<Vec<Node>, Vec<String>> {
    let mut producer = vec![None; tensors];
    for (index, node) in nodes.iter().enumerate() {
        for id in node.outputs.iter().flatten() {
            producer[id.0] = Some(index);
        }
    }
    let mut waiting = vec![0usize; nodes.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for id in node.inputs.iter().flatten() {
            if let Some(source) = producer[id.0] {
                waiting[index] += 1;
                readers[source].push(index);
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len())
        .filter(|&index| waiting[index] == 0)
        .collect();
    let mut slots: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(slots.len());
    while let Some(index) = ready.pop_first() {
        sorted.extend(slots[index].take());
        for &reader in &readers[index] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    let stuck: Vec<String> = slots.into_iter().flatten().map(|node| node.name).collect();
    if stuck.is_empty() {
        Ok(sorted)
    } else {
        Err(stuck)
    }
}

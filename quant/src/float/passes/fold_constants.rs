//! Evaluates nodes whose inputs are all known: shape arithmetic, unpacking of stored weights.

use std::sync::Arc;

use crate::float::ops::{self, Inputs};
use crate::float::{Graph, Node, Op, RunError, Value};

/// Results are kept while they are together no larger than this; a damaged file could ask for any amount.
const MAX_FOLDED_ELEMENTS: usize = 2 * ops::MAX_ELEMENTS;

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut folded = 0;
    let mut kept = Vec::with_capacity(graph.nodes.len());
    for node in std::mem::take(&mut graph.nodes) {
        match evaluate(graph, &node)? {
            None => kept.push(node),
            Some(values) => {
                folded += values
                    .iter()
                    .map(|value| value.shape().iter().product::<usize>())
                    .sum::<usize>();
                if folded > MAX_FOLDED_ELEMENTS {
                    kept.push(node);
                    continue;
                }
                for (id, value) in node.outputs.iter().zip(values) {
                    if let Some(id) = id {
                        let tensor = &mut graph.tensors[id.0];
                        tensor.shape = Some(value.shape().to_vec());
                        tensor.element = Some(value.element_type());
                        tensor.constant = Some(Arc::new(value));
                    }
                }
            }
        }
    }
    graph.nodes = kept;
    Ok(())
}

/// The outputs of a node that does not depend on the inputs of the graph.
fn evaluate(graph: &Graph, node: &Node) -> Result<Option<Vec<Value>>, RunError> {
    // The shape of a tensor is known even where its value is not.
    let stand_in = match (&node.op, node.input(0)) {
        (Op::Shape { .. }, Some(id)) => graph
            .tensor(id)
            .shape
            .as_ref()
            .map(|shape| shape_only(shape)),
        _ => None,
    };
    let mut inputs = Vec::with_capacity(node.inputs.len());
    for input in &node.inputs {
        match (input, &stand_in) {
            (None, _) => inputs.push(None),
            (Some(_), Some(value)) => inputs.push(Some(value)),
            (Some(id), None) => match graph.constant(*id) {
                Some(value) => inputs.push(Some(value)),
                None => return Ok(None),
            },
        }
    }
    let values = ops::evaluate(&node.op, &Inputs::new(&inputs), node.outputs.len());
    values
        .map(Some)
        .map_err(|source| RunError::node(graph, node, source))
}

fn shape_only(shape: &[usize]) -> Value {
    Value::Float(ndarray::ArrayD::zeros(shape))
}

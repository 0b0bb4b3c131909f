//! Rules of what remains on the host.

use crate::integer::{GraphError, HostOp, IntGraph};

pub(super) fn check(graph: &IntGraph) -> Result<(), GraphError> {
    let (found, expected) = (graph.host_ops.len(), graph.outputs.len());
    if found != expected {
        return Err(GraphError::HostOps { found, expected });
    }
    for (output, (ops, &id)) in graph.host_ops.iter().zip(&graph.outputs).enumerate() {
        let mut elements = Some(graph.tensors[id].shape.elements());
        for op in ops {
            if !fits(op, &mut elements) {
                return Err(GraphError::HostOp { output, op: format!("{op:?}") });
            }
        }
    }
    Ok(())
}

/// `elements` is the number of elements before the operation, unknown after an ArgMax.
fn fits(op: &HostOp, elements: &mut Option<usize>) -> bool {
    match op {
        HostOp::Softmax => true,
        HostOp::ArgMax => {
            *elements = None;
            true
        }
        HostOp::Transpose(axes) => {
            let mut sorted = *axes;
            sorted.sort_unstable();
            sorted == [0, 1, 2]
        }
        HostOp::Reshape(dimensions) => {
            let product = dimensions.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
            product.is_some() && (elements.is_none() || *elements == product)
        }
    }
}

//! Rules of what remains on the host.

use crate::integer::shape::is_permutation;
use crate::integer::{GraphError, HostOp, IntGraph};

pub(super) fn check(graph: &IntGraph) -> Result<(), GraphError> {
    let (found, expected) = (graph.host_ops.len(), graph.outputs.len());
    if found != expected {
        return Err(GraphError::HostOps { found, expected });
    }
    check_inputs(graph)?;
    for (output, (ops, &id)) in graph.host_ops.iter().zip(&graph.outputs).enumerate() {
        let mut elements = Some(graph.tensors[id].shape.elements());
        for op in ops {
            if !fits(op, &mut elements) {
                return Err(GraphError::HostOp {
                    output,
                    op: format!("{op:?}"),
                });
            }
        }
    }
    Ok(())
}

/// Layouts permute the elements of their tensors.
fn check_inputs(graph: &IntGraph) -> Result<(), GraphError> {
    let count = graph.inputs.len();
    if graph.input_layouts.len() != count {
        let layout = format!("count {} of {count} inputs", graph.input_layouts.len());
        return Err(GraphError::InputLayout {
            input: count,
            layout,
        });
    }
    for (input, (layout, &id)) in graph.input_layouts.iter().zip(&graph.inputs).enumerate() {
        let elements = layout
            .shape
            .iter()
            .try_fold(1usize, |product, &d| product.checked_mul(d));
        let fits = elements == Some(graph.tensors[id].shape.elements());
        if !fits || !is_permutation(&layout.permutation, layout.shape.len()) {
            return Err(GraphError::InputLayout {
                input,
                layout: format!("{layout:?}"),
            });
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
        HostOp::Transpose(axes) => is_permutation(axes, 3),
        HostOp::Reshape(dimensions) => {
            let product = dimensions
                .iter()
                .try_fold(1usize, |product, &d| product.checked_mul(d));
            product.is_some() && (elements.is_none() || *elements == product)
        }
    }
}

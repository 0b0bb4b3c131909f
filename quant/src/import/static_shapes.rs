//! The last look at an imported graph: every shape is static and every weight finite.

use super::error::ImportError;
use crate::float::{Graph, Node, Op, Value};

pub(super) fn check(graph: Graph) -> Result<Graph, ImportError> {
    for node in &graph.nodes {
        check_node(&graph, node)?;
    }
    for tensor in &graph.tensors {
        if let Some(Value::Float(array)) = tensor.constant.as_deref()
            && let Some(index) = array.iter().position(|value| value.is_nan())
        {
            return Err(ImportError::NotFinite {
                file: graph.name.clone(),
                tensor: tensor.name.clone(),
                found: f32::NAN,
                index,
            });
        }
    }
    Ok(graph)
}

/// Inputs that decide the shape of the result must have been folded to constants.
fn check_node(graph: &Graph, node: &Node) -> Result<(), ImportError> {
    let shape_inputs: &[usize] = match node.op {
        Op::ConstantOfShape { .. } => &[0],
        Op::Reshape { .. } | Op::Expand | Op::Squeeze { .. } | Op::Unsqueeze { .. } => &[1],
        Op::Split(_) | Op::ReduceMean(_) => &[1],
        Op::Pad(_) => &[1, 3],
        Op::Slice { .. } => &[1, 2, 3, 4],
        Op::Range => &[0, 1, 2],
        _ => &[],
    };
    for &index in shape_inputs {
        if let Some(id) = node.input(index)
            && graph.constant(id).is_none()
        {
            return Err(ImportError::DataDependentShape {
                file: graph.name.clone(),
                node: node.name.clone(),
                op: node.op.name(),
                index,
                tensor: graph.tensor(id).name.clone(),
            });
        }
    }
    Ok(())
}

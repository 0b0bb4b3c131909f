//! Two checks around simplification: no shape depends on the data, and every weight is finite.

use super::error::ImportError;
use crate::float::{Graph, Node, Op, Value};

/// Before simplification: inputs that decide the shape of a result must follow from constants and shapes.
pub(super) fn check_static(graph: &Graph) -> Result<(), ImportError> {
    let mut varies = vec![false; graph.tensors.len()];
    for id in &graph.inputs {
        varies[id.0] = true;
    }
    for node in &graph.nodes {
        for &index in shape_inputs(node) {
            if let Some(id) = node.input(index).filter(|id| varies[id.0]) {
                return Err(ImportError::DataDependentShape {
                    file: graph.name.clone(),
                    node: node.name.clone(),
                    op: node.op.name(),
                    index,
                    tensor: graph.tensor(id).name.clone(),
                });
            }
        }
        // The shape of a tensor is known whatever its values are.
        let follows_data = !matches!(node.op, Op::Shape { .. });
        let any = node.inputs.iter().flatten().any(|id| varies[id.0]);
        for id in node.outputs.iter().flatten() {
            varies[id.0] = any && follows_data;
        }
    }
    Ok(())
}

/// Positions of the inputs on which the shape of the result depends.
fn shape_inputs(node: &Node) -> &'static [usize] {
    match node.op {
        Op::ConstantOfShape { .. } => &[0],
        Op::Reshape { .. } | Op::Expand | Op::Squeeze { .. } | Op::Unsqueeze { .. } => &[1],
        Op::Split(_) | Op::ReduceMean(_) => &[1],
        Op::Pad(_) => &[1, 3],
        Op::Slice { .. } => &[1, 2, 3, 4],
        Op::Range => &[0, 1, 2],
        _ => &[],
    }
}

/// After simplification: folding may have divided by zero or overflowed.
pub(super) fn check_finite(graph: &Graph) -> Result<(), ImportError> {
    for tensor in &graph.tensors {
        let Some(Value::Float(array)) = tensor.constant.as_deref() else {
            continue;
        };
        let bad = |value: &f32| value.is_nan() || (value.is_infinite() && array.len() > 1);
        if let Some((index, &found)) = array.iter().enumerate().find(|(_, value)| bad(value)) {
            return Err(ImportError::NotFinite {
                file: graph.name.clone(),
                tensor: tensor.name.clone(),
                found,
                index,
            });
        }
    }
    Ok(())
}

//! Static shapes without shape inference: one run on zeros shows them all.

use crate::float::{ElementType, Graph, RunError, Runner, TensorId, Value};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let zeros: Vec<Value> = graph
        .inputs
        .iter()
        .map(|id| {
            let element = graph.tensor(*id).element.unwrap_or(ElementType::Float);
            Value::zeros(element, graph.shape(*id))
        })
        .collect();
    let mut seen: Vec<(TensorId, ElementType, Vec<usize>)> = Vec::new();
    Runner::new(graph).execute(&zeros, &mut |id, value| {
        seen.push((id, value.element_type(), value.shape().to_vec()));
    })?;
    for (id, element, shape) in seen {
        let tensor = &mut graph.tensors[id.0];
        tensor.element = Some(element);
        tensor.shape = Some(shape);
    }
    Ok(())
}

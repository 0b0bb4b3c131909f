//! One form for all fully connected layers: `y = x * W^T + b` with constant `W` `[outputs, inputs]`.

use ndarray::{ArrayD, Ix2};

use crate::float::{Gemm, Graph, Node, Op, RunError, TensorId, Value};

/// The form all others are brought to.
const CANONICAL: Gemm = Gemm {
    alpha: 1.0,
    beta: 1.0,
    transpose_a: false,
    transpose_b: true,
};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        if let Some((weights, bias)) = parameters(graph, node) {
            let (name, input) = (node.name.clone(), node.inputs[0]);
            let weights = graph.add_constant(&format!("{name}.weights"), Value::Float(weights));
            let bias =
                bias.map(|bias| graph.add_constant(&format!("{name}.bias"), Value::Float(bias)));
            let node = &mut graph.nodes[index];
            node.op = Op::Gemm(CANONICAL);
            node.inputs = [input, Some(weights), bias]
                .into_iter()
                .take(2 + usize::from(bias.is_some()))
                .collect();
        }
    }
    Ok(())
}

/// Weights `[outputs, inputs]` and bias `[outputs]` of a product of a matrix that varies and one that does not.
fn parameters(graph: &Graph, node: &Node) -> Option<(ArrayD<f32>, Option<ArrayD<f32>>)> {
    let gemm = match &node.op {
        Op::MatMul => Gemm {
            transpose_b: false,
            ..CANONICAL
        },
        Op::Gemm(gemm) if *gemm != CANONICAL && !gemm.transpose_a => gemm.clone(),
        _ => return None,
    };
    if graph.shape(node.input(0)?).len() != 2 || graph.constant(node.input(0)?).is_some() {
        return None;
    }
    let weights = graph
        .float_input(node, 1)?
        .view()
        .into_dimensionality::<Ix2>()
        .ok()?;
    let weights = if gemm.transpose_b {
        weights
    } else {
        weights.reversed_axes()
    };
    let bias = match node.input(2) {
        None => None,
        Some(id) => Some(channel_bias(graph, id, weights.nrows())? * gemm.beta),
    };
    let scaled = (&weights * gemm.alpha).as_standard_layout().into_owned();
    Some((scaled.into_dyn(), bias))
}

/// A bias as a vector, if it is constant and the same for every row.
fn channel_bias(graph: &Graph, id: TensorId, outputs: usize) -> Option<ArrayD<f32>> {
    let bias = graph.constant_float(id)?;
    let rows: usize = bias.shape().iter().rev().skip(1).product();
    if rows != 1 {
        return None;
    }
    let flat = bias.to_shape(bias.len()).ok()?.into_owned();
    Some(flat.broadcast(outputs)?.to_owned().into_dyn())
}

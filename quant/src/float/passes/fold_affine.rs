//! Folds `scale * y + shift` with one value for each channel into the Conv or Gemm that computes `y`.
//!
//! BatchNormalization is such a function, and so are Mul, Add, Sub and Div with a constant.

use ndarray::{Array1, ArrayD, Axis};

use crate::float::{Gemm, Graph, Node, Op, RunError, Value};

/// A function of each channel; both vectors have one element for each channel.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut index = 0;
    while index < graph.nodes.len() {
        if !fold(graph, index) {
            index += 1;
        }
    }
    Ok(())
}

/// Folds node `index` into the producer of its input, if both are of the right kind and nobody else looks on.
fn fold(graph: &mut Graph, index: usize) -> bool {
    let node = &graph.nodes[index];
    let Some((position, affine)) = affine(graph, node) else {
        return false;
    };
    let (Some(input), Some(output)) = (node.input(position), node.output(0)) else {
        return false;
    };
    let Some(producer) = graph.producer(input) else {
        return false;
    };
    if graph.sole_consumer(input) != Some(index) || !is_foldable(graph, &graph.nodes[producer]) {
        return false;
    }
    if !apply(graph, producer, &affine) {
        return false;
    }
    graph.nodes[producer].outputs[0] = Some(output);
    graph.nodes.remove(index);
    true
}

/// Conv and Gemm in the form `matmul_to_gemm` makes, with constant weights and bias.
fn is_foldable(graph: &Graph, node: &Node) -> bool {
    let form = match &node.op {
        Op::Conv(_) => true,
        Op::Gemm(gemm) => {
            *gemm
                == Gemm {
                    alpha: 1.0,
                    beta: 1.0,
                    transpose_a: false,
                    transpose_b: true,
                }
        }
        _ => false,
    };
    let constant = |index: usize| {
        node.input(index)
            .is_none_or(|id| graph.constant_float(id).is_some())
    };
    form && node.input(1).is_some() && constant(1) && constant(2)
}

/// What a node does to each channel of its varying input, and which input that is.
fn affine(graph: &Graph, node: &Node) -> Option<(usize, Affine)> {
    if let Op::BatchNormalization { epsilon } = node.op {
        return batch_normalization(graph, node, epsilon).map(|affine| (0, affine));
    }
    let (position, constant) = match (graph.float_input(node, 0), graph.float_input(node, 1)) {
        (None, Some(constant)) => (0, constant),
        (Some(constant), None) if matches!(node.op, Op::Add | Op::Mul) => (1, constant),
        _ => return None,
    };
    if node.inputs.len() != 2 {
        return None;
    }
    let values = per_channel(graph.shape(node.input(position)?), constant)?;
    let ones = || vec![1.0; values.len()];
    let zeros = || vec![0.0; values.len()];
    let affine = match node.op {
        Op::Mul => Affine {
            shift: zeros(),
            scale: values,
        },
        Op::Div => Affine {
            shift: zeros(),
            scale: values.iter().map(|value| 1.0 / value).collect(),
        },
        Op::Add => Affine {
            scale: ones(),
            shift: values,
        },
        Op::Sub => Affine {
            scale: ones(),
            shift: values.iter().map(|value| -value).collect(),
        },
        _ => return None,
    };
    Some((position, affine))
}

fn batch_normalization(graph: &Graph, node: &Node, epsilon: f32) -> Option<Affine> {
    let parameter = |index: usize| -> Option<Vec<f64>> {
        Some(
            graph
                .float_input(node, index)?
                .iter()
                .map(|&value| value.into())
                .collect(),
        )
    };
    let (gamma, beta, mean, variance) =
        (parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?);
    let scale: Vec<f64> = gamma
        .iter()
        .zip(&variance)
        .map(|(gamma, variance)| gamma / (variance + f64::from(epsilon)).sqrt())
        .collect();
    let shift = (0..scale.len())
        .map(|c| Some(beta.get(c)? - mean.get(c)? * scale[c]))
        .collect::<Option<_>>()?;
    Some(Affine { scale, shift })
}

/// The value for each channel (axis 1) of a constant that broadcasts to `shape` and varies along no other axis.
fn per_channel(shape: &[usize], constant: &ArrayD<f32>) -> Option<Vec<f64>> {
    let channels = *shape.get(1)?;
    let leading = shape.len().checked_sub(constant.ndim())?;
    let varies = |axis: usize| constant.shape()[axis] != 1 && axis + leading != 1;
    if constant.is_empty() || (0..constant.ndim()).any(varies) {
        return None;
    }
    let values: Vec<f64> = constant.iter().map(|&value| value.into()).collect();
    match values.as_slice() {
        [value] => Some(vec![*value; channels]),
        _ if values.len() == channels => Some(values),
        _ => None,
    }
}

/// Rewrites weights and bias of a node; the output channel is axis 0 of the weights.
fn apply(graph: &mut Graph, index: usize, affine: &Affine) -> bool {
    let node = &graph.nodes[index];
    let Some(weights) = graph.float_input(node, 1) else {
        return false;
    };
    let channels = weights.shape().first().copied().unwrap_or(0);
    let old_bias = graph.float_input(node, 2);
    if affine.scale.len() != channels || old_bias.is_some_and(|bias| bias.len() != channels) {
        return false;
    }
    let mut weights = weights.clone();
    for (mut channel, scale) in weights.axis_iter_mut(Axis(0)).zip(&affine.scale) {
        channel.mapv_inplace(|weight| (f64::from(weight) * scale) as f32);
    }
    let old = |c: usize| {
        old_bias
            .and_then(|bias| bias.iter().nth(c))
            .map_or(0.0, |&bias| f64::from(bias))
    };
    let bias: Array1<f32> = (0..channels)
        .map(|c| (old(c) * affine.scale[c] + affine.shift[c]) as f32)
        .collect();
    let name = node.name.clone();
    let weights = graph.add_constant(&format!("{name}.weights"), Value::Float(weights));
    let bias = graph.add_constant(&format!("{name}.bias"), Value::Float(bias.into_dyn()));
    let node = &mut graph.nodes[index];
    node.inputs.truncate(1);
    node.inputs.extend([Some(weights), Some(bias)]);
    true
}

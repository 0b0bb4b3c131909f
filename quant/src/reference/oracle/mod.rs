//! The oracle: one plain loop for each operator, written to be read beside `docs/numerics.md`.
//!
//! It is slow on purpose. Nothing here is shared with the fast reference but the functions of [`crate::numerics`].

mod conv;
mod element_wise;
mod layout;
mod pool;
mod recurrent;
#[cfg(test)]
mod tests;

use super::error::{check_inputs, check_states};
use super::{ReferenceError, Steps, Trace};
use crate::integer::{IntGraph, IntTensor, Layer, LayerOp, RecurrentState};

/// Values of an operand together with its type.
#[derive(Clone, Copy)]
struct Operand<'a> {
    tensor: &'a IntTensor,
    values: &'a [i8],
}

/// Runs a graph and returns every tensor, in the order of [`IntGraph::tensors`], NHWC.
///
/// `inputs` holds one vector for each of [`IntGraph::inputs`].
///
/// # Errors
/// The graph is not valid, or the inputs do not fit it.
pub fn run(graph: &IntGraph, inputs: &[Vec<i8>]) -> Result<Vec<Vec<i8>>, ReferenceError> {
    Ok(trace(graph, inputs, &graph.initial_states())?.tensors)
}

/// As [`run`], from given states of the recurrent layers (see [`IntGraph::initial_states`]); returns their states after
/// every step as well.
///
/// # Errors
/// The graph is not valid, or the inputs or the states do not fit it.
pub fn trace(
    graph: &IntGraph,
    inputs: &[Vec<i8>],
    states: &[RecurrentState],
) -> Result<Trace, ReferenceError> {
    graph.validate()?;
    check_inputs(graph, inputs)?;
    check_states(graph, states)?;
    let mut values = vec![Vec::new(); graph.tensors.len()];
    for (&id, data) in graph.inputs.iter().zip(inputs) {
        values[id].clone_from(data);
    }
    let mut steps: Vec<Steps> = Vec::with_capacity(states.len());
    for layer in &graph.layers {
        values[layer.output] = match &layer.op {
            LayerOp::Recurrent(op) => {
                let id = layer.inputs[0];
                let x = Operand {
                    tensor: &graph.tensors[id],
                    values: &values[id],
                };
                let (y, all) = recurrent::recurrent(op, x, &states[steps.len()]);
                steps.push(all);
                y
            }
            _ => run_layer(graph, layer, &values),
        };
    }
    Ok(Trace {
        tensors: values,
        steps,
    })
}

fn run_layer(graph: &IntGraph, layer: &Layer, values: &[Vec<i8>]) -> Vec<i8> {
    let output = &graph.tensors[layer.output];
    let operand = |id: &usize| Operand {
        tensor: &graph.tensors[*id],
        values: &values[*id],
    };
    let operands: Vec<Operand<'_>> = layer.inputs.iter().map(operand).collect();
    let first = operands[0];
    match &layer.op {
        LayerOp::Conv(op) => conv::conv(op, first, operands.get(1).copied(), output),
        LayerOp::MaxPool(op) => pool::max_pool(op, first, output),
        LayerOp::AveragePool(op) => pool::average_pool(op, first, output),
        LayerOp::Add { rescale, clamp } => {
            element_wise::add(*rescale, *clamp, first, operands[1], output)
        }
        LayerOp::Table(table) => element_wise::table(table, first),
        LayerOp::Requantize { rescale, clamp } => {
            element_wise::requantize(*rescale, *clamp, first, output)
        }
        LayerOp::Concat(op) => layout::concat(op.axis, &operands, output),
        LayerOp::Pad(op) => layout::pad(op, first, output),
        LayerOp::Slice { begin } => layout::slice(*begin, first, output),
        // A recurrent layer is run by `trace`, which holds its states.
        LayerOp::Reshape | LayerOp::Recurrent(_) => first.values.to_vec(),
    }
}

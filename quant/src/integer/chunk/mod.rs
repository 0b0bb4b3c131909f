//! The same network over another number of steps: what feeds a signal chunk by chunk.
//!
//! Chunks equal the whole only if every layer computes a step from that step and from states. So this walks along the
//! axis of the steps, from the inputs to the outputs, and refuses by name the first layer that mixes steps.

mod axes;
mod data;

use thiserror::Error;

use super::{HostOp, InputLayout, IntGraph, LayerOp, Shape, StepAxis, TensorId};
use axes::{extent, number, outer};

/// Why a network cannot be fed in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChunkError {
    /// Nothing is kept from chunk to chunk.
    #[error(
        "model '{model}' has no recurrent layer, so there is no state that chunks could share\n  hint: run whole samples"
    )]
    NoRecurrentLayer {
        /// Model.
        model: String,
    },
    /// A chunk without steps.
    #[error("a chunk needs at least one step\n  hint: wait for the first step before feeding")]
    Empty,
    /// A layer that begins at the end of the signal.
    #[error(
        "layer '{layer}' runs from the last step to the first, so the signal cannot be fed in chunks\n  hint: run whole sequences, or train the model with forward layers only"
    )]
    Reverse {
        /// Layer.
        layer: String,
    },
    /// A layer that needs several steps, or one step that a chunk may not have.
    #[error(
        "layer '{layer}' ({op}) does not work step by step, so the signal cannot be fed in chunks: {why}\n  hint: run whole sequences, or let the layer work on one step at a time"
    )]
    AcrossSteps {
        /// Layer.
        layer: String,
        /// Operator.
        op: &'static str,
        /// What it does.
        why: &'static str,
    },
    /// Data of the host in which the steps are no axis.
    #[error(
        "the steps are no axis of {what} of model '{model}', so the signal cannot be fed in chunks\n  hint: run whole sequences, or leave the steps an axis of their own"
    )]
    HostAxis {
        /// Which data.
        what: String,
        /// Model.
        model: String,
    },
}

impl IntGraph {
    /// Steps of the sequences that the network reads.
    ///
    /// # Errors
    /// The first layer that does not work step by step.
    pub fn steps(&self) -> Result<usize, ChunkError> {
        let axes = self.step_axes()?;
        let mut inputs = self.inputs.iter().map(|&id| (id, axes[id]));
        let found = inputs.find_map(|(id, axis)| Some(extent(self.tensors[id].shape, axis?)));
        found.ok_or_else(|| self.no_recurrent_layer())
    }

    /// The same network over sequences of `steps` steps. A layer that takes the last step of its operand takes the last one
    /// of the chunk.
    ///
    /// # Errors
    /// The first layer that does not work step by step.
    pub fn with_steps(&self, steps: usize) -> Result<Self, ChunkError> {
        let axes = self.step_axes()?;
        if steps == 0 {
            return Err(ChunkError::Empty);
        }
        let mut graph = self.clone();
        for (tensor, axis) in graph.tensors.iter_mut().zip(&axes) {
            match axis {
                Some(StepAxis::Rows) => tensor.shape.h = steps,
                Some(StepAxis::Columns) => tensor.shape.w = steps,
                None => {}
            }
        }
        for layer in &mut graph.layers {
            let (from, to) = (axes[layer.inputs[0]], axes[layer.output]);
            if let (LayerOp::Slice { begin }, Some(axis), None) = (&mut layer.op, from, to) {
                begin[number(axis)] = steps - 1;
            }
        }
        for (layout, &id) in graph.input_layouts.iter_mut().zip(&self.inputs) {
            if let Some(axis) = axes[id] {
                let shape = self.tensors[id].shape;
                *layout = stretched(layout, shape, axis, steps)
                    .ok_or_else(|| self.host_axis("input", id))?;
            }
        }
        for (ops, &id) in graph.host_ops.iter_mut().zip(&self.outputs) {
            if let Some(axis) = axes[id] {
                let shape = self.tensors[id].shape;
                *ops = host_ops(ops, shape, axis, steps)
                    .ok_or_else(|| self.host_axis("output", id))?;
            }
        }
        Ok(graph)
    }

    fn no_recurrent_layer(&self) -> ChunkError {
        ChunkError::NoRecurrentLayer {
            model: self.name.clone(),
        }
    }

    fn host_axis(&self, what: &str, id: TensorId) -> ChunkError {
        ChunkError::HostAxis {
            what: format!("{what} '{}'", self.tensors[id].name),
            model: self.name.clone(),
        }
    }
}

/// Position of the steps in a list of extents: `outer` elements are in front of it.
fn position(extents: &[usize], outer: usize, steps: usize) -> Option<usize> {
    let mut before = 1;
    for (k, &extent) in extents.iter().enumerate() {
        if before == outer && extent == steps {
            return Some(k);
        }
        before *= extent;
    }
    None
}

fn stretched(
    layout: &InputLayout,
    shape: Shape,
    axis: StepAxis,
    steps: usize,
) -> Option<InputLayout> {
    let permuted: Vec<usize> = layout
        .permutation
        .iter()
        .map(|&k| layout.shape[k])
        .collect();
    let k = position(&permuted, outer(shape, axis), extent(shape, axis))?;
    let mut layout = layout.clone();
    layout.shape[layout.permutation[k]] = steps;
    Some(layout)
}

/// What remains on the host, for the new number of steps.
fn host_ops(ops: &[HostOp], shape: Shape, axis: StepAxis, steps: usize) -> Option<Vec<HostOp>> {
    let mut extents = vec![shape.h, shape.w, shape.c];
    let (before, mut at) = (extent(shape, axis), number(axis));
    let mut changed = Vec::with_capacity(ops.len());
    for op in ops {
        changed.push(match op {
            HostOp::Softmax if at + 1 < extents.len() => HostOp::Softmax,
            HostOp::ArgMax if at + 1 < extents.len() => {
                extents.pop();
                HostOp::ArgMax
            }
            HostOp::Softmax | HostOp::ArgMax => return None,
            HostOp::Transpose(order) => {
                extents = order
                    .iter()
                    .map(|&k| extents.get(k).copied())
                    .collect::<Option<_>>()?;
                at = order.iter().position(|&k| k == at)?;
                op.clone()
            }
            HostOp::Reshape(dimensions) => {
                let outer = extents[..at].iter().product();
                at = position(dimensions, outer, before)?;
                extents.clone_from(dimensions);
                let mut dimensions = dimensions.clone();
                dimensions[at] = steps;
                HostOp::Reshape(dimensions)
            }
        });
    }
    Some(changed)
}

//! The same network over another number of steps: what feeds a signal chunk by chunk.
//!
//! Chunks equal the whole only if every layer computes a step from that step and from states. So this walks along the
//! axis of the steps, from the inputs to the outputs, and refuses by name the first layer that mixes steps.

use thiserror::Error;

use super::{
    Concat, HostOp, InputLayout, IntGraph, Layer, LayerOp, Pad, Shape, StepAxis, TensorId, Window,
};

/// Why a network cannot be fed in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChunkError {
    /// Nothing is kept from chunk to chunk.
    #[error("model '{model}' has no recurrent layer, so there is no state that chunks could share")]
    NoRecurrentLayer {
        /// Model.
        model: String,
    },
    /// A chunk without steps.
    #[error("a chunk needs at least one step")]
    Empty,
    /// A layer that begins at the end of the signal.
    #[error(
        "layer '{layer}' runs from the last step to the first, so the signal cannot be fed in chunks: run the whole sequence at once"
    )]
    Reverse {
        /// Layer.
        layer: String,
    },
    /// A layer that needs several steps, or one step that a chunk may not have.
    #[error(
        "layer '{layer}' ({op}) does not work step by step, so the signal cannot be fed in chunks: {why}"
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
        "the steps are no axis of {what} of model '{model}', so the signal cannot be fed in chunks"
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

    /// The axis of the steps of every tensor; `None` for what is behind the last step. All inputs have their steps on the
    /// same axis: the one with which the network makes sense, or gets further.
    fn step_axes(&self) -> Result<Vec<Option<StepAxis>>, ChunkError> {
        if self.recurrent_layers().next().is_none() {
            return Err(self.no_recurrent_layer());
        }
        let rows = self.axes_from(StepAxis::Rows);
        let columns = self.axes_from(StepAxis::Columns);
        match (rows, columns) {
            (Ok(axes), _) | (_, Ok(axes)) => Ok(axes),
            (Err((at_rows, rows)), Err((at_columns, columns))) => {
                Err(if at_rows >= at_columns { rows } else { columns })
            }
        }
    }

    fn axes_from(&self, inputs: StepAxis) -> Result<Vec<Option<StepAxis>>, (usize, ChunkError)> {
        let mut axes = vec![None; self.tensors.len()];
        for &id in &self.inputs {
            axes[id] = Some(inputs);
        }
        for (index, layer) in self.layers.iter().enumerate() {
            axes[layer.output] = self
                .result_axis(layer, &axes)
                .map_err(|error| (index, error))?;
        }
        Ok(axes)
    }

    /// The axis of the steps of a layer's result.
    fn result_axis(
        &self,
        layer: &Layer,
        axes: &[Option<StepAxis>],
    ) -> Result<Option<StepAxis>, ChunkError> {
        let refuse = |why| {
            Err(ChunkError::AcrossSteps {
                layer: layer.name.clone(),
                op: layer.op.name(),
                why,
            })
        };
        let axis = axes[layer.inputs[0]];
        if layer.inputs.iter().any(|&id| axes[id] != axis) {
            return refuse("its operands do not have the steps on the same axis");
        }
        let from = self.tensors[layer.inputs[0]].shape;
        let to = self.tensors[layer.output].shape;
        let Some(axis) = axis else {
            let recurrent = matches!(layer.op, LayerOp::Recurrent(_));
            return if recurrent {
                refuse("its operand is one step of a sequence")
            } else {
                Ok(None)
            };
        };
        let n = number(axis);
        let across = |window: &Window| {
            let pads = window.pads[n] + window.pads[n + 2];
            window.kernel[n] != 1 || window.stride[n] != 1 || pads != 0
        };
        match &layer.op {
            LayerOp::Recurrent(op) if op.reverse => Err(ChunkError::Reverse {
                layer: layer.name.clone(),
            }),
            LayerOp::Recurrent(op) if op.steps != axis => {
                refuse("its steps are on another axis than those of the input")
            }
            LayerOp::Recurrent(_) => Ok(Some(StepAxis::Rows)),
            LayerOp::Conv(op) if across(&op.window) => refuse("its window covers several steps"),
            LayerOp::MaxPool(op) if across(&op.window) => refuse("its window covers several steps"),
            LayerOp::AveragePool(op) if across(&op.window) => {
                refuse("its window covers several steps")
            }
            LayerOp::Pad(Pad { pads, .. }) if pads[n] + pads[n + 2] != 0 => refuse("it adds steps"),
            LayerOp::Concat(Concat { axis }) if *axis == n => {
                refuse("it joins sequences end to end")
            }
            LayerOp::Slice { begin } => match (begin[n], extent(from, axis), extent(to, axis)) {
                (0, before, after) if before == after => Ok(Some(axis)),
                (begin, before, 1) if begin + 1 == before => Ok(None),
                _ => refuse("it takes steps other than the last one"),
            },
            LayerOp::Reshape => match reshaped(from, to, axis) {
                Some(axis) => Ok(Some(axis)),
                None => refuse("it mixes steps with other axes"),
            },
            _ => Ok(Some(axis)),
        }
    }
}

/// Number of the axis in a shape and in a window.
const fn number(axis: StepAxis) -> usize {
    match axis {
        StepAxis::Rows => 0,
        StepAxis::Columns => 1,
    }
}

const fn extent(shape: Shape, axis: StepAxis) -> usize {
    match axis {
        StepAxis::Rows => shape.h,
        StepAxis::Columns => shape.w,
    }
}

/// Elements between two steps that are in front of the axis.
const fn outer(shape: Shape, axis: StepAxis) -> usize {
    match axis {
        StepAxis::Rows => 1,
        StepAxis::Columns => shape.h,
    }
}

/// The axis of the steps behind a reshape, whose bytes stay where they are.
fn reshaped(from: Shape, to: Shape, axis: StepAxis) -> Option<StepAxis> {
    let fits = |to_axis: &StepAxis| {
        extent(from, axis) == extent(to, *to_axis) && outer(from, axis) == outer(to, *to_axis)
    };
    [axis, StepAxis::Rows, StepAxis::Columns]
        .into_iter()
        .find(fits)
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

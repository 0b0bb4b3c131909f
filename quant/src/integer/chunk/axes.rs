//! The axis of the steps of every tensor, and which layers work step by step.

use super::ChunkError;
use crate::integer::{Concat, IntGraph, Layer, LayerOp, Pad, Shape, StepAxis, Window};

impl IntGraph {
    /// The axis of the steps of every tensor; `None` for what is behind the last step. All inputs have their steps on the
    /// same axis: the one with which the network makes sense, or gets further.
    pub(super) fn step_axes(&self) -> Result<Vec<Option<StepAxis>>, ChunkError> {
        if self.recurrent_layers().next().is_none() {
            return Err(self.no_recurrent_layer());
        }
        let rows = self.axes_from(StepAxis::Rows);
        let columns = self.axes_from(StepAxis::Columns);
        match (rows, columns) {
            (Ok(axes), _) | (_, Ok(axes)) => Ok(axes),
            (Err((by_rows, rows)), Err((by_columns, columns))) => {
                Err(if by_rows >= by_columns { rows } else { columns })
            }
        }
    }

    /// The axes if the steps of the inputs are on this one; else how many layers make sense, and the error. None does if a
    /// recurrent layer counts its steps along the other axis: then the guess was wrong.
    fn axes_from(&self, inputs: StepAxis) -> Result<Vec<Option<StepAxis>>, (usize, ChunkError)> {
        let mut axes = vec![None; self.tensors.len()];
        for &id in &self.inputs {
            axes[id] = Some(inputs);
        }
        for (index, layer) in self.layers.iter().enumerate() {
            axes[layer.output] = self
                .result_axis(layer, &axes)
                .map_err(|error| (if is_other_axis(&error) { 0 } else { index + 1 }, error))?;
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
            LayerOp::Recurrent(op) if op.steps != axis => refuse(OTHER_AXIS),
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

const OTHER_AXIS: &str = "its steps are on another axis than those of the input";

fn is_other_axis(error: &ChunkError) -> bool {
    matches!(error, ChunkError::AcrossSteps { why, .. } if *why == OTHER_AXIS)
}

/// Number of the axis in a shape and in a window.
pub(super) const fn number(axis: StepAxis) -> usize {
    match axis {
        StepAxis::Rows => 0,
        StepAxis::Columns => 1,
    }
}

pub(super) const fn extent(shape: Shape, axis: StepAxis) -> usize {
    match axis {
        StepAxis::Rows => shape.h,
        StepAxis::Columns => shape.w,
    }
}

/// Elements between two steps that are in front of the axis.
pub(super) const fn outer(shape: Shape, axis: StepAxis) -> usize {
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

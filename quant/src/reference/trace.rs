//! What the CPU references remember of recurrent layers: every state, so that hardware can be compared step by step,
//! and the last ones, so that a signal can be fed in chunks.

use super::ReferenceError;
use crate::integer::{IntGraph, Recurrent, RecurrentState};

/// Everything one run computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Every tensor, in the order of [`IntGraph::tensors`], NHWC.
    pub tensors: Vec<Vec<i8>>,
    /// For each recurrent layer, in the order of the layers, its states after every step.
    pub steps: Vec<Steps>,
}

/// States of one recurrent layer: `[step][unit]`, steps in the order of the sequence (a reverse layer computes the last
/// one first).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// As [`RecurrentState::hidden`].
    pub hidden: Vec<i16>,
    /// As [`RecurrentState::cell`].
    pub cell: Vec<i16>,
}

impl Steps {
    /// Room for `steps` steps of a layer.
    pub(super) fn new(op: &Recurrent, steps: usize) -> Self {
        let cells = if op.cell.has_cell_state() {
            op.hidden
        } else {
            0
        };
        Self {
            hidden: vec![0; steps * op.hidden],
            cell: vec![0; steps * cells],
        }
    }

    /// Puts the state after step `t` in its place.
    pub(super) fn store(&mut self, t: usize, state: &RecurrentState) {
        let (n, m) = (state.hidden.len(), state.cell.len());
        self.hidden[t * n..(t + 1) * n].copy_from_slice(&state.hidden);
        self.cell[t * m..(t + 1) * m].copy_from_slice(&state.cell);
    }

    /// The state after the step that was computed last.
    fn last(&self, op: &Recurrent) -> RecurrentState {
        let part = |values: &[i16]| {
            let n = op.hidden.min(values.len());
            let start = if op.reverse { 0 } else { values.len() - n };
            values[start..start + n].to_vec()
        };
        RecurrentState {
            hidden: part(&self.hidden),
            cell: part(&self.cell),
        }
    }
}

/// The states after the last step, with which the next chunk of a signal begins.
///
/// # Errors
/// A layer that runs backwards, by name: its first step comes after the whole signal.
pub fn final_states(
    graph: &IntGraph,
    steps: &[Steps],
) -> Result<Vec<RecurrentState>, ReferenceError> {
    let one = |((index, op), steps): ((usize, &Recurrent), &Steps)| {
        if op.reverse {
            let layer = graph.layers[index].name.clone();
            return Err(ReferenceError::Reverse { layer });
        }
        Ok(steps.last(op))
    };
    graph.recurrent_layers().zip(steps).map(one).collect()
}

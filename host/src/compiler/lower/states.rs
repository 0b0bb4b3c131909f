//! States of recurrent layers: their rows of the state memory, where the hidden state before the first step lies, and how the last
//! one comes there if states are kept from run to run.

use systole_quant::integer::{Cell, Recurrent, RecurrentState, Shape};
use systole_quant::numerics::recurrent::hidden_of;

use super::gates::Gates;
use super::{CompileError, Lowering, View};
use crate::program::hidden_bytes;

/// Where a recurrent layer keeps its states.
#[derive(Debug, Clone)]
pub(in crate::compiler) struct StateHome {
    pub(in crate::compiler) layer: usize,
    /// First row of the state memory, and the first unit in it.
    pub(in crate::compiler) first_row: usize,
    pub(in crate::compiler) first_unit: usize,
    /// Where the hidden state before the first step lies and what it is, if it is not zero or kept from run to run.
    pub(in crate::compiler) initial: Option<(View, InitialState)>,
}

/// The state before the first step, as the machine keeps it.
#[derive(Debug, Clone)]
pub(in crate::compiler) struct InitialState {
    pub(in crate::compiler) bytes: Vec<i8>,
    pub(in crate::compiler) units: Vec<i16>,
}

impl InitialState {
    fn is_zero(op: &Recurrent) -> bool {
        let RecurrentState { hidden, cell } = &op.initial;
        hidden.iter().chain(cell).all(|&value| value == 0)
    }

    fn of(op: &Recurrent) -> Self {
        let state = &op.initial;
        let kept_wide = matches!(op.cell, Cell::Gru { .. });
        let bits = op.hidden_bits.into();
        let hidden = state.hidden.iter().map(|&h| match kept_wide {
            true => hidden_of(h.into(), bits) as i16,
            false => h,
        });
        InitialState {
            bytes: hidden_bytes(&hidden.collect::<Vec<_>>(), op.hidden_bits),
            units: if kept_wide {
                state.hidden.clone()
            } else {
                state.cell.clone()
            },
        }
    }
}

impl Lowering<'_> {
    /// Rows of the state memory, and a place for the hidden state before the first step.
    pub(super) fn state_home(
        &mut self,
        layer: usize,
        gates: &Gates<'_>,
        sum_row: usize,
    ) -> Result<StateHome, CompileError> {
        let name = || self.graph.layers[layer].name.clone();
        let arch = self.arch;
        let rows = gates.units().div_ceil(arch.units_at_once());
        let first = self.state_rows;
        let units = (first + rows) * arch.units_at_once();
        let sums = (sum_row + gates.all_beats()) * arch.lanes;
        let needed = units.max(sums.div_ceil(4));
        if needed > arch.recurrent_units {
            return Err(CompileError::RecurrentUnits {
                layer: name(),
                needed,
                available: arch.recurrent_units,
            });
        }
        self.state_rows += rows;
        let reads = self.keeps_states || !InitialState::is_zero(gates.op);
        let initial = reads.then(|| {
            // `r * h` of a GRU with two passes lies in front of it.
            let bytes = gates.hidden_bytes();
            let buffer = self.new_buffer(2 * bytes);
            let view = match gates.wide() {
                true => gates.planes(buffer, bytes),
                false => View {
                    offset: bytes,
                    ..View::packed(buffer, Shape::vector(gates.op.hidden), 2 * bytes)
                },
            };
            (view, InitialState::of(gates.op))
        });
        Ok(StateHome {
            layer,
            first_row: first,
            first_unit: first * arch.units_at_once(),
            initial,
        })
    }

    /// Copies the last hidden state to where the next run reads it, if states are kept. The others are in the state memory.
    pub(super) fn keep_state(&mut self, home: &StateHome, last: View) -> Result<(), CompileError> {
        match &home.initial {
            Some((view, _)) if self.keeps_states => self.copy(last, view.clone()),
            _ => Ok(()),
        }
    }
}

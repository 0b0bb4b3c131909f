//! States of recurrent layers: their rows of the state memory, where the hidden state before the first step lies, and how the last
//! one comes there if states are kept from run to run.

use systole_quant::integer::{Cell, Recurrent, RecurrentState, Shape};
use systole_quant::numerics::recurrent::hidden_of;

use super::gates::Gates;
use super::{CompileError, Lowering, View};

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
        let wide = matches!(op.cell, Cell::Gru { .. });
        let byte = |&h: &i16| {
            if wide {
                hidden_of(h.into(), 8) as i8
            } else {
                h as i8
            }
        };
        InitialState {
            bytes: state.hidden.iter().map(byte).collect(),
            units: if wide {
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
        if gates.op.hidden_bits != 8 {
            return Err(CompileError::HiddenBits { layer: name() });
        }
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
            let buffer = self.new_buffer(2 * gates.units());
            let shape = Shape::vector(gates.op.hidden);
            let mut view = View::packed(buffer, shape, 2 * gates.units());
            view.offset = gates.units();
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
    pub(super) fn keep_state(
        &mut self,
        home: &StateHome,
        output: &View,
        steps: usize,
    ) -> Result<(), CompileError> {
        match &home.initial {
            Some((view, _)) if self.keeps_states => {
                let last = output.window(steps - 1, 0, 1, 1);
                self.copy(last, view.clone())
            }
            _ => Ok(()),
        }
    }
}

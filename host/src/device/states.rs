//! States of recurrent layers between the runs of a program.

use super::{DeviceError, Session};
use crate::program::{Kept, Program, StateBinding, hidden_of_bytes};
use systole_quant::integer::RecurrentState;

/// What the next run begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Begin {
    /// Initial states, which somebody has to write.
    #[default]
    Initial,
    /// The states that the last run left.
    Kept,
    /// A run was begun and never ended well.
    Unknown,
}

impl Begin {
    /// Called before a run: whether initial states have to be written.
    pub(super) fn run(&mut self, program: &Program) -> Result<bool, DeviceError> {
        if !program.keeps_states {
            return Ok(true);
        }
        match std::mem::replace(self, Begin::Unknown) {
            Begin::Initial => Ok(true),
            Begin::Kept => Ok(false),
            Begin::Unknown => Err(DeviceError::StatesLost),
        }
    }

    /// Called when the device was reset: states that were kept in it are gone.
    pub(super) fn lost(&mut self, program: &Program) {
        if program.keeps_states && *self == Begin::Kept {
            *self = Begin::Unknown;
        }
    }

    /// Called after a run that went well.
    pub(super) fn done(&mut self) {
        *self = Begin::Kept;
    }
}

/// Whether a program can go on where another one stopped.
pub(super) fn check_same_states(from: &Program, to: &Program) -> Result<(), DeviceError> {
    let keep = from.keeps_states && to.keeps_states;
    let same = |(a, b): (&StateBinding, &StateBinding)| a.is_at(b);
    if keep && from.states.len() == to.states.len() && from.states.iter().zip(&to.states).all(same)
    {
        return Ok(());
    }
    Err(DeviceError::OtherStates {
        name: to.name.clone(),
    })
}

/// The states that a run of a program that keeps them has left, one for each recurrent layer, in the order of the layers.
///
/// # Errors
/// [`DeviceError::NoState`] for a program that does not keep states; a lost line.
pub fn read_states(
    session: &mut dyn Session,
    program: &Program,
) -> Result<Vec<RecurrentState>, DeviceError> {
    let mut states = Vec::with_capacity(program.states.len());
    for state in &program.states {
        let initial = state.initial.as_ref().filter(|_| program.keeps_states);
        let initial = initial.ok_or_else(|| DeviceError::NoState {
            layer: state.name.clone(),
        })?;
        let units = session.read_units(state)?;
        states.push(match state.kept {
            Kept::Hidden => RecurrentState {
                hidden: units,
                cell: Vec::new(),
            },
            Kept::Cell | Kept::Nothing => {
                let bytes = session.read_tensor(&initial.place)?;
                RecurrentState {
                    hidden: hidden_of_bytes(&bytes, state.hidden_bits),
                    cell: units,
                }
            }
        });
    }
    Ok(states)
}

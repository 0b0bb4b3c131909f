//! Where recurrent layers keep their states: what the host writes before a first run, and reads after any.

use serde::{Deserialize, Serialize};

use super::Placement;

/// A recurrent layer, one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateBinding {
    /// Layer in the imported model.
    pub name: String,
    /// Hidden units.
    pub hidden: usize,
    /// What the state memory holds of it.
    pub kept: Kept,
    /// Its first unit there.
    pub first_unit: usize,
    /// What its first step reads. `None`: the first step of every run counts the state as zero, whatever is in memory.
    pub initial: Option<InitialState>,
}

/// What the state memory holds for each hidden unit of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Nothing: the hidden state is all there is (RNN).
    Nothing,
    /// The cell state (LSTM).
    Cell,
    /// The hidden state in 16 bits (GRU).
    Hidden,
}

/// The state before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialState {
    /// Where the hidden state lies, one byte for each unit. A program that keeps states leaves the last one here.
    pub place: Placement,
    /// The hidden state.
    pub bytes: Vec<i8>,
    /// What the state memory holds, see [`StateBinding::kept`].
    pub units: Vec<i16>,
}

impl StateBinding {
    /// Units of the layer in the state memory.
    #[must_use]
    pub fn units(&self) -> usize {
        match self.kept {
            Kept::Nothing => 0,
            Kept::Cell | Kept::Hidden => self.hidden,
        }
    }

    /// Whether both are the states of one layer, in the same places: what a run of one program leaves is what a run of the
    /// other one reads.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        let place = |state: &Self| state.initial.as_ref().map(|i| i.place.clone());
        let memory = |s: &Self| (s.hidden, s.kept, s.first_unit);
        self.name == other.name && memory(self) == memory(other) && place(self) == place(other)
    }
}

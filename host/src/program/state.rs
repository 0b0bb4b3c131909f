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
    /// Bits of the hidden state in the banks: 8, or 16 in two planes.
    pub hidden_bits: u8,
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
    /// Where the hidden state lies, one byte for each unit and plane. A program that keeps states leaves the last one here.
    pub place: Placement,
    /// The hidden state, see [`hidden_bytes`].
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

    /// Bytes of the hidden state.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.hidden * usize::from(self.hidden_bits / 8)
    }

    /// Whether both are the states of one layer, in the same places: what a run of one program leaves is what a run of the
    /// other one reads.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        let place = |state: &Self| state.initial.as_ref().map(|i| i.place.clone());
        let memory = |s: &Self| (s.hidden, s.hidden_bits, s.kept, s.first_unit);
        self.name == other.name && memory(self) == memory(other) && place(self) == place(other)
    }
}

/// A hidden state as it lies in the banks: its bytes; of 16 bits all high bytes, then all low bytes less 128.
#[must_use]
pub fn hidden_bytes(hidden: &[i16], bits: u8) -> Vec<i8> {
    if bits == 8 {
        return hidden.iter().map(|&h| h as i8).collect();
    }
    let high = hidden.iter().map(|&h| (h >> 8) as i8);
    let low = hidden.iter().map(|&h| ((h & 255) - 128) as i8);
    high.chain(low).collect()
}

/// The hidden state that lies in the banks as these bytes.
#[must_use]
pub fn hidden_of_bytes(bytes: &[i8], bits: u8) -> Vec<i16> {
    if bits == 8 {
        return bytes.iter().map(|&byte| byte.into()).collect();
    }
    let (high, low) = bytes.split_at(bytes.len() / 2);
    let halves = high.iter().zip(low);
    halves
        .map(|(&high, &low)| (i16::from(high) << 8) + (i16::from(low) + 128))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hidden_state_comes_back() {
        let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        assert_eq!(hidden_of_bytes(&hidden_bytes(&all, 16), 16), all);
        let few: Vec<i16> = (-128..128).collect();
        assert_eq!(hidden_of_bytes(&hidden_bytes(&few, 8), 8), few);
        assert_eq!(hidden_bytes(&[-1, 256, 0], 16), [-1, 1, 0, 127, -128, -128]);
    }
}

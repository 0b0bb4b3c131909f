//! The recurrent unit: scaled sums become gates, gates become states and bytes (`docs/recurrence.md`).

use super::memory::Memories;
use super::pass::Pass;
use systole_arch::isa::Unit;
use systole_quant::numerics::recurrent::{
    gru_blend, gru_candidate_after, gru_reset, hidden_of, lstm_cell, lstm_hidden, preactivation,
    rnn_relu, rnn_tanh,
};
use systole_quant::numerics::{sat_bits, sigmoid, tanh};

/// Bits of the hidden state that is written to the banks.
const BYTE: u32 = 8;

/// One gate: the sum of this pass, and the stored one of the input part.
#[derive(Debug, Clone, Copy, Default)]
struct Gate {
    u: i64,
    v: i64,
}

impl Gate {
    fn preactivation(self) -> i64 {
        preactivation(self.u, self.v)
    }
}

/// State between the beats of a pass.
pub(super) struct Step<'a> {
    pass: &'a Pass,
    /// Gates of the unit that is not complete yet.
    gates: Vec<Gate>,
    /// Units that are complete.
    units: usize,
    /// Bytes of the word that is not complete yet.
    word: Vec<i8>,
    words: usize,
}

impl<'a> Step<'a> {
    pub(super) fn new(pass: &'a Pass) -> Self {
        Step {
            pass,
            gates: Vec::new(),
            units: 0,
            word: Vec::new(),
            words: 0,
        }
    }

    /// Beat number `beat` of the pass. Whether it completed a word, which is written.
    pub(super) fn beat(&mut self, memories: &mut Memories, sums: &[i64], beat: usize) -> bool {
        let (lanes, rows) = (memories.arch().lanes, memories.arch().sum_rows());
        let Some(row) = (self.pass.sum_row + beat).checked_rem(rows) else {
            return false;
        };
        for (lane, &v) in sums.iter().enumerate() {
            let stored = &mut memories.sums[row * lanes + lane];
            if self.pass.unit == Unit::Sums {
                *stored = v as i32;
                continue;
            }
            let u = i64::from(*stored);
            self.gates.push(Gate { u, v });
            if self.gates.len() == self.pass.unit.columns() {
                let gates = std::mem::take(&mut self.gates);
                let byte = self.unit(memories, &gates);
                self.word.push(byte);
                self.units += 1;
            }
        }
        let complete = self.word.len() == lanes;
        if complete {
            self.write(memories);
        }
        complete
    }

    fn write(&mut self, memories: &mut Memories) {
        let (lanes, bytes) = (memories.arch().lanes, memories.arch().bank_bytes());
        let address = self.pass.out.address as usize + self.words * lanes;
        let address = address % bytes / lanes * lanes;
        if let Some(bank) = memories.banks.get_mut(self.pass.out_bank) {
            bank[address..address + lanes].copy_from_slice(&self.word);
        }
        self.word.clear();
        self.words += 1;
    }

    /// The hidden state of the unit whose gates are complete; its state moves on.
    fn unit(&self, memories: &mut Memories, gates: &[Gate]) -> i8 {
        let [a, b, c, d] = std::array::from_fn(|n| gates.get(n).copied().unwrap_or_default());
        let at = self.state_index(memories);
        let state = match self.pass.state_zero {
            true => 0,
            false => i64::from(memories.state[at]),
        };
        let (next, hidden) = match self.pass.unit {
            Unit::Lstm => self.lstm([a, b, c, d].map(Gate::preactivation), state),
            Unit::Gru => {
                let n = gru_candidate_after(c.u, c.v, sigmoid(a.preactivation()));
                blend(sigmoid(b.preactivation()), n, state)
            }
            Unit::GruUpdate => blend(sigmoid(b.preactivation()), tanh(c.preactivation()), state),
            Unit::GruReset => (None, gru_reset(sigmoid(a.preactivation()), state, BYTE)),
            Unit::RnnTanh => (None, rnn_tanh(a.preactivation(), BYTE)),
            Unit::RnnRelu => (None, rnn_relu(a.preactivation(), BYTE)),
            Unit::Bytes | Unit::Sums => (None, 0),
        };
        if let Some(next) = next {
            memories.state[at] = next as i16;
        }
        hidden as i8
    }

    /// Cell and hidden state. What the field of the fraction bits holds beyond 8 to 12 is no number of the contract; the
    /// hardware shifts by its low bits.
    fn lstm(&self, [i, f, g, o]: [i64; 4], c: i64) -> (Option<i64>, i64) {
        let bits = self.pass.cell_bits.clamp(8, 12);
        let next = lstm_cell([i, f, g], c, bits);
        (Some(next), lstm_hidden(o, next, bits, BYTE))
    }

    fn state_index(&self, memories: &Memories) -> usize {
        let at_once = memories.arch().units_at_once();
        (self.pass.state_row * at_once + self.units) % memories.arch().recurrent_units
    }
}

/// State and hidden state of a GRU.
fn blend(z: i64, n: i64, state: i64) -> (Option<i64>, i64) {
    let next = sat_bits(gru_blend(z, n, state), 16);
    (Some(next), hidden_of(next, BYTE))
}

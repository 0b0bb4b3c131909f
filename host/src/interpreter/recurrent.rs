//! The recurrent unit: scaled sums become gates, gates become states and bytes (`docs/recurrence.md`).

use super::memory::Memories;
use super::pass::Pass;
use systole_arch::isa::Unit;
use systole_quant::numerics::recurrent::{
    gru_blend, gru_candidate_after, gru_reset, hidden_of, lstm_cell, lstm_hidden, preactivation,
    rnn_relu, rnn_tanh,
};
use systole_quant::numerics::{rhu, sat_bits, sigmoid, tanh};

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
    /// Hidden states of the word that is not complete yet.
    word: Vec<i64>,
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

    /// Beat number `beat` of the pass. Returns the number of words that it writes.
    pub(super) fn beat(&mut self, memories: &mut Memories, sums: &[i64], beat: usize) -> u64 {
        let (lanes, rows) = (memories.arch().lanes, memories.arch().sum_rows());
        let Some(row) = (self.pass.sum_row + beat).checked_rem(rows) else {
            return 0;
        };
        for (lane, &v) in sums.iter().enumerate() {
            let stored = &mut memories.sums[row * lanes + lane];
            if self.pass.unit == Unit::Sums {
                *stored = v as i32;
                continue;
            }
            let u = i64::from(*stored);
            self.gates.push(Gate { u, v });
            if self.gates.len() == self.pass.unit.columns(self.pass.wide) {
                let gates = std::mem::take(&mut self.gates);
                let hidden = self.unit(memories, &gates);
                self.word.push(hidden);
                self.units += 1;
            }
        }
        if self.word.len() < lanes {
            return 0;
        }
        let hidden = std::mem::take(&mut self.word);
        let count = self.pass.unit.words(self.pass.wide);
        for (plane, word) in self.planes(&hidden).iter().enumerate().take(count) {
            self.write(memories, plane, word);
        }
        self.words += 1;
        count as u64
    }

    /// Bytes of a word; of 16 bits the high bytes, the low bytes from -128 on, and the bytes that the sequence shows.
    fn planes(&self, hidden: &[i64]) -> [Vec<i8>; 3] {
        let of = |byte: fn(i64) -> i64| hidden.iter().map(|&h| byte(h) as i8).collect();
        if !self.pass.wide {
            return [of(|h| h), Vec::new(), Vec::new()];
        }
        [
            of(|h| h >> 8),
            of(|h| (h & 255) - 128),
            of(|h| sat_bits(rhu(h, 8), 8)),
        ]
    }

    fn write(&self, memories: &mut Memories, plane: usize, word: &[i8]) {
        let (lanes, bytes) = (memories.arch().lanes, memories.arch().bank_bytes());
        let offset = self.words * lanes + plane * self.pass.out.steps[0] as usize;
        let address = (self.pass.out.address as usize + offset) % bytes / lanes * lanes;
        if let Some(bank) = memories.banks.get_mut(self.pass.out_bank) {
            bank[address..address + lanes].copy_from_slice(word);
        }
    }

    /// The hidden state of the unit whose gates are complete; its state moves on.
    fn unit(&self, memories: &mut Memories, gates: &[Gate]) -> i64 {
        let bits = if self.pass.wide { 16 } else { 8 };
        let [a, b, c, d] = std::array::from_fn(|n| gates.get(n).copied().unwrap_or_default());
        let at = self.state_index(memories);
        let state = match self.pass.state_zero {
            true => 0,
            false => i64::from(memories.state[at]),
        };
        let (next, hidden) = match self.pass.unit {
            Unit::Lstm => self.lstm([a, b, c, d].map(Gate::preactivation), state, bits),
            Unit::Gru => {
                let n = gru_candidate_after(c.u, c.v, sigmoid(a.preactivation()));
                blend(sigmoid(b.preactivation()), n, state, bits)
            }
            Unit::GruUpdate => {
                let (z, n) = (sigmoid(b.preactivation()), tanh(c.preactivation()));
                blend(z, n, state, bits)
            }
            Unit::GruReset => (None, gru_reset(sigmoid(a.preactivation()), state, bits)),
            Unit::RnnTanh => (None, rnn_tanh(a.preactivation(), bits)),
            Unit::RnnRelu => (None, rnn_relu(a.preactivation(), bits)),
            Unit::Bytes | Unit::Sums => (None, 0),
        };
        if let Some(next) = next {
            memories.state[at] = next as i16;
        }
        hidden
    }

    /// Cell and hidden state. What the field of the fraction bits holds beyond 8 to 12 is no number of the contract; the
    /// hardware shifts by its low bits.
    fn lstm(&self, [i, f, g, o]: [i64; 4], c: i64, bits: u32) -> (Option<i64>, i64) {
        let fraction = self.pass.cell_bits.clamp(8, 12);
        let next = lstm_cell([i, f, g], c, fraction);
        (Some(next), lstm_hidden(o, next, fraction, bits))
    }

    fn state_index(&self, memories: &Memories) -> usize {
        let at_once = memories.arch().units_at_once();
        (self.pass.state_row * at_once + self.units) % memories.arch().recurrent_units
    }
}

/// State and hidden state of a GRU.
fn blend(z: i64, n: i64, state: i64, bits: u32) -> (Option<i64>, i64) {
    let next = sat_bits(gru_blend(z, n, state), 16);
    (Some(next), hidden_of(next, bits))
}

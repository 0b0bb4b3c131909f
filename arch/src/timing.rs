//! Pipeline timing: when things happen, in cycles. `docs/microarchitecture.md` draws the same stages.
//!
//! Inside the compute chain nothing stalls, so every time is a sum of constants. The generator builds exactly
//! these stages, the compiler schedules with them, and the counters of the RTL must agree.
//!
//! Times are those of *visible register outputs*: "slot at cycle t" means that the registers of the address
//! generator show the slot during cycle t.

use crate::config::Arch;
use crate::isa::{self, Unit};

/// From the start pulse of an instruction to its first slot.
pub const START_TO_SLOT: u64 = 2;
/// From the slot to the cycle in which the banks see its word addresses.
pub const SLOT_TO_BANK: u64 = 1;
/// Latency of every memory: address register and output register.
pub const MEMORY: u64 = 2;
/// Bank and half selection after the memory.
pub const BANK_SELECT: u64 = 1;
/// Byte rotator.
pub const ROTATE: u64 = 2;
/// Replacement of bytes outside the image.
pub const FILL: u64 = 1;
/// From the slot to the aligned vector at the edge of the array.
pub const SLOT_TO_VECTOR: u64 = SLOT_TO_BANK + MEMORY + BANK_SELECT + ROTATE + FILL;
/// Weight memory, and one register between it and the multiplier.
pub const WEIGHT_READ: u64 = MEMORY + 1;
/// From the slot to its weight address at the edge of the array, so that weight and activation meet.
pub const SLOT_TO_WEIGHT_ADDRESS: u64 = SLOT_TO_VECTOR - WEIGHT_READ;
/// Latency of every kind of multiplier.
pub const MULTIPLY: u64 = 3;
/// Adder of a cell, and accumulator at the bottom.
pub const ADD: u64 = 1;
/// Register between the aligned vector and the comparators of max pooling.
pub const POOL: u64 = 1;
/// Register that holds a finished vector while its beats are read.
pub const HOLD: u64 = 1;
/// From a beat (its control registers) to the cycle in which its column is read from the hold register.
pub const BEAT_TO_HOLD: u64 = 4;
/// From a beat to the cycle in which the banks see the address of its residual operand.
pub const BEAT_TO_RESIDUAL: u64 = 1;
/// From a beat to the cycle in which the bank sees the write.
pub const BEAT_TO_WRITE: u64 = 18;
/// From the write at the ports of post-processing to the cycle in which the memories of the bank see it.
pub const WRITE_TO_BANK: u64 = 1;
/// From a beat to the address of its row at the read port of the sum memory.
pub const BEAT_TO_SUM_READ: u64 = 9;
/// From a beat to the cycle in which the sum memory sees its write.
pub const BEAT_TO_SUM_WRITE: u64 = 11;
/// From a beat to the address of the state it completes, at the read port of the state memory.
pub const BEAT_TO_STATE_READ: u64 = 14;
/// From a beat to the cycle in which the state memory sees the write, LSTM.
pub const BEAT_TO_CELL_WRITE: u64 = 29;
/// The same for the 16-bit hidden state of a GRU.
pub const BEAT_TO_HIDDEN_WRITE: u64 = 29;
/// From a read pulse on the host bus to its data; the next pulse comes no earlier.
pub const HOST_READ: u64 = 10;
/// From the start pulse of an instruction to the earliest start pulse of the next: fetching its words, two at a time.
pub const FETCH: u64 = isa::WORDS as u64 / 2 + 4;

/// From the beat that completes a word of results to the cycle in which the bank sees its write, of a `wide` hidden state the
/// first one of its words; `None` for a unit that writes no bytes.
pub fn beat_to_write(unit: Unit, wide: bool) -> Option<u64> {
    match unit {
        Unit::Bytes => Some(BEAT_TO_WRITE),
        Unit::Sums => None,
        Unit::Lstm if wide => Some(31),
        Unit::Lstm => Some(30),
        Unit::Gru | Unit::GruUpdate => Some(31),
        Unit::RnnTanh | Unit::RnnRelu => Some(19),
        Unit::GruReset => Some(21),
    }
}

/// The times that depend on the size of the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    rows: u64,
    groups: u64,
}

impl Timing {
    /// Times of one configuration.
    pub fn new(arch: &Arch) -> Self {
        Timing {
            rows: arch.rows as u64,
            groups: arch.groups() as u64,
        }
    }

    /// From the slot to its partial sums, aligned over all columns, at the accumulators.
    pub fn slot_to_sum(&self) -> u64 {
        SLOT_TO_VECTOR + (self.rows - 1) + (self.groups - 1) + MULTIPLY + ADD
    }

    /// From the last slot of a vector to the first beat of its result.
    pub fn slot_to_beat(&self, max_pool: bool) -> u64 {
        let value = if max_pool {
            SLOT_TO_VECTOR + POOL + ADD
        } else {
            self.slot_to_sum() + ADD
        };
        value + HOLD - BEAT_TO_HOLD
    }

    /// From the slot to the cycle in which the bank sees the write of beat 0.
    pub fn slot_to_write(&self, max_pool: bool) -> u64 {
        self.slot_to_beat(max_pool) + BEAT_TO_WRITE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_of_the_16x16_array() {
        let t = Timing::new(&Arch::preset("16x16").unwrap());
        assert_eq!(SLOT_TO_VECTOR, 7);
        assert_eq!(t.slot_to_sum(), 7 + 15 + 3 + 4);
        assert_eq!(t.slot_to_beat(false), 16 + 4 + 7);
        assert_eq!(t.slot_to_beat(true), 6);
        assert_eq!(t.slot_to_write(false), 16 + 4 + 25);
    }
}

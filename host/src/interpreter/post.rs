//! Post-processing: finished vectors are scaled, rounded, clamped and written, `P` bytes a beat.

use super::array::wrap;
use super::memory::Memories;
use super::pass::{Pass, Stepped};
use super::walk::Advance;
use crate::program::Parameter;
use systole_quant::integer::Multiplier;
use systole_quant::numerics::{requantize, sat_bits};

/// State between vectors: addresses and parameter row of the current one.
pub(super) struct Post<'a> {
    pass: &'a Pass,
    out: u32,
    residual: u32,
    row: u32,
}

impl<'a> Post<'a> {
    pub(super) fn new(pass: &'a Pass) -> Self {
        let residual = pass.residual.map_or(0, |r| r.walk.address);
        Post {
            pass,
            out: pass.out.address,
            residual,
            row: pass.param_row,
        }
    }

    /// Writes the bytes of one beat.
    pub(super) fn beat(&self, memories: &mut Memories, columns: &[i64], beat: u32) {
        let lanes = memories.arch().lanes;
        let row = self.parameter_row(memories, beat);
        let out = aligned(memories, self.out, beat);
        let residual = aligned(memories, self.residual, beat);
        for lane in 0..lanes {
            let column = columns
                .get(beat as usize * lanes + lane)
                .copied()
                .unwrap_or(0);
            let y = self.result(memories, column, row * lanes + lane, residual + lane);
            if let Some(byte) = memories
                .banks
                .get_mut(self.pass.out_bank)
                .and_then(|bank| bank.get_mut(out + lane))
            {
                *byte = y;
            }
        }
    }

    /// Scaled sums of the lanes of a beat: bias and scale.
    pub(super) fn sums(&self, memories: &Memories, columns: &[i64], beat: u32) -> Vec<i64> {
        let lanes = memories.arch().lanes;
        let row = self.parameter_row(memories, beat);
        let sum = |lane| {
            let column = columns
                .get(beat as usize * lanes + lane)
                .copied()
                .unwrap_or(0);
            weighed(memories.parameters[row * lanes + lane], column)
        };
        (0..lanes).map(sum).collect()
    }

    fn parameter_row(&self, memories: &Memories, beat: u32) -> usize {
        let row = if self.pass.param_fixed {
            self.pass.param_row
        } else {
            self.row.wrapping_add(beat)
        };
        row as usize % memories.arch().param_rows
    }

    /// One value: bias, scale, sum with the residual operand or the larger of both, rounding, zero, clamp, table.
    fn result(&self, memories: &Memories, column: i64, parameter: usize, residual: usize) -> i8 {
        let u = weighed(memories.parameters[parameter], column);
        let v = self.pass.residual.map_or(0, |operand| {
            let bank = memories.banks.get(operand.bank);
            let r = bank
                .and_then(|bank| bank.get(residual))
                .copied()
                .unwrap_or(0);
            scaled(
                i64::from(r) - i64::from(operand.zero),
                Multiplier {
                    m: operand.m,
                    s: operand.s,
                },
            )
        });
        let term = if self.pass.residual_max {
            u.max(v)
        } else {
            u + v
        };
        let y = requantize(term, self.pass.zero, self.pass.clamp);
        match self.pass.table {
            None => y,
            Some(slot) => {
                let entry = slot * 256 + (i32::from(y) + 128) as usize;
                memories.tables.get(entry).copied().unwrap_or(0)
            }
        }
    }

    pub(super) fn step(&mut self, beats: u32, then: Advance) {
        let level = match then {
            Advance::OutX => 0,
            Advance::OutY => 1,
            Advance::Tile => 2,
            Advance::End => return,
        };
        let stepped = |at: u32, walk: &Stepped| at.wrapping_add(walk.steps[level]);
        self.out = stepped(self.out, &self.pass.out);
        if let Some(operand) = &self.pass.residual {
            self.residual = stepped(self.residual, &operand.walk);
        }
        if then == Advance::Tile {
            self.row = self.row.wrapping_add(beats);
        }
    }
}

/// Byte of a beat inside its bank: modulo the bank, a multiple of `P`.
fn aligned(memories: &Memories, address: u32, beat: u32) -> usize {
    let arch = memories.arch();
    let byte = address as usize + beat as usize * arch.lanes;
    byte % arch.bank_bytes() / arch.lanes * arch.lanes
}

/// A column with its bias, scaled by a parameter.
fn weighed(parameter: Parameter, column: i64) -> i64 {
    let (m, s) = (parameter.m, parameter.s);
    scaled(wrap(column + parameter.bias), Multiplier { m, s })
}

/// `scale(acc; M, s, G = 8)` for any six bits of `s`: the shifter takes `s - 8` modulo 64.
fn scaled(acc: i64, multiplier: Multiplier) -> i64 {
    let t = sat_bits((acc << 16) >> (multiplier.s.wrapping_sub(8) & 63), 18);
    (t * i64::from(multiplier.m)) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use systole_quant::numerics::{GUARD_8, scale};

    proptest! {
        #[test]
        fn the_shifter_computes_the_contract(acc in -(1i64 << 34)..(1i64 << 34), m: u16, s in 8u8..=55) {
            let multiplier = Multiplier { m, s };
            prop_assert_eq!(scaled(acc, multiplier), scale(acc, multiplier, GUARD_8));
        }
    }
}

//! What post-processing does, written plainly from `docs/microarchitecture.md` and the numerics contract.

mod program;

use std::collections::BTreeMap;

use systole_arch::isa::{self, Instruction};
use systole_arch::{Arch, Timing, timing};

pub(crate) use program::*;

pub(crate) fn shift(x: i64, k: i64) -> i128 {
    let x = i128::from(x);
    if k >= 0 { x << k } else { x >> -k }
}

pub(crate) fn scale(x: i64, m: i64, s: i64) -> i128 {
    (shift(x, 24 - s).clamp(-(1 << 17), (1 << 17) - 1) * i128::from(m)) >> 16
}

/// A byte of a bank, made up but always the same.
pub(crate) fn residual_byte(bank: i64, address: i64) -> i64 {
    i64::from(((bank * 7919 + address * 104_729) >> 3) as i8)
}

#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) writes: BTreeMap<u64, Write>,
    pub(crate) reads: BTreeMap<u64, (i64, i64)>,
}

pub(crate) fn result(
    memories: &Memories,
    i: &Instruction,
    row: usize,
    lane: usize,
    value: i64,
    operand: i64,
) -> i64 {
    let (bias, m, s) = memories.parameters[row][lane];
    let u = scale(value + bias, i64::from(m), i64::from(s));
    let v = match i.get(isa::RESIDUAL) {
        1 => scale(
            operand - i.get(isa::RESIDUAL_ZERO),
            i.get(isa::RESIDUAL_M),
            i.get(isa::RESIDUAL_S),
        ),
        _ => 0,
    };
    let term = match i.get(isa::RESIDUAL_MAX) {
        1 => u.max(v),
        _ => u + v,
    };
    let rounded = ((term + 128) >> 8) as i64;
    let y = (rounded + i.get(isa::ZERO)).clamp(i.get(isa::CLAMP_LOW), i.get(isa::CLAMP_HIGH));
    match i.get(isa::TABLE) {
        1 => i64::from(memories.tables[i.get(isa::TABLE_SLOT) as usize][(y + 128) as usize]),
        _ => y,
    }
}

pub(crate) fn expect(arch: &Arch, memories: &Memories, passes: &[Pass]) -> Expected {
    let (p, bytes) = (arch.lanes as i64, arch.bank_bytes() as i64);
    let mut expected = Expected::default();
    for pass in passes {
        let i = &pass.instruction;
        let mut out = i.get(isa::OUT_ADDRESS);
        let mut residual = i.get(isa::RESIDUAL_ADDRESS);
        let mut row = i.get(isa::PARAM_ROW);
        let fixed = i.get(isa::PARAM_FIXED) == 1;
        for vector in &pass.vectors {
            let beat0 = vector.slot + Timing::new(arch).slot_to_beat(pass.max());
            for b in 0..pass.beats(vector) as i64 {
                let operand = (residual + b * p).rem_euclid(bytes);
                let row = if fixed { row } else { row + b } as usize % arch.param_rows;
                let bank = i.get(isa::RESIDUAL_BANK);
                if i.get(isa::RESIDUAL) == 1 {
                    expected.reads.insert(beat0 + b as u64, (bank, operand));
                }
                let byte = |lane: i64| {
                    let value = vector.values[(b * p + lane) as usize];
                    result(
                        memories,
                        i,
                        row,
                        lane as usize,
                        value,
                        residual_byte(bank, operand + lane),
                    )
                };
                let address = (out + b * p).rem_euclid(bytes);
                let write = Write {
                    bank: i.get(isa::OUT_BANK),
                    address,
                    data: (0..p).map(byte).collect(),
                };
                if i.get(isa::UNIT) != 0 {
                    continue;
                }
                let before = expected.writes.insert(
                    beat0 + b as u64 + timing::BEAT_TO_WRITE - timing::WRITE_TO_BANK,
                    write,
                );
                assert!(before.is_none(), "the schedule of this test is illegal");
            }
            let (step, residual_step) = match vector.level {
                0 => (isa::OUT_STEP_X, isa::RESIDUAL_STEP_X),
                1 => (isa::OUT_STEP_Y, isa::RESIDUAL_STEP_Y),
                2 => (isa::OUT_STEP_TILE, isa::RESIDUAL_STEP_TILE),
                _ => continue,
            };
            out += i.get(step);
            residual += i.get(residual_step);
            if vector.level == 2 && !fixed {
                row += i.get(isa::BEATS) + 1;
            }
        }
    }
    expected
}

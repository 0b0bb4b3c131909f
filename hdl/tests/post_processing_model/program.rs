//! Random programs whose schedule is as tight as the document allows, and memories to run them with.

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::{Arch, Timing, timing};
use systole_hdl::rt::crosscheck::Random;

pub(crate) struct Vector {
    pub(crate) slot: u64,
    pub(crate) level: i64,
    pub(crate) last_tile: bool,
    pub(crate) values: Vec<i64>,
}

pub(crate) struct Pass {
    pub(crate) start: u64,
    pub(crate) instruction: Instruction,
    pub(crate) vectors: Vec<Vector>,
}

impl Pass {
    pub(crate) fn max(&self) -> bool {
        self.instruction.get(isa::MODE_MAX) == 1
    }

    pub(crate) fn beats(&self, vector: &Vector) -> u64 {
        self.instruction.get(if vector.last_tile {
            isa::BEATS_LAST
        } else {
            isa::BEATS
        }) as u64
            + 1
    }
}

/// What the host loads before a run.
pub(crate) struct Memories {
    pub(crate) parameters: Vec<Vec<(i64, u16, u8)>>,
    pub(crate) tables: Vec<[i8; 256]>,
}

#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct Write {
    pub(crate) bank: i64,
    pub(crate) address: i64,
    pub(crate) data: Vec<i64>,
}

pub(crate) fn arch(rows: usize, cols: usize, lanes: usize, table_slots: usize) -> Arch {
    let arch = Arch {
        rows,
        cols,
        lanes,
        table_slots,
        banks: 4,
        bank_words: 64,
        param_rows: 16,
        ..Arch::preset("8x8").unwrap()
    };
    arch.check("test").unwrap();
    arch
}

pub(crate) fn signed(random: &mut Random, width: u32) -> i64 {
    let ends = [-(1i64 << (width - 1)), (1 << (width - 1)) - 1, 0];
    if random.one_in(12) {
        ends[random.below(3) as usize]
    } else {
        random.bits() as i64 >> (64 - width)
    }
}

pub(crate) fn memories(arch: &Arch, random: &mut Random) -> Memories {
    let parameter = |r: &mut Random| {
        (
            signed(r, 28),
            32768 + r.below(32768) as u16,
            12 + r.below(30) as u8,
        )
    };
    Memories {
        parameters: (0..arch.param_rows)
            .map(|_| (0..arch.lanes).map(|_| parameter(random)).collect())
            .collect(),
        tables: (0..arch.table_slots)
            .map(|_| std::array::from_fn(|_| random.bits() as i8))
            .collect(),
    }
}

pub(crate) fn random_instruction(arch: &Arch, random: &mut Random) -> Instruction {
    let mut i = Instruction::new(Opcode::Pass);
    for field in isa::FIELDS {
        let (low, high) = field.range();
        i.set(*field, low + random.below((high - low + 1) as u64) as i64)
            .unwrap();
    }
    let (a, b) = (signed(random, 8), signed(random, 8));
    let beats = arch.max_beats() as u64;
    for (field, value) in [
        (isa::OPCODE, 1),
        (isa::MODE_MAX, i64::from(random.one_in(2))),
        (
            isa::TABLE,
            i64::from(arch.table_slots > 0 && random.one_in(2)),
        ),
        (
            isa::TABLE_SLOT,
            random.below(arch.table_slots.max(1) as u64) as i64,
        ),
        // Sums are kept by the recurrent unit, not written to a bank.
        (isa::UNIT, i64::from(random.one_in(6))),
        (isa::PARAM_FIXED, i64::from(random.one_in(3))),
        (isa::BEATS, random.below(beats) as i64),
        (isa::BEATS_LAST, random.below(beats) as i64),
        (isa::CLAMP_LOW, a.min(b)),
        (isa::CLAMP_HIGH, a.max(b)),
        (isa::RESIDUAL_S, 8 + random.below(48) as i64),
    ] {
        i.set(field, value).unwrap();
    }
    let mask = !(arch.lanes as i64 - 1);
    for field in [
        isa::OUT_ADDRESS,
        isa::OUT_STEP_X,
        isa::OUT_STEP_Y,
        isa::OUT_STEP_TILE,
        isa::RESIDUAL_ADDRESS,
        isa::RESIDUAL_STEP_X,
        isa::RESIDUAL_STEP_Y,
        isa::RESIDUAL_STEP_TILE,
    ] {
        i.set(field, i.get(field) & mask).unwrap();
    }
    i
}

/// Passes as close together as the rules of the document allow, or with a pause.
pub(crate) fn schedule(arch: &Arch, count: usize, random: &mut Random) -> Vec<Pass> {
    let t = Timing::new(arch);
    let (mut start, mut next_slot, mut next_beat) = (5, 0, 0);
    let mut passes = Vec::new();
    for _ in 0..count {
        let instruction = random_instruction(arch, random);
        let mut pass = Pass {
            start,
            instruction,
            vectors: Vec::new(),
        };
        let to_beat = t.slot_to_beat(pass.max());
        next_slot = next_slot.max(start + timing::START_TO_SLOT);
        let vectors = if random.one_in(3) {
            1
        } else {
            1 + random.below(6)
        };
        for v in 0..vectors {
            let pause = if random.one_in(2) { 0 } else { random.below(9) };
            let slot = next_slot.max((next_beat + pause).saturating_sub(to_beat)) + random.below(2);
            let last = v + 1 == vectors;
            let width = if pass.max() {
                arch.pool_lanes()
            } else {
                arch.cols
            };
            let bits = if pass.max() { 8 } else { 34 };
            let mut values: Vec<i64> = (0..width)
                .map(|_| signed(random, bits) >> (random.below(3) * 8))
                .collect();
            values.resize(arch.cols, 0);
            let level = if last { 3 } else { random.below(3) as i64 };
            let vector = Vector {
                slot,
                level,
                last_tile: random.one_in(2),
                values,
            };
            (next_slot, next_beat) = (slot + 1, slot + to_beat + pass.beats(&vector));
            pass.vectors.push(vector);
        }
        let first_beat = pass.vectors[0].slot + to_beat;
        let idle = if random.one_in(2) {
            0
        } else {
            random.below(40)
        };
        start = first_beat.max((next_slot + idle).saturating_sub(timing::START_TO_SLOT));
        passes.push(pass);
    }
    passes
}

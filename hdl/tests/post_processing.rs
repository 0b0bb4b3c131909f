//! Post-processing against a plain model of `docs/microarchitecture.md`: every write and every residual read
//! in its cycle, passes that overlap, both paths; and against its Verilog.

use std::collections::BTreeMap;

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::map::{Space, parameter_offset, parameter_words};
use systole_arch::{Arch, Timing, timing};
use systole_hdl::accelerator::{PostProcessing, post_processing_words};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

struct Vector {
    slot: u64,
    level: i64,
    last_tile: bool,
    values: Vec<i64>,
}

struct Pass {
    start: u64,
    instruction: Instruction,
    vectors: Vec<Vector>,
}

impl Pass {
    fn max(&self) -> bool {
        self.instruction.get(isa::MODE_MAX) == 1
    }

    fn beats(&self, vector: &Vector) -> u64 {
        self.instruction.get(if vector.last_tile {
            isa::BEATS_LAST
        } else {
            isa::BEATS
        }) as u64
            + 1
    }
}

/// What the host loads before a run.
struct Memories {
    parameters: Vec<Vec<(i64, u16, u8)>>,
    tables: Vec<[i8; 256]>,
}

#[derive(Debug, PartialEq, Eq, Clone)]
struct Write {
    bank: i64,
    address: i64,
    data: Vec<i64>,
}

fn arch(rows: usize, cols: usize, lanes: usize, table_slots: usize) -> Arch {
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

fn signed(random: &mut Random, width: u32) -> i64 {
    let ends = [-(1i64 << (width - 1)), (1 << (width - 1)) - 1, 0];
    if random.one_in(12) {
        ends[random.below(3) as usize]
    } else {
        random.bits() as i64 >> (64 - width)
    }
}

fn memories(arch: &Arch, random: &mut Random) -> Memories {
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

fn random_instruction(arch: &Arch, random: &mut Random) -> Instruction {
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
fn schedule(arch: &Arch, count: usize, random: &mut Random) -> Vec<Pass> {
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

fn shift(x: i64, k: i64) -> i128 {
    let x = i128::from(x);
    if k >= 0 { x << k } else { x >> -k }
}

fn scale(x: i64, m: i64, s: i64) -> i128 {
    (shift(x, 24 - s).clamp(-(1 << 17), (1 << 17) - 1) * i128::from(m)) >> 16
}

/// A byte of a bank, made up but always the same.
fn residual_byte(bank: i64, address: i64) -> i64 {
    i64::from(((bank * 7919 + address * 104_729) >> 3) as i8)
}

#[derive(Default)]
struct Expected {
    writes: BTreeMap<u64, Write>,
    reads: BTreeMap<u64, (i64, i64)>,
}

fn result(
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
    let rounded = ((u + v + 128) >> 8) as i64;
    let y = (rounded + i.get(isa::ZERO)).clamp(i.get(isa::CLAMP_LOW), i.get(isa::CLAMP_HIGH));
    match i.get(isa::TABLE) {
        1 => i64::from(memories.tables[i.get(isa::TABLE_SLOT) as usize][(y + 128) as usize]),
        _ => y,
    }
}

fn expect(arch: &Arch, memories: &Memories, passes: &[Pass]) -> Expected {
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
                let before = expected
                    .writes
                    .insert(beat0 + b as u64 + timing::BEAT_TO_WRITE, write);
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

fn load(sim: &mut Sim<PostProcessing>, arch: &Arch, memories: &Memories) {
    let mut words = Vec::new();
    for (row, lanes) in memories.parameters.iter().enumerate() {
        for (lane, (bias, m, s)) in lanes.iter().enumerate() {
            let offset = parameter_offset(arch, row, lane);
            for (half, word) in parameter_words(*bias, *m, *s).into_iter().enumerate() {
                words.push((Space::Parameters, offset + half as u32, word));
            }
        }
    }
    for (slot, table) in memories.tables.iter().enumerate() {
        for (index, entries) in table.chunks(4).enumerate() {
            let bytes: [u8; 4] = std::array::from_fn(|i| entries[i] as u8);
            words.push((
                Space::Tables,
                (slot * 64 + index) as u32,
                u32::from_le_bytes(bytes),
            ));
        }
    }
    // Something else on the bus must not land here.
    words.push((Space::Weights, 3, 0xFFFF_FFFF));
    for (space, offset, word) in words {
        sim.block.host_write.next = true;
        sim.block.host_space.next = (space as u8).into();
        sim.block.host_offset.next = offset.into();
        sim.block.host_data.next = word.into();
        sim.tick().unwrap();
    }
    sim.block.host_write.next = false;
    sim.tick().unwrap();
}

/// Inputs of one cycle; where nothing is said, they are noise.
fn drive(
    sim: &mut Sim<PostProcessing>,
    arch: &Arch,
    passes: &[Pass],
    cycle: u64,
    random: &mut Random,
) {
    let block = &mut sim.block;
    let noise = |random: &mut Random, lanes: &mut Vec<_>, bits| {
        lanes
            .iter_mut()
            .for_each(|lane: &mut systole_hdl::rt::Sig<_>| lane.next = signed(random, bits).into());
    };
    noise(random, &mut block.instruction, 32);
    noise(random, &mut block.totals, 35);
    noise(random, &mut block.maxima, 8);
    (block.start.next, block.token.next) = (false, false);
    (
        block.token_max.next,
        block.token_begin.next,
        block.token_last_tile.next,
    ) = (random.one_in(2), random.one_in(2), random.one_in(2));
    block.token_level.next = random.below(4).cast_signed().into();
    for pass in passes {
        if pass.start == cycle {
            block.start.next = true;
            for (lane, word) in post_processing_words().into_iter().enumerate() {
                block.instruction[lane].next = pass.instruction.words[word].into();
            }
        }
        for (n, vector) in pass.vectors.iter().enumerate() {
            if vector.slot == cycle {
                (block.token.next, block.token_max.next) = (true, pass.max());
                (block.token_begin.next, block.token_last_tile.next) = (n == 0, vector.last_tile);
                block.token_level.next = vector.level.into();
            }
            let array_time = Timing::new(arch).slot_to_sum() + timing::ADD;
            if pass.max() && vector.slot + timing::SLOT_TO_VECTOR + timing::ADD == cycle {
                block
                    .maxima
                    .iter_mut()
                    .zip(&vector.values)
                    .for_each(|(lane, v)| lane.next = (*v).into());
            }
            if !pass.max() && vector.slot + array_time == cycle {
                block
                    .totals
                    .iter_mut()
                    .zip(&vector.values)
                    .for_each(|(lane, v)| lane.next = (*v).into());
            }
        }
    }
}

fn run(arch: &Arch, passes: usize, seed: u64) {
    let mut random = Random::new(seed);
    let memories = memories(arch, &mut random);
    let passes = schedule(arch, passes, &mut random);
    let expected = expect(arch, &memories, &passes);
    let mut sim = Sim::new(PostProcessing::new(arch));
    load(&mut sim, arch, &memories);
    sim.block.run.next = true;
    sim.tick().unwrap();
    sim.block.run.next = false;
    let end = expected
        .writes
        .last_key_value()
        .map_or(0, |(cycle, _)| cycle + 40);
    for cycle in 0..end {
        drive(&mut sim, arch, &passes, cycle, &mut random);
        let answer = cycle.checked_sub(5).and_then(|c| expected.reads.get(&c));
        for (lane, port) in sim.block.residual.iter_mut().enumerate() {
            let byte = answer.map(|(bank, address)| residual_byte(*bank, address + lane as i64));
            port.next = byte.unwrap_or_else(|| signed(&mut random, 8)).into();
        }
        sim.settle().unwrap();
        let out = sim.outputs();
        let read = (out[0] == 1).then_some((out[1], out[2]));
        assert_eq!(
            read.as_ref(),
            expected.reads.get(&cycle),
            "residual read, cycle {cycle}"
        );
        let data = out[6..6 + arch.lanes].to_vec();
        let write = (out[3] == 1).then_some(Write {
            bank: out[4],
            address: out[5],
            data,
        });
        assert_eq!(
            write.as_ref(),
            expected.writes.get(&cycle),
            "write, cycle {cycle}, {arch:?}"
        );
        assert_eq!(out[7 + arch.lanes], 0, "overrun in cycle {cycle}");
        sim.tick().unwrap();
    }
    assert_eq!(sim.get("beats").unwrap(), expected.writes.len() as i64);
}

const SIZES: [(usize, usize, usize, usize); 10] = [
    (2, 2, 1, 1),
    (4, 4, 1, 0),
    (4, 4, 4, 2),
    (8, 8, 4, 2),
    (16, 8, 2, 1),
    (16, 16, 8, 2),
    (8, 16, 8, 0),
    (32, 32, 8, 2),
    (8, 32, 1, 1),
    (4, 12, 4, 8),
];

#[test]
fn every_write_in_its_cycle() {
    for (n, (rows, cols, lanes, tables)) in SIZES.into_iter().enumerate() {
        run(&arch(rows, cols, lanes, tables), 60, n as u64 + 1);
    }
}

#[test]
fn long_random_programs() {
    for seed in 0..4 {
        run(&arch(8, 8, 4, 2), 400, 100 + seed);
    }
}

fn token(sim: &mut Sim<PostProcessing>, max: Option<bool>) {
    sim.block.token.next = max.is_some();
    sim.block.token_max.next = max.unwrap_or(false);
    sim.block.token_begin.next = true;
    sim.block.token_last_tile.next = false;
    sim.tick().unwrap();
}

/// Cycles in which the fault shows.
fn faults(arch: &Arch, beats: i64, tokens: &[(u64, bool)]) -> Vec<u64> {
    let mut sim = Sim::new(PostProcessing::new(arch));
    let mut instruction = Instruction::new(Opcode::Pass);
    instruction.set(isa::BEATS, beats - 1).unwrap();
    for (lane, word) in post_processing_words().into_iter().enumerate() {
        sim.block.instruction[lane].next = instruction.words[word].into();
    }
    sim.block.start.next = true;
    token(&mut sim, None);
    sim.block.start.next = false;
    let mut shown = Vec::new();
    for cycle in 0..100 {
        if sim.get("post_overrun").unwrap() == 1 {
            shown.push(cycle);
        }
        token(
            &mut sim,
            tokens
                .iter()
                .find(|(c, _)| *c == cycle)
                .map(|(_, max)| *max),
        );
    }
    shown
}

#[test]
fn results_too_close_together_are_a_fault() {
    let arch = arch(8, 8, 2, 1);
    let t = Timing::new(&arch);
    let (array, pool) = (t.slot_to_beat(false), t.slot_to_beat(true));
    assert_eq!(
        faults(&arch, 4, &[(10, false), (14, false), (18, false)]),
        Vec::<u64>::new()
    );
    assert_eq!(
        faults(&arch, 4, &[(10, false), (13, false)]),
        vec![13 + array]
    );
    assert_eq!(
        faults(&arch, 2, &[(10, false), (11, false), (13, false)]),
        vec![11 + array]
    );
    assert_eq!(
        faults(&arch, 1, &[(10, false), (11, false)]),
        Vec::<u64>::new()
    );
    assert_eq!(faults(&arch, 4, &[(10, true), (11, true)]), vec![11 + pool]);
    let together = 10 + array - pool;
    assert_eq!(
        faults(&arch, 1, &[(10, false), (together, true)]),
        vec![10 + array]
    );
}

#[test]
fn reset_forgets_what_is_on_its_way() {
    let arch = arch(8, 8, 2, 1);
    let mut sim = Sim::new(PostProcessing::new(&arch));
    token(&mut sim, Some(false));
    (0..10).for_each(|_| token(&mut sim, None));
    sim.block.reset.next = true;
    token(&mut sim, None);
    sim.block.reset.next = false;
    for _ in 0..100 {
        token(&mut sim, None);
        assert_eq!(sim.get("write_valid").unwrap(), 0);
    }
    token(&mut sim, Some(true));
    (0..100).for_each(|_| token(&mut sim, None));
    assert_eq!(sim.get("beats").unwrap(), 1);
    sim.block.run.next = true;
    token(&mut sim, None);
    assert_eq!(sim.get("beats").unwrap(), 0);
}

#[test]
fn verilog_is_the_same() {
    for (rows, cols, lanes, tables) in SIZES {
        let arch = arch(rows, cols, lanes, tables);
        let rows_and_lanes = (arch.param_rows * lanes * 2) as u64;
        Crosscheck::new("post_processing", || PostProcessing::new(&arch))
            .cycles(1500)
            .shape(move |block, cycle, random| {
                block.reset.next = cycle < 2 || random.one_in(400);
                block.start.next = random.one_in(30);
                block.run.next = random.one_in(300);
                block.token.next = random.one_in(1 + cycle / 200);
                block.token_begin.next = random.one_in(5);
                block.host_space.next = (3 + random.below(2)).cast_signed().into();
                block.host_offset.next = random.below(rows_and_lanes).cast_signed().into();
            })
            .run()
            .unwrap();
    }
}

//! Post-processing against a plain model of `docs/microarchitecture.md`: every write and every residual read
//! in its cycle, passes that overlap, both paths; and against its Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod post_processing_model;

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::map::{Space, parameter_offset, parameter_words};
use systole_arch::{Arch, Timing, timing};
use systole_hdl::accelerator::{
    PostProcessing, PostProcessingBeats, PostProcessingConstants, PostProcessingFields,
    PostProcessingParameters, post_processing_words,
};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};
use systole_hdl::rt::spoil_collisions;

use post_processing_model::*;

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
            if pass.max()
                && vector.slot + timing::SLOT_TO_VECTOR + timing::POOL + timing::ADD == cycle
            {
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
    let mut sim = Sim::new(spoil_collisions(|| PostProcessing::new(arch)));
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
    let mut sim = Sim::new(spoil_collisions(|| PostProcessing::new(arch)));
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
    let mut sim = Sim::new(spoil_collisions(|| PostProcessing::new(&arch)));
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

#[test]
fn verilog_with_a_recurrent_unit_is_the_same() {
    let arch = Arch {
        recurrent_units: 16,
        ..arch(4, 4, 4, 1)
    };
    Crosscheck::new("post_processing", || PostProcessing::new(&arch))
        .cycles(2000)
        .shape(move |block, cycle, random| {
            block.reset.next = cycle < 2 || random.one_in(400);
            block.start.next = random.one_in(30);
            block.run.next = random.one_in(300);
            block.token.next = random.one_in(2);
            block.token_begin.next = random.one_in(5);
            block.host_space.next = (3 + random.below(4)).cast_signed().into();
            block.host_offset.next = random.below(64).cast_signed().into();
        })
        .run()
        .unwrap();
}

#[test]
fn verilog_of_the_parts_is_the_same() {
    for (rows, cols, lanes, tables) in [SIZES[0], SIZES[3], SIZES[7]] {
        let arch = arch(rows, cols, lanes, tables);
        let rows_and_lanes = (arch.param_rows * lanes * 2) as u64;
        Crosscheck::new("post_processing_beats", || PostProcessingBeats::new(&arch))
            .cycles(2000)
            .run()
            .unwrap();
        Crosscheck::new("post_processing_parameters", || {
            PostProcessingParameters::new(&arch)
        })
        .cycles(2000)
        .shape(move |block, _, random| {
            block.host_space.next = (3 + random.below(2)).cast_signed().into();
            block.host_offset.next = random.below(rows_and_lanes).cast_signed().into();
        })
        .run()
        .unwrap();
    }
    Crosscheck::new("post_processing_constants", PostProcessingConstants::new)
        .cycles(2000)
        .shape(|block, _, random| block.reset.next = random.one_in(50))
        .run()
        .unwrap();
    Crosscheck::new("post_processing_fields", PostProcessingFields::new)
        .cycles(500)
        .run()
        .unwrap();
}

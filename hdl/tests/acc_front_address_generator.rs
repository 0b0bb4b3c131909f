//! The address generator against a plain nest of loops, and its Verilog against its Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::isa::{self, Instruction, LEVEL_FIELDS, LEVELS, Opcode};
use systole_arch::{Arch, timing};
use systole_hdl::accelerator::AddressGenerator;
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};
use systole_hdl::rt::prelude::Out;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    max: bool,
    walk: [i64; 4],
    constants: [i64; 4],
    first: bool,
    next_plane: bool,
    /// begin, last_tile, level.
    last: Option<(bool, bool, i64)>,
}

fn wrap(value: i64, bits: usize, signed: bool) -> i64 {
    let unused = 64 - bits as u32;
    if signed {
        value << unused >> unused
    } else {
        ((value as u64) << unused >> unused) as i64
    }
}

/// Slots of a pass with the cycle of each (0: the first one), and the issue length.
fn slots(arch: &Arch, i: &Instruction) -> (Vec<(u64, Slot)>, u64) {
    let count = LEVEL_FIELDS.each_ref().map(|l| i.get(l.count));
    let mut n = [0i64; LEVELS];
    let mut at = [
        i.get(isa::IN_ADDRESS),
        i.get(isa::Y0),
        i.get(isa::X0),
        i.get(isa::WEIGHT_ADDRESS),
    ];
    let (mut found, mut cycle) = (Vec::new(), 0);
    loop {
        let inner_end = (0..3).all(|l| n[l] == count[l]);
        let advances = (0..LEVELS).find(|l| n[*l] < count[*l]);
        found.push((
            cycle,
            Slot {
                max: i.get(isa::MODE_MAX) == 1,
                walk: [
                    wrap(at[0], arch.bank_address_bits(), false),
                    wrap(at[1], 16, true),
                    wrap(at[2], 20, true),
                    wrap(at[3], arch.weight_address_bits(), false),
                ],
                constants: [
                    i.get(isa::IN_BANK),
                    i.get(isa::FILL),
                    i.get(isa::HEIGHT),
                    i.get(isa::ROW_BYTES),
                ],
                first: n[..3] == [0, 0, 0],
                next_plane: i.get(isa::WIDE) == 1 && n[..2] == [0, 0] && n[2] > 0,
                last: inner_end.then(|| {
                    (
                        n[3..] == [0, 0, 0],
                        n[5] == count[5],
                        advances.map_or(3, |l| l as i64 - 3),
                    )
                }),
            },
        ));
        cycle += 1;
        if inner_end {
            cycle += i.get(if n[5] == count[5] {
                isa::STALL_LAST
            } else {
                isa::STALL
            }) as u64;
        }
        let Some(l) = advances else {
            return (found, cycle);
        };
        n[l] += 1;
        n[..l].fill(0);
        let f = &LEVEL_FIELDS[l];
        for (value, step) in at.iter_mut().zip([f.daddress, f.dy, f.dx, f.dweight]) {
            *value += i.get(step);
        }
    }
}

fn instruction(random: &mut Random, counts: [i64; LEVELS], max_stall: u64) -> Instruction {
    let mut i = Instruction::new(Opcode::Pass);
    for field in isa::all_fields() {
        if field != isa::OPCODE {
            i.set_modulo(field, random.bits() as i64);
        }
    }
    for (level, count) in LEVEL_FIELDS.iter().zip(counts) {
        i.set(level.count, count).unwrap();
    }
    i.set(isa::STALL, random.below(max_stall + 1) as i64)
        .unwrap();
    i.set(isa::STALL_LAST, random.below(max_stall + 1) as i64)
        .unwrap();
    i
}

fn shown(g: &AddressGenerator) -> Option<Slot> {
    let get = |s: &systole_hdl::rt::Sig<Out>| s.val().get();
    g.valid.val().then(|| Slot {
        max: g.max.val(),
        walk: [get(&g.address), get(&g.y), get(&g.x), get(&g.weight)],
        constants: [
            get(&g.bank),
            get(&g.fill),
            get(&g.height),
            get(&g.row_bytes),
        ],
        first: g.first.val(),
        next_plane: g.next_plane.val(),
        last: g
            .last
            .val()
            .then(|| (g.first_vector.val(), g.last_tile.val(), get(&g.level))),
    })
}

/// Runs passes that follow each other with the given gaps beyond the issue length, and compares every cycle.
fn check(arch: &Arch, passes: &[(Instruction, u64)], random: &mut Random) {
    let mut starts = Vec::new();
    let mut expected = std::collections::HashMap::new();
    let mut busy = std::collections::HashSet::new();
    let mut now = 3;
    for (i, gap) in passes {
        let (slots, length) = slots(arch, i);
        starts.push((now, *i));
        busy.extend(now + 1..now + length);
        for (cycle, slot) in slots {
            expected.insert(now + timing::START_TO_SLOT + cycle, slot);
        }
        now += length + gap;
    }
    let mut sim = Sim::new(AddressGenerator::new(arch));
    let mut issued = 0;
    for cycle in 0..now + 4 {
        let start = starts.iter().find(|s| s.0 == cycle);
        sim.block.reset.next = cycle == 0;
        sim.block.run.next = cycle == 1;
        sim.block.start.next = start.is_some();
        for k in 0..isa::WORDS {
            let word = start.map_or(random.bits() as u32, |s| s.1.words[k]);
            sim.block.instruction[k].next = word.into();
        }
        sim.settle().unwrap();
        assert_eq!(
            shown(&sim.block).as_ref(),
            expected.get(&cycle),
            "cycle {cycle} of {passes:?}"
        );
        assert_eq!(
            sim.block.issuing.val(),
            busy.contains(&cycle),
            "issuing in cycle {cycle}"
        );
        assert_eq!(
            sim.block.slots.val().get(),
            issued,
            "slots in cycle {cycle}"
        );
        issued += i64::from(expected.contains_key(&cycle));
        sim.tick().unwrap();
    }
    assert_eq!(issued as usize, expected.len());
}

#[test]
fn passes_follow_without_a_gap() {
    for (preset, seed) in [("2x2", 1), ("8x8", 2), ("32x32", 3)] {
        let arch = Arch::preset(preset).unwrap();
        let mut random = Random::new(seed);
        for _ in 0..20 {
            let passes: Vec<_> = (0..6)
                .map(|_| {
                    let turns = 1 + random.below(3);
                    let counts = std::array::from_fn(|_| random.below(turns) as i64);
                    let gap = if random.one_in(2) { 0 } else { random.below(4) };
                    (instruction(&mut random, counts, 3), gap)
                })
                .collect();
            check(&arch, &passes, &mut random);
        }
    }
}

#[test]
fn single_slots_follow_each_other() {
    let arch = Arch::preset("4x4").unwrap();
    let mut random = Random::new(4);
    let passes: Vec<_> = (0..40)
        .map(|_| (instruction(&mut random, [0; LEVELS], 1), 0))
        .collect();
    check(&arch, &passes, &mut random);
}

#[test]
fn counts_and_stalls_reach_their_ends() {
    let arch = Arch::preset("2x2").unwrap();
    let mut random = Random::new(5);
    for level in 0..LEVELS {
        let mut counts = [0; LEVELS];
        counts[level] = if level == 0 { 0xFFFF } else { 300 };
        let mut i = instruction(&mut random, counts, 0);
        i.set(isa::STALL_LAST, 63).unwrap();
        let after = instruction(&mut random, [1; LEVELS], 0);
        check(&arch, &[(i, 0), (after, 0)], &mut random);
    }
}

#[test]
fn a_start_before_the_end_cuts_the_pass_off_and_is_visible() {
    let arch = Arch::preset("2x2").unwrap();
    let mut random = Random::new(6);
    let long = instruction(&mut random, [3; LEVELS], 2);
    let short = instruction(&mut random, [1, 0, 0, 1, 0, 0], 0);
    let mut sim = Sim::new(AddressGenerator::new(&arch));
    let expected = slots(&arch, &short).0;
    for cycle in 0..40u64 {
        let now = if cycle == 20 { &short } else { &long };
        sim.block.start.next = cycle == 3 || cycle == 20;
        for k in 0..isa::WORDS {
            sim.block.instruction[k].next = now.words[k].into();
        }
        sim.settle().unwrap();
        if cycle == 20 {
            assert!(sim.block.issuing.val());
        }
        if cycle >= 22 {
            let slot = expected.iter().find(|s| s.0 == cycle - 22).map(|s| &s.1);
            assert_eq!(shown(&sim.block).as_ref(), slot, "cycle {cycle}");
        }
        sim.tick().unwrap();
    }
}

#[test]
fn verilog_agrees() {
    for (preset, seed) in [("2x2", 7), ("16x8", 8), ("32x32", 9)] {
        let arch = Arch::preset(preset).unwrap();
        let mut end = 0;
        Crosscheck::new("address_generator", || AddressGenerator::new(&arch))
            .cycles(1500)
            .seed(seed)
            .shape(move |g, cycle, random| {
                let turns = 1 + random.below(3);
                let counts = std::array::from_fn(|_| random.below(turns) as i64);
                let i = instruction(random, counts, 3);
                g.reset.next = cycle < 2 || random.one_in(400);
                g.run.next = random.one_in(200);
                g.start.next = cycle >= end || random.one_in(300);
                if g.start.next {
                    end = cycle + slots(&Arch::preset("2x2").unwrap(), &i).1;
                    for k in 0..isa::WORDS {
                        g.instruction[k].next = i.words[k].into();
                    }
                }
            })
            .run()
            .unwrap();
    }
}

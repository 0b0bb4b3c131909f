//! The model against sums written out by hand, and against programs that nobody compiled.

use super::*;
use crate::program::Parameter;
use proptest::prelude::*;
use systole_arch::isa::{self, Field, LEVEL_FIELDS, Opcode};
use systole_arch::timing::FETCH;
use systole_arch::{Arch, Instruction};
use systole_quant::integer::Multiplier;
use systole_quant::numerics::{GUARD_8, requantize, scale};

const HALF: Parameter = Parameter {
    bias: 0,
    m: 1 << 15,
    s: 16,
};
const ONE: Parameter = Parameter {
    bias: 0,
    m: 1 << 15,
    s: 15,
};

fn pass(fields: &[(Field, i64)]) -> Instruction {
    let mut instruction = Instruction::new(Opcode::Pass);
    let common = [
        (isa::CLAMP_LOW, -128),
        (isa::CLAMP_HIGH, 127),
        (isa::DURATION, 1000),
        (isa::HEIGHT, 1),
    ];
    for (field, value) in common.iter().chain(fields) {
        instruction.set(*field, *value).unwrap();
    }
    instruction
}

fn machine(arch: &Arch, passes: &[Instruction]) -> Machine {
    let mut machine = Machine::new(arch);
    let end = Instruction::new(Opcode::End);
    let words: Vec<u32> = passes.iter().chain([&end]).flat_map(|i| i.words).collect();
    machine.memories.program[..words.len()].copy_from_slice(&words);
    machine.memories.parameters.fill(HALF);
    machine
}

/// A fully connected layer of two tiles, three words deep, against a sum of products.
#[test]
fn two_tiles_of_products() {
    let arch = Arch::preset("8x8").unwrap();
    let (r, c, steps) = (arch.rows, arch.cols, 3usize);
    let instruction = pass(&[
        (LEVEL_FIELDS[0].count, 2),
        (LEVEL_FIELDS[0].daddress, r as i64),
        (LEVEL_FIELDS[0].dx, r as i64),
        (LEVEL_FIELDS[0].dweight, 1),
        (LEVEL_FIELDS[5].count, 1),
        (LEVEL_FIELDS[5].daddress, (1 << 20) - 2 * r as i64),
        (LEVEL_FIELDS[5].dx, -2 * r as i64),
        (LEVEL_FIELDS[5].dweight, 1),
        (isa::IN_ADDRESS, 5),
        (isa::ROW_BYTES, 20),
        (isa::FILL, 9),
        (isa::BEATS, 1),
        (isa::BEATS_LAST, 0),
        (isa::OUT_BANK, 1),
        (isa::OUT_ADDRESS, 16),
        (isa::OUT_STEP_TILE, 8),
        (isa::ZERO, -3),
    ]);
    let mut machine = machine(&arch, &[instruction]);
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as i8
    };
    machine
        .memories
        .weights
        .iter_mut()
        .take(2 * steps * r * c)
        .for_each(|w| *w = random() / 4);
    machine.memories.banks[0]
        .iter_mut()
        .take(64)
        .for_each(|x| *x = random());
    let before = machine.memories.clone();
    let run = machine.run().unwrap();
    assert_eq!((run.slots, run.beats, run.cycles), (6, 3, 1000 + FETCH));
    assert_eq!(run.starts, [FETCH, FETCH + 1000]);
    assert_eq!(run.faults, Faults::NONE);
    for tile in 0..2 {
        for column in 0..c {
            let acc: i64 = (0..steps * r)
                .map(|k| {
                    let x = if k < 20 { before.banks[0][5 + k] } else { 9 };
                    i64::from(x)
                        * i64::from(
                            before.weights[((tile * steps + k / r) * r + k % r) * c + column],
                        )
                })
                .sum();
            let u = scale(
                acc,
                Multiplier {
                    m: HALF.m,
                    s: HALF.s,
                },
                GUARD_8,
            );
            let written = tile == 0 || column < arch.lanes;
            let expected = if written {
                requantize(u, -3, [-128, 127])
            } else {
                0
            };
            assert_eq!(
                machine.memories.banks[1][16 + tile * 8 + column],
                expected,
                "tile {tile} column {column}"
            );
        }
    }
}

/// Maximum over two rows, one of them outside; residual operand and table in one pass.
#[test]
fn maximum_residual_and_table() {
    let arch = Arch::preset("2x2").unwrap();
    let instruction = pass(&[
        (isa::MODE_MAX, 1),
        (isa::RESIDUAL, 1),
        (isa::TABLE, 1),
        (LEVEL_FIELDS[2].count, 1),
        (LEVEL_FIELDS[2].dy, 1),
        (LEVEL_FIELDS[2].daddress, 2),
        (isa::Y0, -1),
        (isa::FILL, -128),
        (isa::ROW_BYTES, 2),
        (isa::BEATS, 1),
        (isa::BEATS_LAST, 1),
        (isa::RESIDUAL_BANK, 1),
        (isa::RESIDUAL_ADDRESS, 4),
        (isa::RESIDUAL_M, 1 << 15),
        (isa::RESIDUAL_S, 15),
        (isa::RESIDUAL_ZERO, 10),
        (isa::OUT_BANK, 1),
        (isa::OUT_ADDRESS, 4),
        (isa::PARAM_FIXED, 1),
    ]);
    let mut machine = machine(&arch, &[instruction]);
    machine.memories.parameters.fill(ONE);
    for (entry, value) in machine.memories.tables.iter_mut().enumerate() {
        *value = (127 - entry as i32) as i8;
    }
    machine.memories.banks[0][2..4].copy_from_slice(&[7, -100]);
    machine.memories.banks[1][4..6].copy_from_slice(&[13, -20]);
    machine.run().unwrap();
    let expected = [7 + (13 - 10), -100 + (-20 - 10)].map(|y: i32| (-1 - y.max(-128)) as i8);
    assert_eq!(machine.memories.banks[1][4..6], expected);
}

#[test]
fn an_empty_program_is_illegal() {
    let mut machine = Machine::new(&Arch::preset("2x2").unwrap());
    let run = machine.run().unwrap();
    assert_eq!(run.faults.list()[0].0, "illegal_opcode");
}

#[test]
fn short_durations_are_faults() {
    let arch = Arch::preset("2x2").unwrap();
    let long = pass(&[
        (LEVEL_FIELDS[0].count, 50),
        (isa::DURATION, FETCH as i64 + 1),
    ]);
    let short = pass(&[(isa::DURATION, 3)]);
    let run = machine(&arch, &[short, long]).run().unwrap();
    let names: Vec<_> = run.faults.list().iter().map(|fault| fault.0).collect();
    assert_eq!(names, ["overrun", "late_fetch"]);
    assert_eq!(run.starts, [FETCH, 2 * FETCH, 3 * FETCH + 1]);
}

#[test]
fn accumulators_have_35_bits() {
    let (least, most) = (-(1i64 << 34), (1i64 << 34) - 1);
    for (sum, kept) in [
        (0, 0),
        (most, most),
        (least, least),
        (most + 1, least),
        (least - 1, most),
        (1 << 35, 0),
    ] {
        assert_eq!(array::wrap(sum), kept, "{sum}");
    }
}

#[test]
fn endless_passes_are_refused() {
    let counts: Vec<(Field, i64)> = LEVEL_FIELDS
        .iter()
        .map(|level| (level.count, 65535))
        .collect();
    let error = machine(&Arch::preset("2x2").unwrap(), &[pass(&counts)])
        .run()
        .unwrap_err();
    assert!(
        matches!(error, InterpreterError::Endless { instruction: 0, .. }),
        "{error}"
    );
}

proptest! {
    #[test]
    fn random_words_do_no_harm(preset in 0usize..6, words in prop::collection::vec(any::<u32>(), 3 * isa::WORDS)) {
        let arch = Arch::preset(systole_arch::config::PRESETS[preset].0).unwrap();
        let mut machine = Machine::new(&arch);
        machine.memories.parameters.fill(Parameter { bias: (1 << 34) - 1, m: 65535, s: 63 });
        for (index, chunk) in words.chunks(isa::WORDS).enumerate() {
            let mut instruction = Instruction { words: chunk.try_into().unwrap() };
            instruction.set(isa::OPCODE, 1).unwrap();
            for level in &LEVEL_FIELDS {
                instruction.set(level.count, instruction.get(level.count) & 3).unwrap();
            }
            let at = index * isa::WORDS;
            machine.memories.program[at..at + isa::WORDS].copy_from_slice(&instruction.words);
        }
        let run = machine.run_with(1 << 14, |_, _| {}).unwrap();
        prop_assert!(run.faults.list().iter().any(|fault| fault.0 == "illegal_opcode"));
    }

    #[test]
    fn formulas_of_a_pass_count_its_slots(counts in prop::array::uniform6(0i64..3), stall in 0i64..5, stall_last in 0i64..5) {
        let mut fields: Vec<(Field, i64)> = LEVEL_FIELDS.iter().zip(counts).map(|(level, n)| (level.count, n)).collect();
        fields.extend([(isa::STALL, stall), (isa::STALL_LAST, stall_last), (isa::BEATS, 1)]);
        let pass = Pass::decode(&pass(&fields));
        let slots: Vec<Slot> = Walk::new(&pass).collect();
        prop_assert_eq!(slots.len() as u128, pass.slots());
        let idle = |slot: &Slot| if slot.last.is_none() { 0 } else if slot.last_tile { stall_last } else { stall };
        let length: i64 = slots.iter().map(|slot| 1 + idle(slot)).sum();
        prop_assert_eq!(length as u128, pass.issue_length());
        let beats: u128 = slots.iter().filter(|s| s.last.is_some()).map(|s| if s.last_tile { 1 } else { 2 }).sum();
        prop_assert_eq!(beats, pass.beat_count());
        prop_assert_eq!(slots.iter().filter(|s| s.first).count(), slots.iter().filter(|s| s.last.is_some()).count());
        prop_assert_eq!(slots.last().unwrap().last, Some(Advance::End));
    }
}

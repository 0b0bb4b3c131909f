//! What the interpreter does where a compiled program never goes: there it still has to be the machine.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole::interpreter::Machine;
use systole::program::Parameter;
use systole_arch::isa::{self, LEVEL_FIELDS, Opcode};
use systole_arch::{Arch, Instruction};

/// One vector of `slots` slots of the same bytes, weights and bias on the 2x2 array; bytes 0 and 1 of bank 1.
fn one_vector(slots: i64, byte: i8, bias: i64) -> Vec<i8> {
    let arch = Arch::preset("2x2").unwrap();
    let mut pass = Instruction::new(Opcode::Pass);
    for (field, value) in [
        (isa::CLAMP_LOW, -128),
        (isa::CLAMP_HIGH, 127),
        (isa::DURATION, 1_000_000),
        (isa::HEIGHT, 1),
        (isa::ROW_BYTES, 2),
        (isa::OUT_BANK, 1),
        (isa::PARAM_FIXED, 1),
        (isa::BEATS, arch.max_beats() as i64 - 1),
        (isa::BEATS_LAST, arch.max_beats() as i64 - 1),
        (LEVEL_FIELDS[1].count, (slots - 1) % 512),
        (LEVEL_FIELDS[2].count, 0),
    ] {
        pass.set(field, value).unwrap();
    }
    if slots >= 512 {
        pass.set(LEVEL_FIELDS[1].count, 511).unwrap();
        pass.set(LEVEL_FIELDS[2].count, slots / 512 - 1).unwrap();
    }
    let mut machine = Machine::new(&arch);
    let words = [pass, Instruction::new(Opcode::End)];
    for (place, word) in machine
        .memories
        .program
        .iter_mut()
        .zip(words.iter().flat_map(|i| i.words))
    {
        *place = word;
    }
    let (m, s) = (1 << 15, 15);
    machine.memories.parameters.fill(Parameter { bias, m, s });
    machine.memories.weights.fill(byte);
    machine.memories.banks[0].fill(byte);
    machine.run().unwrap();
    machine.memories.banks[1][..2].to_vec()
}

/// Accumulators have 35 bits: what the compiler never lets happen gives the same wrong number as in the hardware.
#[test]
fn accumulators_wrap_at_35_bits() {
    let end = (1i64 << 34) - 1;
    assert_eq!(one_vector(1, 1, end - 2), [127; 2]);
    assert_eq!(one_vector(1, 1, end - 1), [-128; 2]);
    assert_eq!(one_vector(1, 0, end), [127; 2]);
    assert_eq!(one_vector(1, 0, -end), [-128; 2]);
    // 2 * 128 * 128 a slot: 2^19 - 1 slots stay below 2^34, one more slot does not.
    assert_eq!(one_vector((1 << 19) - 512, -128, 0), [127; 2]);
    assert_eq!(one_vector(1 << 19, -128, 0), [-128; 2]);
    assert_eq!(one_vector(1 << 20, -128, 1), [1; 2]);
}

//! Programs: read from bytes, or a good one with words changed; whatever is accepted is run, within a bound.

use std::sync::LazyLock;

use systole::compiler::compile;
use systole::interpreter::{Machine, Pass};
use systole::program::{FILE_VERSION, Program, ProgramError};
use systole::testing::Network;
use systole_arch::isa::{self, Opcode};
use systole_arch::{Arch, Instruction};
use systole_quant::integer::{Shape, Window};

use crate::integer::with_checksum;
use crate::source::Source;

/// Slots of one run: a target must stay fast.
const SLOTS: u64 = 1 << 12;

/// A small good program: convolution, pooling, fully connected.
pub static GOOD: LazyLock<Program> = LazyLock::new(|| {
    let (mut network, x) = Network::new("good", Shape::new(6, 5, 3), 7);
    let window = Window {
        kernel: [3, 3],
        pads: [1; 4],
        ..Window::ONE
    };
    let x = network.conv(x, 8, window, None);
    let x = network.conv(x, 8, window, Some(x));
    let x = network.max_pool(x);
    let x = network.flatten(x);
    let x = network.conv(x, 4, Window::ONE, None);
    let arch = Arch::preset("4x4").expect("a preset");
    compile(&network.finish(x), &arch).expect("a small network compiles")
});

/// A `.sysp` file around a header and its sections, with lengths and checksum made right.
pub fn sysp_around(header: &[u8], sections: &[u8]) -> Vec<u8> {
    let mut bytes = b"SYSP".to_vec();
    bytes.extend(FILE_VERSION.to_le_bytes());
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes.extend(sections);
    with_checksum(bytes)
}

/// A header and what sections there are, given the length that the header asks for.
pub fn decode_repaired(header: &[u8], sections: &[u8]) -> Option<Program> {
    let file = sysp_around(header, sections);
    let length = match Program::decode(&file, "fuzz.sysp") {
        Ok(program) => return Some(program),
        Err(ProgramError::Truncated {
            found, expected, ..
        }) => sections.len() + (expected - found),
        Err(ProgramError::Trailing { extra, .. }) => sections.len() - extra,
        Err(_) => return None,
    };
    if length > 1 << 20 {
        return None;
    }
    let mut sections = sections.to_vec();
    sections.resize(length, 0x11);
    Program::decode(&sysp_around(header, &sections), "fuzz.sysp").ok()
}

/// The good program with fields, parameters, weights and places changed. It may break any rule.
pub fn changed(source: &mut Source<'_>) -> Program {
    let mut program = GOOD.clone();
    while !source.is_empty() {
        change(&mut program, source);
    }
    let mut start = systole_arch::timing::FETCH;
    for (at, instruction) in program.starts.iter_mut().zip(&program.instructions) {
        *at = start;
        start += instruction.get(isa::DURATION) as u64;
    }
    program
}

fn change(program: &mut Program, source: &mut Source<'_>) {
    let count = program.instructions.len();
    match source.up_to(7) {
        0..=4 => {
            let instruction = &mut program.instructions[usize::from(source.byte()) % count];
            let word = source.up_to(isa::WORDS - 1);
            let (bit, value) = (source.up_to(31), source.word());
            instruction.words[word] = match source.up_to(2) {
                0 => value,
                1 => instruction.words[word] ^ 1 << bit,
                _ => instruction.words[word].wrapping_add(value as u8 as i8 as u32),
            };
        }
        5 => {
            let index = source.word() as usize % program.parameters.len();
            let parameter = &mut program.parameters[index];
            parameter.bias = (source.long() as i64) >> (29 - source.up_to(1));
            parameter.m = source.word() as u16;
            parameter.s = 8 + source.up_to(48) as u8;
        }
        6 => {
            let place = &mut program.outputs[0].placement;
            place.address = source.word() as usize >> source.up_to(31);
            place.bank = source.up_to(4);
            place.row_stride = source.long() as usize >> source.up_to(63);
            place.pixel_stride = source.long() as usize >> source.up_to(63);
            place.shape = Shape::new(source.up_to(9), source.up_to(9), place.shape.c);
        }
        _ => {
            let at = usize::from(source.byte()) % count;
            let pass = Instruction::new(Opcode::Pass);
            program.instructions.insert(at, pass);
            program.starts.push(0);
        }
    }
}

/// Writes, reads again and runs a program that keeps the rules; one that breaks them is refused.
pub fn check(program: &Program) {
    let Ok(()) = program.validate("fuzz.sysp") else {
        return;
    };
    let bytes = program.encode().expect("a valid program can be written");
    let again = Program::decode(&bytes, "again.sysp").expect("what was written can be read");
    assert_eq!(
        *program, again,
        "a program changes on its way through a file"
    );
    let _ = (
        program.cycles(),
        program.layer_cycles(),
        program.macs(),
        program.utilization(),
    );
    if program.arch.bank_bytes() > 1 << 16 || program.arch.rows > 8 {
        return;
    }
    run(program);
    // The scheduler walks every slot; it is made for compiled programs.
    let slots = program.instructions.iter().map(|i| Pass::decode(i).slots());
    if slots.fold(0u128, u128::saturating_add) > u128::from(SLOTS) {
        return;
    }
    for layer in 0..program.layers.len().min(4) {
        if let Ok(Some(part)) = program.prefix(layer) {
            run(&part);
        }
    }
}

fn run(program: &Program) {
    let mut machine = Machine::new(&program.arch);
    machine
        .memories
        .load(program)
        .expect("a valid program fits");
    for input in &program.inputs {
        let values = vec![3; input.placement.shape.elements()];
        machine
            .memories
            .write_tensor(&input.placement, &values)
            .expect("a valid place");
    }
    let _ = machine.run_with(SLOTS, |_, _| {});
    for output in &program.outputs {
        machine
            .memories
            .read_tensor(&output.placement)
            .expect("a valid place");
    }
}

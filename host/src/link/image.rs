//! A program as runs of words at host addresses: what the loader writes.

use crate::program::Program;
use systole_arch::map::{Space, parameter_offset, parameter_words, weight_offset};

/// Consecutive words from a host address on.
pub(super) type Run = (u32, Vec<u32>);

/// Everything a device needs before its inputs: program words, weights, parameters, tables.
pub(super) fn program_image(program: &Program) -> Vec<Run> {
    let instructions = program.instructions.iter().flat_map(|i| i.words).collect();
    let mut runs = vec![(Space::Program.address(0), instructions)];
    runs.extend(joined(weights(program)));
    runs.extend(joined(parameters(program)));
    let tables: Vec<i8> = program.tables.iter().flatten().copied().collect();
    let words = tables.chunks(4).map(pack).collect();
    runs.push((Space::Tables.address(0), words));
    runs.retain(|(_, words)| !words.is_empty());
    runs
}

/// Four bytes, the first one lowest.
fn pack(bytes: &[i8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u32::from(*byte as u8))
}

fn weights(program: &Program) -> Vec<(u32, u32)> {
    let arch = &program.arch;
    let mut words = Vec::with_capacity(program.weights.len() / arch.group());
    for (index, columns) in program.weights.chunks(arch.cols).enumerate() {
        let (step, row) = (index / arch.rows, index % arch.rows);
        for (group, bytes) in columns.chunks(arch.group()).enumerate() {
            words.push((
                Space::Weights.address(weight_offset(arch, step, row, group)),
                pack(bytes),
            ));
        }
    }
    words
}

fn parameters(program: &Program) -> Vec<(u32, u32)> {
    let lanes = program.arch.lanes;
    let entry = |(index, parameter): (usize, &crate::program::Parameter)| {
        let address = Space::Parameters.address(parameter_offset(
            &program.arch,
            index / lanes,
            index % lanes,
        ));
        let [low, high] = parameter_words(parameter.bias, parameter.m, parameter.s);
        [(address, low), (address + 1, high)]
    };
    program
        .parameters
        .iter()
        .enumerate()
        .flat_map(entry)
        .collect()
}

/// Joins words at consecutive addresses.
fn joined(words: Vec<(u32, u32)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (address, word) in words {
        match runs.last_mut() {
            Some((first, run)) if *first + run.len() as u32 == address => run.push(word),
            _ => runs.push((address, vec![word])),
        }
    }
    runs
}

/// Words of the state memory: `at_once` units of 16 bits each.
pub(super) fn state_words(units: &[i16], at_once: usize) -> Vec<u32> {
    let word = |units: &[i16]| {
        let joined = units.iter().rev();
        joined.fold(0, |word, &unit| word << 16 | u32::from(unit as u16))
    };
    units.chunks(at_once).map(word).collect()
}

/// The first `count` units of these words.
pub(super) fn state_units(words: &[u32], at_once: usize, count: usize) -> Vec<i16> {
    let units = words
        .iter()
        .flat_map(|word| (0..at_once).map(move |j| (word >> (16 * j)) as i16));
    units.take(count).collect()
}

//! Words as the host sees them: which address space shows which memory, in which direction.

use crate::interpreter::Memories;
use crate::program::Parameter;
use systole_arch::config::bits;

/// Writes a weight word: byte `j` is column `j` of the group. Offsets of rows or groups that do not exist are ignored.
pub(super) fn write_weights(memories: &mut Memories, offset: u32, word: u32) {
    let arch = memories.arch().clone();
    let (row_bits, group_bits) = (bits(arch.rows), bits(arch.groups()));
    let offset = offset as usize;
    let group = offset & ((1 << group_bits) - 1);
    let row = offset >> group_bits & (arch.rows - 1);
    let step = (offset >> (row_bits + group_bits)) % arch.weight_depth;
    if group >= arch.groups() {
        return;
    }
    let first = (step * arch.rows + row) * arch.cols + group * arch.group();
    for (j, weight) in memories.weights[first..first + arch.group()]
        .iter_mut()
        .enumerate()
    {
        *weight = (word >> (8 * j)) as i8;
    }
}

/// Writes one half of a parameter: half 0 waits in `low` until half 1 commits both.
pub(super) fn write_parameter(memories: &mut Memories, low: &mut u32, offset: u32, word: u32) {
    if offset & 1 == 0 {
        *low = word;
        return;
    }
    let bias = i64::from(word & 7) << 32 | i64::from(*low);
    let index = (offset >> 1) as usize % memories.parameters.len();
    memories.parameters[index] = Parameter {
        bias: bias << 29 >> 29,
        m: (word >> 3) as u16,
        s: (word >> 19 & 63) as u8,
    };
}

/// Writes four bytes of a memory of bytes, modulo its size.
pub(super) fn write_bytes(memory: &mut [i8], offset: u32, word: u32) {
    let size = memory.len();
    for j in 0..4usize {
        if let Some(byte) = (offset as usize * 4 + j)
            .checked_rem(size)
            .and_then(|at| memory.get_mut(at))
        {
            *byte = (word >> (8 * j)) as i8;
        }
    }
}

/// Reads four bytes of a memory of bytes, modulo its size.
pub(super) fn read_bytes(memory: &[i8], offset: u32) -> u32 {
    (0..4usize).rev().fold(0, |word, j| {
        let at = (offset as usize * 4 + j).checked_rem(memory.len());
        word << 8
            | at.and_then(|at| memory.get(at))
                .map_or(0, |byte| u32::from(*byte as u8))
    })
}

/// Units of a row of the state memory, modulo its size.
fn state_row(memories: &Memories, offset: u32) -> std::ops::Range<usize> {
    let at_once = memories.arch().units_at_once();
    let rows = memories.arch().state_rows().max(1);
    let first = offset as usize % rows * at_once;
    first..first + at_once
}

/// Writes a row of the state memory.
pub(super) fn write_state(memories: &mut Memories, offset: u32, word: u32) {
    let row = state_row(memories, offset);
    for (j, unit) in memories.state[row].iter_mut().enumerate() {
        *unit = (word >> (16 * j)) as i16;
    }
}

/// Reads a row of the state memory.
pub(super) fn read_state(memories: &Memories, offset: u32) -> u32 {
    let units = memories.state[state_row(memories, offset)].iter().rev();
    units.fold(0, |word, &unit| word << 16 | u32::from(unit as u16))
}

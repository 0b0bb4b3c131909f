//! The order of a program: passes, loops of passes, and one `END`.

use std::ops::Range;

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::{Arch, loops, timing};

use super::Hazard;
use super::timeline::Timeline;
use super::walk::Walk;

/// One step of a program, by the places of its instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Pass(usize),
    Loop { place: usize, body: Range<usize> },
    End(usize),
}

impl Item {
    /// Place of the instruction after which the next item starts.
    pub(super) fn last_place(&self) -> usize {
        match self {
            Item::Pass(place) | Item::End(place) => *place,
            Item::Loop { body, .. } => body.end - 1,
        }
    }

    /// The earliest legal start of its first instruction.
    pub(super) fn earliest(
        &self,
        instructions: &[Instruction],
        arch: &Arch,
        timeline: &Timeline,
    ) -> Result<u64, Hazard> {
        Ok(match self {
            Item::Pass(place) => {
                timeline.earliest(&Walk::new(&instructions[*place], arch, *place)?)
            }
            Item::Loop { .. } => timeline.free(),
            Item::End(_) => timeline.end_start(),
        })
    }
}

/// Splits a program into its items.
///
/// # Errors
/// Another order of opcodes, or a loop whose body is not a run of passes.
pub(super) fn items(instructions: &[Instruction]) -> Result<Vec<Item>, Hazard> {
    let opcode = |place: usize| instructions.get(place).map_or(0, |i| i.get(isa::OPCODE));
    let is_pass = |place: usize| opcode(place) == Opcode::Pass as i64;
    let mut items = Vec::new();
    let mut place = 0;
    while place + 1 < instructions.len() {
        if is_pass(place) {
            items.push(Item::Pass(place));
            place += 1;
        } else if opcode(place) == Opcode::Loop as i64 {
            let length = loops::body_length(&instructions[place]);
            let body = place + 1..place + 1 + length;
            if body.is_empty() || !body.clone().all(is_pass) {
                return Err(Hazard::LoopBody {
                    instruction: place,
                    length,
                });
            }
            items.push(Item::Loop {
                place,
                body: body.clone(),
            });
            place = body.end;
        } else {
            return Err(wrong_opcode(place, opcode(place)));
        }
    }
    if opcode(place) != Opcode::End as i64 {
        return Err(wrong_opcode(place, opcode(place)));
    }
    items.push(Item::End(place));
    Ok(items)
}

/// Checks that a program is passes, loops of passes, and one `END`.
///
/// # Errors
/// The first instruction that is out of order.
pub fn check_order(instructions: &[Instruction]) -> Result<(), Hazard> {
    items(instructions).map(|_| ())
}

fn wrong_opcode(instruction: usize, opcode: i64) -> Hazard {
    Hazard::Opcode {
        instruction,
        opcode,
    }
}

/// Latest start of each instruction, in cycles after the run command, by the durations that they carry. Instructions that
/// no [`Hazard::Opcode`] is found in are expected; others are taken as passes.
#[must_use]
pub fn starts(instructions: &[Instruction]) -> Vec<u64> {
    let duration = |place: usize| instructions[place].get(isa::DURATION) as u64;
    let mut starts = Vec::with_capacity(instructions.len());
    let mut start = timing::FETCH;
    let mut place = 0;
    while place < instructions.len() {
        starts.push(start);
        start += duration(place);
        place += 1;
        let before = &instructions[place - 1];
        if before.get(isa::OPCODE) != Opcode::Loop as i64 {
            continue;
        }
        let end = (place + loops::body_length(before)).min(instructions.len());
        let turn: u64 = (place..end).map(duration).sum();
        start += (loops::turns(before) - 1) * turn;
        for at in place..end {
            starts.push(start);
            start += duration(at);
        }
        place = end;
    }
    starts
}

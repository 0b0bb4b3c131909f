//! Static schedule: the earliest start of every instruction at which no hazard is left.
//!
//! Works on encoded instructions alone, so that programs written by hand can be scheduled and checked as well.
//! The rules are those of `docs/microarchitecture.md`, section Hazards; every time is exact.

mod hazard;
mod timeline;
mod walk;

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::{Arch, timing};

pub use hazard::Hazard;
use timeline::Timeline;
use walk::Walk;

/// Fills in the durations and returns the start of each instruction, in cycles after the run command.
///
/// # Errors
/// A pass is illegal whenever it starts, or the last instruction is not `END`.
pub fn schedule(instructions: &mut [Instruction], arch: &Arch) -> Result<Vec<u64>, Hazard> {
    check_shape(instructions)?;
    let mut timeline = Timeline::new(arch);
    let mut starts: Vec<u64> = Vec::with_capacity(instructions.len());
    for index in 0..instructions.len() {
        let start = if is_end(&instructions[index]) {
            timeline.end_start()
        } else {
            let walk = Walk::new(&instructions[index], arch, index)?;
            let start = timeline.earliest(&walk);
            timeline.commit(&walk, start)?;
            start
        };
        if let Some(&previous) = starts.last() {
            let duration = (start - previous) as i64;
            let field = |_| Hazard::TooLong {
                instruction: index - 1,
                duration,
            };
            instructions[index - 1]
                .set(isa::DURATION, duration)
                .map_err(field)?;
        }
        starts.push(start);
    }
    Ok(starts)
}

/// Checks the durations that the instructions carry.
///
/// # Errors
/// The first hazard: which instruction, cycle, bank and address.
pub fn check_schedule(instructions: &[Instruction], arch: &Arch) -> Result<(), Hazard> {
    check_shape(instructions)?;
    let mut timeline = Timeline::new(arch);
    let mut start = timing::FETCH;
    for (index, instruction) in instructions.iter().enumerate() {
        if is_end(instruction) {
            return timeline.check_end(index, start);
        }
        let walk = Walk::new(instruction, arch, index)?;
        timeline.check(&walk, start)?;
        timeline.commit(&walk, start)?;
        start += instruction.get(isa::DURATION) as u64;
    }
    Ok(())
}

fn is_end(instruction: &Instruction) -> bool {
    instruction.get(isa::OPCODE) == Opcode::End as i64
}

fn check_shape(instructions: &[Instruction]) -> Result<(), Hazard> {
    for (index, instruction) in instructions.iter().enumerate() {
        let last = index + 1 == instructions.len();
        let opcode = instruction.get(isa::OPCODE);
        let expected = if last { Opcode::End } else { Opcode::Pass };
        if opcode != expected as i64 {
            return Err(Hazard::Opcode {
                instruction: index,
                opcode,
            });
        }
    }
    if instructions.is_empty() {
        Err(Hazard::Opcode {
            instruction: 0,
            opcode: 0,
        })
    } else {
        Ok(())
    }
}

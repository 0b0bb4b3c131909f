//! Static schedule: the earliest start of every instruction at which no hazard is left.
//!
//! Works on encoded instructions alone, so that programs written by hand can be scheduled and checked as well.
//! The rules are those of `docs/microarchitecture.md`, section Hazards; every time is exact.

mod hazard;
mod loops;
mod order;
mod timeline;
mod walk;

use systole_arch::isa::{self, Instruction, Opcode};
use systole_arch::loops::LoopState;
use systole_arch::{Arch, timing};

pub use hazard::Hazard;
use order::{Item, items};
pub use order::{check_order, starts};
use timeline::Timeline;
use walk::Walk;

/// Fills in the durations and returns the latest start of each instruction, in cycles after the run command.
///
/// # Errors
/// A pass is illegal whenever it starts, or the program is not passes, loops of passes and one `END`.
pub fn schedule(instructions: &mut [Instruction], arch: &Arch) -> Result<Vec<u64>, Hazard> {
    let items = items(instructions)?;
    let mut timeline = Timeline::new(arch);
    let mut gaps = vec![0; instructions.len()];
    let mut start = timing::FETCH;
    for (n, item) in items.iter().enumerate() {
        let next = items.get(n + 1);
        let mut last = start;
        match item {
            Item::Pass(place) => {
                timeline.commit(&Walk::new(&instructions[*place], arch, *place)?, start)?;
            }
            Item::Loop { place, body } => {
                timeline.commit_idle(start);
                let looped = loops::Loop::new(instructions, *place, body.clone(), arch);
                let steady = looped.steady(&timeline, start, next)?;
                gaps[*place] = steady.first_gap;
                gaps[body.clone()].copy_from_slice(&steady.gaps);
                (timeline, last) = (steady.timeline, steady.last);
            }
            Item::End(_) => break,
        }
        let Some(next) = next else { break };
        let place = item.last_place();
        if gaps[place] == 0 {
            gaps[place] = next.earliest(instructions, arch, &timeline)? - last;
        }
        start = last + gaps[place];
    }
    set_durations(instructions, &gaps)?;
    Ok(starts(instructions))
}

fn set_durations(instructions: &mut [Instruction], gaps: &[u64]) -> Result<(), Hazard> {
    for (instruction, (place, &gap)) in instructions.iter_mut().zip(gaps.iter().enumerate()) {
        let duration = gap as i64;
        let field = |_| Hazard::TooLong {
            instruction: place,
            duration,
        };
        if instruction.get(isa::OPCODE) != Opcode::End as i64 {
            instruction.set(isa::DURATION, duration).map_err(field)?;
        }
    }
    Ok(())
}

/// Checks the durations that the instructions carry, turn by turn.
///
/// # Errors
/// The first hazard: which instruction, cycle, bank and address.
pub fn check_schedule(instructions: &[Instruction], arch: &Arch) -> Result<(), Hazard> {
    items(instructions)?;
    let mut timeline = Timeline::new(arch);
    let mut loops = LoopState::default();
    let (mut start, mut place) = (timing::FETCH, 0);
    while let Some(instruction) = instructions.get(place) {
        if instruction.get(isa::OPCODE) == Opcode::End as i64 {
            return timeline.check_end(place, start);
        }
        if instruction.get(isa::OPCODE) == Opcode::Loop as i64 {
            timeline.check_idle(place, start)?;
            timeline.commit_idle(start);
            loops.enter(instruction, place);
        } else {
            let walk = Walk::new(&loops.apply(instruction), arch, place)?;
            timeline.check(&walk, start)?;
            timeline.commit(&walk, start)?;
        }
        start += instruction.get(isa::DURATION) as u64;
        place = loops.next(place);
    }
    Ok(())
}

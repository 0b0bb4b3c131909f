//! Durations of the body of a loop: the smallest ones with which every turn is legal.

use std::ops::Range;

use systole_arch::Arch;
use systole_arch::isa::Instruction;
use systole_arch::loops::{LoopState, turns};

use super::Hazard;
use super::order::Item;
use super::timeline::Timeline;
use super::walk::Walk;

/// A loop of a program.
pub(super) struct Loop<'a> {
    instructions: &'a [Instruction],
    place: usize,
    body: Range<usize>,
    arch: &'a Arch,
}

/// Durations, and the state of the machine when the last turn has started.
pub(super) struct Steady {
    /// From the start of `LOOP` to that of its body.
    pub(super) first_gap: u64,
    /// Durations of the body. That of its last instruction is 0 where a single turn leaves it to what follows.
    pub(super) gaps: Vec<u64>,
    pub(super) timeline: Timeline,
    /// Last start of the last instruction.
    pub(super) last: u64,
}

impl<'a> Loop<'a> {
    pub(super) fn new(
        instructions: &'a [Instruction],
        place: usize,
        body: Range<usize>,
        arch: &'a Arch,
    ) -> Self {
        Loop {
            instructions,
            place,
            body,
            arch,
        }
    }

    /// Durations grow until no turn, and nothing behind the loop, comes too early.
    ///
    /// `timeline` has seen the start of `LOOP` at cycle `start`.
    pub(super) fn steady(
        &self,
        timeline: &Timeline,
        start: u64,
        next: Option<&Item>,
    ) -> Result<Steady, Hazard> {
        let mut steady = Steady {
            first_gap: 0,
            gaps: vec![0; self.body.len()],
            timeline: timeline.clone(),
            last: start,
        };
        loop {
            steady.timeline = timeline.clone();
            steady.last = start;
            let mut grown = self.round(&mut steady)?;
            let repeats = turns(&self.instructions[self.place]) > 1;
            if let (Some(next), Some(gap), true) = (next, steady.gaps.last_mut(), repeats) {
                let earliest = next.earliest(self.instructions, self.arch, &steady.timeline)?;
                grown |= grow(gap, earliest.saturating_sub(steady.last));
            }
            if !grown {
                return Ok(steady);
            }
        }
    }

    /// All turns with the durations known so far. Whether one had to grow.
    fn round(&self, steady: &mut Steady) -> Result<bool, Hazard> {
        let (mut grown, mut before) = (false, None);
        let mut state = LoopState::default();
        state.enter(&self.instructions[self.place], self.place);
        let mut place = self.body.start;
        while self.body.contains(&place) {
            let pass = state.apply(&self.instructions[place]);
            let walk = Walk::new(&pass, self.arch, place)?;
            let needed = steady.timeline.earliest(&walk).saturating_sub(steady.last);
            let gap = match before {
                None => &mut steady.first_gap,
                Some(n) => &mut steady.gaps[n],
            };
            grown |= grow(gap, needed);
            steady.last += *gap;
            steady.timeline.commit(&walk, steady.last)?;
            before = Some(place - self.body.start);
            place = state.next(place);
        }
        Ok(grown)
    }
}

fn grow(gap: &mut u64, needed: u64) -> bool {
    let grows = needed > *gap;
    *gap = needed.max(*gap);
    grows
}

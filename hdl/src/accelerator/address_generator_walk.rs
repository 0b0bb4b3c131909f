//! One coordinate that walks with the loops of a pass.

use systole_arch::isa::LEVELS;

use crate::rt::prelude::*;

const TEXT: &str =
    "One coordinate of the slot: after each slot, the step of the level that advances is added
(modulo the width). Only that step: the compiler has subtracted what the inner levels walked.
The choice comes from registers, so that it may stand before the adder.";

/// Address or coordinate of the slot.
#[derive(LogicBlock)]
pub struct Walk {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A pass begins: `first` and `steps` are valid.
    pub start: Flag<In>,
    /// Value of the first slot.
    pub first: Sig<In>,
    /// Steps, innermost level first.
    pub steps: Vec<Sig<In>>,
    /// The next cycle shows the first slot of the pass.
    pub fresh: Flag<In>,
    /// Level that advances after the slot that shows, one-hot.
    pub advance: Vec<Flag<In>>,
    /// Value of the slot.
    pub value: Sig<Out>,
    first_value: Reg,
    step: Vec<Reg>,
    current: Reg,
    chosen: Sig<Local>,
    levels: Size,
}

impl Walk {
    /// Two's complement coordinate of `width` bits.
    pub fn int(width: usize) -> Self {
        Walk {
            doc: Doc::new(format!("walk_{width}"), TEXT)
                .port("fresh", "the next cycle shows the first slot of the pass"),
            clock: Signal::default(),
            start: Flag::new(),
            first: Sig::int(width),
            steps: Sig::int_lanes(LEVELS, width),
            fresh: Flag::new(),
            advance: Flag::lanes(LEVELS),
            value: Sig::int(width),
            first_value: Reg::int(width),
            step: Reg::int_lanes(LEVELS, width),
            current: Reg::int(width),
            chosen: Sig::int(width),
            levels: Size::new(LEVELS),
        }
    }

    /// Address of `width` bits, which wraps.
    pub fn uint(width: usize) -> Self {
        Walk {
            first: Sig::uint(width),
            steps: Sig::uint_lanes(LEVELS, width),
            value: Sig::uint(width),
            first_value: Reg::uint(width),
            step: Reg::uint_lanes(LEVELS, width),
            current: Reg::uint(width),
            chosen: Sig::uint(width),
            ..Self::int(width)
        }
    }
}

impl Logic for Walk {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, first_value);
        clock!(self, clock, current);
        self.chosen.next = 0.into();
        for l in 0..self.levels.n {
            self.step[l].clock.next = self.clock.val();
            self.step[l].d.next = self.step[l].q.val();
            if self.start.val() {
                self.step[l].d.next = self.steps[l].val();
            }
            if self.advance[l].val() {
                self.chosen.next = self.chosen.val() | self.step[l].q.val();
            }
        }
        if self.start.val() {
            self.first_value.d.next = self.first.val();
        }
        self.current.d.next = self.current.q.val() + self.chosen.val();
        if self.fresh.val() {
            self.current.d.next = self.first_value.q.val();
        }
        self.value.next = self.current.q.val();
    }
}

//! The other words of hidden states of 16 bits: low bytes, and the bytes that the sequence shows.

use super::recurrent_activation::VALUE_BITS;
use crate::rt::prelude::*;

const TEXT: &str = "Low bytes come one cycle behind the high ones, shown bytes one more: so each word is complete in the cycle in which
its turn to be written has come, and waits nowhere.";

/// Collects low bytes and shown bytes.
#[derive(LogicBlock)]
pub struct RecurrentPlanes {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Units have values.
    pub units_come: Flag<In>,
    /// They complete a word, and it has planes.
    pub complete: Flag<In>,
    /// Nothing is shown of it: `r * h`.
    pub only_two: Flag<In>,
    /// They.
    pub value: Vec<Sig<In>>,
    /// The next cycle writes another plane of the word of this cycle.
    pub follows: Flag<Out>,
    /// The word of low bytes is written.
    pub low_valid: Flag<Out>,
    /// It.
    pub low_bytes: Vec<Sig<Out>>,
    /// The word of shown bytes is written.
    pub shown_valid: Flag<Out>,
    /// It.
    pub shown_bytes: Vec<Sig<Out>>,
    come_1: FlagReg,
    come_2: FlagReg,
    value_1: Vec<Reg>,
    raised: Vec<Sig<Local>>,
    low: Vec<Sig<Local>>,
    shown: Vec<Sig<Local>>,
    shown_2: Vec<Reg>,
    low_next: FlagReg,
    low_now: FlagReg,
    shown_later: FlagReg,
    shown_next: FlagReg,
    shown_now: FlagReg,
    low_word: Vec<Reg>,
    shown_word: Vec<Reg>,
    highest: Cst,
    lanes: Size,
    units: Size,
}

impl RecurrentPlanes {
    /// Words of `lanes` bytes, of `units` units at once.
    pub fn new(lanes: usize, units: usize) -> Self {
        RecurrentPlanes {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            units_come: Flag::new(),
            complete: Flag::new(),
            only_two: Flag::new(),
            value: Sig::int_lanes(units, VALUE_BITS),
            follows: Flag::new(),
            low_valid: Flag::new(),
            low_bytes: Sig::int_lanes(lanes, 8),
            shown_valid: Flag::new(),
            shown_bytes: Sig::int_lanes(lanes, 8),
            come_1: FlagReg::new(),
            come_2: FlagReg::new(),
            value_1: Reg::int_lanes(units, VALUE_BITS),
            raised: Sig::int_lanes(units, VALUE_BITS + 1),
            low: Sig::int_lanes(units, 8),
            shown: Sig::int_lanes(units, 8),
            shown_2: Reg::int_lanes(units, 8),
            low_next: FlagReg::new(),
            low_now: FlagReg::new(),
            shown_later: FlagReg::new(),
            shown_next: FlagReg::new(),
            shown_now: FlagReg::new(),
            low_word: Reg::int_lanes(lanes, 8),
            shown_word: Reg::int_lanes(lanes, 8),
            highest: Cst::int(8, i64::from(i8::MAX)),
            lanes: Size::new(lanes),
            units: Size::new(units),
        }
    }
}

fn documentation() -> Doc {
    Doc::new("recurrent_planes", TEXT)
        .port("complete", "with units_come: a word of 16-bit values")
        .port("only_two", "with complete: nothing is shown of it")
        .port(
            "follows",
            "the next cycle writes another plane of the word of this cycle",
        )
        .port("low_valid", "2 cycles after complete")
        .port("shown_valid", "3 cycles after complete")
}

impl Logic for RecurrentPlanes {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            come_1,
            come_2,
            low_next,
            low_now,
            shown_later,
            shown_next,
            shown_now
        );
        self.come_1.d.next = self.units_come.val();
        self.come_2.d.next = self.come_1.q.val();
        self.low_next.d.next = self.complete.val();
        self.low_now.d.next = self.low_next.q.val() && !self.reset.val();
        self.shown_later.d.next = self.complete.val() && !self.only_two.val();
        self.shown_next.d.next = self.shown_later.q.val() && !self.reset.val();
        self.shown_now.d.next = self.shown_next.q.val() && !self.reset.val();
        for u in 0..self.units.n {
            self.value_1[u].clock.next = self.clock.val();
            self.shown_2[u].clock.next = self.clock.val();
            self.value_1[u].d.next = self.value[u].val();
            // The low byte counts from -128 on; the sequence shows the nearest byte.
            self.raised[u].next = self.value_1[u].q.val() + 128;
            self.low[u].next = self.raised[u].val();
            self.shown[u].next = self.raised[u].val() >> 8;
            if (self.raised[u].val() >> 8) > self.highest.val() {
                self.shown[u].next = self.highest.val();
            }
            self.shown_2[u].d.next = self.shown[u].val();
        }
        for l in 0..self.lanes.n {
            self.low_word[l].clock.next = self.clock.val();
            self.shown_word[l].clock.next = self.clock.val();
            self.low_word[l].d.next = self.low_word[l].q.val();
            self.shown_word[l].d.next = self.shown_word[l].q.val();
            if self.come_1.q.val() {
                if l + self.units.n < self.lanes.n {
                    self.low_word[l].d.next = self.low_word[l + self.units.n].q.val();
                } else {
                    self.low_word[l].d.next = self.low[l + self.units.n - self.lanes.n].val();
                }
            }
            if self.come_2.q.val() {
                if l + self.units.n < self.lanes.n {
                    self.shown_word[l].d.next = self.shown_word[l + self.units.n].q.val();
                } else {
                    self.shown_word[l].d.next =
                        self.shown_2[l + self.units.n - self.lanes.n].q.val();
                }
            }
            self.low_bytes[l].next = self.low_word[l].q.val();
            self.shown_bytes[l].next = self.shown_word[l].q.val();
        }
        self.follows.next = self.low_next.q.val() || self.shown_next.q.val();
        self.low_valid.next = self.low_now.q.val();
        self.shown_valid.next = self.shown_now.q.val();
    }
}

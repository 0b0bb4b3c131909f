//! Hardware loops: when the body begins again, and the index registers.

use systole_arch::isa::{self, INDEX_STEPS, INDEXES, width};

use crate::rt::prelude::*;

const TEXT: &str = "The loop registers of the sequencer.

A LOOP that starts clears the index registers and takes their steps, the length of its body and its turns. When the last
instruction of the body starts, the index registers advance, and `again` tells whether the body has to be fetched once more.
Index registers keep their values behind the loop. A LOOP inside a body replaces the one around it.";

/// Turns, place in the body, index registers.
#[derive(LogicBlock)]
pub struct LoopControl {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset, or a new program: no loop, index registers 0.
    pub clear: Flag<In>,
    /// A LOOP starts.
    pub enter: Flag<In>,
    /// Another instruction starts.
    pub step: Flag<In>,
    /// Its words from `loop_count` to the last index step.
    pub words: Vec<Sig<In>>,
    /// With `step`: the first instruction of the body follows.
    pub again: Flag<Out>,
    /// Index registers.
    pub index: Vec<Sig<Out>>,

    looping: FlagReg,
    last: FlagReg,
    more: FlagReg,
    left: Reg,
    length: Reg,
    turns: Reg,
    steps: Vec<Reg>,
    indexes: Vec<Reg>,
    length_field: Sig<Local>,
    count_lsb: Size,
    length_lsb: Size,
    registers: Size,
}

/// Words of the instruction that a loop uses, first one and number.
pub(super) const LOOP_WORDS: [usize; 2] = [isa::LOOP_COUNT.word, 1 + INDEXES];

// Index steps lie in the words behind the counts, at their low end.
const _: () = {
    assert!(isa::LOOP_LENGTH.word == isa::LOOP_COUNT.word);
    let mut i = 0;
    while i < INDEXES {
        assert!(INDEX_STEPS[i].word == isa::LOOP_COUNT.word + 1 + i && INDEX_STEPS[i].lsb == 0);
        i += 1;
    }
};

impl LoopControl {
    /// Loop registers; they are the same in every configuration.
    pub fn new() -> Self {
        LoopControl {
            doc: Doc::new("loop_control", TEXT)
                .port("clear", "reset or a new program")
                .port("words", "words 2 to 6 of the instruction that starts")
                .port(
                    "again",
                    "with step: the first instruction of the body follows",
                ),
            clock: Signal::default(),
            clear: Flag::new(),
            enter: Flag::new(),
            step: Flag::new(),
            words: Sig::uint_lanes(LOOP_WORDS[1], 32),
            again: Flag::new(),
            index: Sig::uint_lanes(INDEXES, width::ADDRESS),
            looping: FlagReg::new(),
            last: FlagReg::new(),
            more: FlagReg::new(),
            left: Reg::uint(isa::LOOP_LENGTH.width),
            length: Reg::uint(isa::LOOP_LENGTH.width),
            turns: Reg::uint(isa::LOOP_COUNT.width),
            steps: Reg::uint_lanes(INDEXES, width::ADDRESS),
            indexes: Reg::uint_lanes(INDEXES, width::ADDRESS),
            length_field: Sig::uint(isa::LOOP_LENGTH.width),
            count_lsb: Size::new(isa::LOOP_COUNT.lsb),
            length_lsb: Size::new(isa::LOOP_LENGTH.lsb),
            registers: Size::new(INDEXES),
        }
    }
}

impl Default for LoopControl {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for LoopControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, looping, left, length, turns);
        clock!(self, clock, last, more);
        // Flags are registers of their own: starts are many cycles apart, and `again` steers the fetch.
        self.last.d.next = self.left.q.val() == 1;
        self.more.d.next = self.turns.q.val().any();
        self.again.next = self.looping.q.val() && self.last.q.val() && self.more.q.val();
        self.length_field.next = self.words[0].val() >> self.length_lsb.n;
        if self.step.val() && self.looping.q.val() {
            self.left.d.next = self.left.q.val() - 1;
            if self.last.q.val() {
                self.left.d.next = self.length.q.val();
                self.turns.d.next = self.turns.q.val() - 1;
                self.looping.d.next = self.more.q.val();
            }
        }
        if self.enter.val() {
            self.looping.d.next = self.length_field.val().any();
            self.left.d.next = self.length_field.val();
            self.length.d.next = self.length_field.val();
            self.turns.d.next = self.words[0].val() >> self.count_lsb.n;
        }
        for i in 0..self.registers.n {
            self.steps[i].clock.next = self.clock.val();
            self.indexes[i].clock.next = self.clock.val();
            self.steps[i].d.next = self.steps[i].q.val();
            self.indexes[i].d.next = self.indexes[i].q.val();
            if self.step.val() && self.looping.q.val() && self.last.q.val() {
                self.indexes[i].d.next = self.indexes[i].q.val() + self.steps[i].q.val();
            }
            if self.enter.val() {
                self.steps[i].d.next = self.words[i + 1].val();
            }
            if self.enter.val() || self.clear.val() {
                self.indexes[i].d.next = 0.into();
            }
            self.index[i].next = self.indexes[i].q.val();
        }
        if self.clear.val() {
            self.looping.d.next = false;
        }
    }
}

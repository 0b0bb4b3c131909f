//! Bookkeeping of the two buffers for inputs: one is filled with the next step while the other one is read.

use systole_arch::config::bits;

use super::recurrent_sizes::RecurrentOptions;
use crate::rt::prelude::*;

/// Steps in the buffers: how many wait, how many are still being read, and which of them end a sequence.
#[derive(LogicBlock)]
pub struct StepBuffers {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A word is offered.
    pub offered: Flag<In>,
    /// It is the last one of a sequence.
    pub offered_last: Flag<In>,
    /// The oldest step that waits is taken by a pass.
    pub take: Flag<In>,
    /// The last slot of that pass reads.
    pub done: Flag<In>,
    /// There is room for a word.
    pub room: Flag<Out>,
    /// The word is written.
    pub write: Flag<Out>,
    /// Buffer to write to.
    pub write_buffer: Flag<Out>,
    /// Address of the word.
    pub write_word: Sig<Out>,
    /// A complete step waits.
    pub ready: Flag<Out>,
    /// It is the last one of its sequence.
    pub ends_sequence: Flag<Out>,
    word: Reg,
    filling: FlagReg,
    reading: FlagReg,
    waiting: Reg,
    held: Reg,
    ends: Vec<FlagReg>,
    complete: Flag<Local>,
    words: Size,
}

impl StepBuffers {
    /// Buffers for steps of the inputs of a core.
    pub fn new(options: &RecurrentOptions) -> Self {
        let [words, _] = options.chunks();
        StepBuffers {
            doc: Doc::new(
                "step_buffers",
                "Two buffers for the inputs of a step: one is filled while the other one is read.",
            )
            .port("take", "a pass begins to read the step that waits")
            .port("done", "it reads for the last time"),
            clock: Signal::default(),
            reset: Flag::new(),
            offered: Flag::new(),
            offered_last: Flag::new(),
            take: Flag::new(),
            done: Flag::new(),
            room: Flag::new(),
            write: Flag::new(),
            write_buffer: Flag::new(),
            write_word: Sig::uint(bits(words).max(1)),
            ready: Flag::new(),
            ends_sequence: Flag::new(),
            word: Reg::uint(bits(words).max(1)),
            filling: FlagReg::new(),
            reading: FlagReg::new(),
            waiting: Reg::uint(2),
            held: Reg::uint(2),
            ends: FlagReg::lanes(2),
            complete: Flag::new(),
            words: Size::new(words),
        }
    }
}

impl Logic for StepBuffers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, word, filling, reading, waiting, held);
        for b in 0..2 {
            self.ends[b].clock.next = self.clock.val();
            self.ends[b].d.next = self.ends[b].q.val();
        }
        // Fill.
        self.room.next = self.held.q.val() < 2;
        self.write.next = self.room.val() && self.offered.val();
        self.write_buffer.next = self.filling.q.val();
        self.write_word.next = self.word.q.val();
        self.complete.next = self.write.val() && self.word.q.val() + 1 == self.words.n;
        if self.write.val() {
            self.word.d.next = self.word.q.val() + 1;
        }
        if self.complete.val() {
            self.word.d.next = 0.into();
            self.filling.d.next = !self.filling.q.val();
            if self.filling.q.val() {
                self.ends[1].d.next = self.offered_last.val();
            } else {
                self.ends[0].d.next = self.offered_last.val();
            }
        }
        // Read: a step is held until its last slot.
        self.ready.next = self.waiting.q.val().any();
        self.ends_sequence.next = self.ends[0].q.val();
        if self.reading.q.val() {
            self.ends_sequence.next = self.ends[1].q.val();
        }
        if self.take.val() {
            self.reading.d.next = !self.reading.q.val();
        }
        self.waiting.d.next = self.waiting.q.val() + bit_cast_to(self.complete.val(), 1)
            - bit_cast_to(self.take.val(), 1);
        self.held.d.next = self.held.q.val() + bit_cast_to(self.complete.val(), 1)
            - bit_cast_to(self.done.val(), 1);
        if self.reset.val() {
            self.word.d.next = 0.into();
            self.filling.d.next = false;
            self.reading.d.next = false;
            self.waiting.d.next = 0.into();
            self.held.d.next = 0.into();
        }
    }
}

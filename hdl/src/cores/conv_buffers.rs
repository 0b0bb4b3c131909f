//! Bookkeeping of the two image buffers: one is filled while the other one is read.

use super::conv_sizes::ConvOptions;
use crate::rt::prelude::*;

/// Which buffer is filled and which one is read.
#[derive(LogicBlock)]
pub struct ConvBuffers {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// An image word is offered.
    pub offered: Flag<In>,
    /// The last slot of an image is issued.
    pub finish: Flag<In>,
    /// There is room for a word.
    pub room: Flag<Out>,
    /// The word is written.
    pub write: Flag<Out>,
    /// Buffer to write to.
    pub write_buffer: Flag<Out>,
    /// Address of the word.
    pub write_word: Sig<Out>,
    /// The image to read is complete.
    pub image_ready: Flag<Out>,
    /// Slot: buffer to read from.
    pub read_buffer: Flag<Out>,
    /// Not to be written.
    full: Vec<FlagReg>,
    /// Complete, and not issued yet.
    waiting: Vec<FlagReg>,
    word: Reg,
    filling: FlagReg,
    reading: FlagReg,
    slot_buffer: FlagReg,
    slot_finish: FlagReg,
    read_finish: FlagReg,
    freeing: FlagReg,
    words: Size,
}

impl ConvBuffers {
    /// The buffers of one geometry.
    pub fn new(options: &ConvOptions) -> Self {
        ConvBuffers {
            doc: Doc::new(
                "image_buffers",
                "Two image buffers: one is filled while the other one is read.",
            )
            .port("finish", "the last slot of an image is issued")
            .port(
                "read_buffer",
                "of the slot that was issued in the cycle before",
            ),
            clock: Signal::default(),
            reset: Flag::new(),
            offered: Flag::new(),
            finish: Flag::new(),
            room: Flag::new(),
            write: Flag::new(),
            write_buffer: Flag::new(),
            write_word: Sig::uint(options.word_bits()),
            image_ready: Flag::new(),
            read_buffer: Flag::new(),
            full: FlagReg::lanes(2),
            waiting: FlagReg::lanes(2),
            word: Reg::uint(options.word_bits()),
            filling: FlagReg::new(),
            reading: FlagReg::new(),
            slot_buffer: FlagReg::new(),
            slot_finish: FlagReg::new(),
            read_finish: FlagReg::new(),
            freeing: FlagReg::new(),
            words: Size::new(options.image_words()),
        }
    }
}

impl Logic for ConvBuffers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, word, filling, reading, freeing);
        clock!(self, clock, slot_buffer, slot_finish, read_finish);
        for b in 0..2 {
            self.full[b].clock.next = self.clock.val();
            self.full[b].d.next = self.full[b].q.val();
            self.waiting[b].clock.next = self.clock.val();
            self.waiting[b].d.next = self.waiting[b].q.val();
        }

        // Fill.
        self.room.next = !self.full[0].q.val();
        if self.filling.q.val() {
            self.room.next = !self.full[1].q.val();
        }
        self.write.next = self.room.val() && self.offered.val();
        self.write_buffer.next = self.filling.q.val();
        self.write_word.next = self.word.q.val();
        if self.write.val() {
            self.word.d.next = self.word.q.val() + 1;
            if self.word.q.val() + 1 == self.words.n {
                self.word.d.next = 0.into();
                self.filling.d.next = !self.filling.q.val();
                if self.filling.q.val() {
                    self.full[1].d.next = true;
                    self.waiting[1].d.next = true;
                } else {
                    self.full[0].d.next = true;
                    self.waiting[0].d.next = true;
                }
            }
        }

        // Read, and free when the last element has been read.
        self.image_ready.next = self.waiting[0].q.val();
        if self.reading.q.val() {
            self.image_ready.next = self.waiting[1].q.val();
        }
        self.slot_buffer.d.next = self.reading.q.val();
        self.read_buffer.next = self.slot_buffer.q.val();
        if self.finish.val() {
            self.reading.d.next = !self.reading.q.val();
            if self.reading.q.val() {
                self.waiting[1].d.next = false;
            } else {
                self.waiting[0].d.next = false;
            }
        }
        self.slot_finish.d.next = self.finish.val();
        self.read_finish.d.next = self.slot_finish.q.val();
        if self.read_finish.q.val() {
            self.freeing.d.next = !self.freeing.q.val();
            if self.freeing.q.val() {
                self.full[1].d.next = false;
            } else {
                self.full[0].d.next = false;
            }
        }
        if self.reset.val() {
            self.word.d.next = 0.into();
            self.filling.d.next = false;
            self.reading.d.next = false;
            self.freeing.d.next = false;
            self.slot_finish.d.next = false;
            self.read_finish.d.next = false;
            self.full[0].d.next = false;
            self.full[1].d.next = false;
            self.waiting[0].d.next = false;
            self.waiting[1].d.next = false;
        }
    }
}

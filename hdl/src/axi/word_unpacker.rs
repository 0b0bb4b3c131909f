//! From the words of `s_axis` to the bytes of the link.
//!
//! Bytes whose `tkeep` is low are left out, wherever they are in the word; `tlast` only ends a packet for those who count, as
//! frames carry their own length. A full word leaves in four cycles and the next one follows without a gap; a byte that is left
//! out costs a cycle if a later one of its word is kept.

use crate::rt::prelude::*;

/// Words in, bytes out.
#[derive(LogicBlock)]
pub struct WordUnpacker {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset: what is held is thrown away, and nothing is taken.
    pub reset: Flag<In>,
    /// Four bytes, the first in the low bits.
    pub tdata: Sig<In>,
    /// Which of them count.
    pub tkeep: Sig<In>,
    /// A word is there.
    pub tvalid: Flag<In>,
    /// It is taken.
    pub tready: Flag<Out>,
    /// Byte to the link.
    pub data: Sig<Out>,
    /// A byte is there.
    pub valid: Flag<Out>,
    /// It is taken.
    pub ready: Flag<In>,
    word: Reg,
    kept: Reg,
    present: Flag<Local>,
    advance: Flag<Local>,
    room: Flag<Local>,
}

impl WordUnpacker {
    /// An empty one.
    pub fn new() -> Self {
        WordUnpacker {
            doc: Doc::new(
                "word_unpacker",
                "Words of an AXI4-Stream to bytes: those that tkeep marks, in order, one per cycle.",
            )
            .port("tdata", "four bytes, the first in the low bits")
            .port("tkeep", "one bit for each byte"),
            clock: Signal::default(),
            reset: Flag::new(),
            tdata: Sig::uint(32),
            tkeep: Sig::uint(4),
            tvalid: Flag::new(),
            tready: Flag::new(),
            data: Sig::uint(8),
            valid: Flag::new(),
            ready: Flag::new(),
            word: Reg::uint(32),
            kept: Reg::uint(4),
            present: Flag::new(),
            advance: Flag::new(),
            room: Flag::new(),
        }
    }
}

impl Default for WordUnpacker {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for WordUnpacker {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, word, kept);
        self.present.next = self.kept.q.val().get_bit(0);
        self.advance.next = !self.present.val() || self.ready.val();
        // The last byte of the word leaves, or none is left.
        self.room.next = self.advance.val() && !(self.kept.q.val() >> 1).any() && !self.reset.val();
        if self.advance.val() {
            self.word.d.next = self.word.q.val() >> 8;
            self.kept.d.next = self.kept.q.val() >> 1;
        }
        if self.room.val() && self.tvalid.val() {
            self.word.d.next = self.tdata.val();
            self.kept.d.next = self.tkeep.val();
        }
        if self.reset.val() {
            self.kept.d.next = 0.into();
        }
        self.tready.next = self.room.val();
        self.data.next = self.word.q.val();
        self.valid.next = self.present.val();
    }
}

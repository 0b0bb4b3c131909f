//! From the bytes of the link to the words of `m_axis`: one packet for each frame.
//!
//! The packer reads the length in the header of each frame, so that `tlast` stands at the last byte of its CRC and a DMA
//! transfer is one answer. A soft reset must not take back a word that was offered: the word stays until it is taken, and a
//! packet that was cut off is ended by a word with one byte 0, whose frame no host accepts.

use systole_arch::frame::{HEADER, TRAILER};

use crate::rt::prelude::*;

/// Bytes in, words out.
#[derive(LogicBlock)]
pub struct WordPacker {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset: everything is forgotten.
    pub reset: Flag<In>,
    /// Soft reset: as above, but what was offered stays and an open packet is ended.
    pub restart: Flag<In>,
    /// Byte from the link.
    pub data: Sig<In>,
    /// A byte is there.
    pub valid: Flag<In>,
    /// It is taken.
    pub ready: Flag<Out>,
    /// Four bytes, the first in the low bits.
    pub tdata: Sig<Out>,
    /// Which of them count: the first ones.
    pub tkeep: Sig<Out>,
    /// Last word of a frame.
    pub tlast: Flag<Out>,
    /// A word is there.
    pub tvalid: Flag<Out>,
    /// It is taken.
    pub tready: Flag<In>,
    fill: Reg,
    kept: Reg,
    position: Reg,
    index: Reg,
    length: Reg,
    word: Reg,
    word_kept: Reg,
    word_last: FlagReg,
    offered: FlagReg,
    open: FlagReg,
    cut: FlagReg,
    filled: Sig<Local>,
    filled_kept: Sig<Local>,
    ends: Flag<Local>,
    completes: Flag<Local>,
    vacant: Flag<Local>,
    accept: Flag<Local>,
    around: Size,
    length_low: Size,
    length_high: Size,
}

impl WordPacker {
    /// An empty one.
    pub fn new() -> Self {
        WordPacker {
            doc: Doc::new(
                "word_packer",
                "Bytes of frames to words of an AXI4-Stream: one packet for each frame.",
            )
            .port(
                "restart",
                "soft reset: a word that was offered stays, an open packet is ended by one byte 0",
            )
            .port("tdata", "four bytes, the first in the low bits")
            .port("tlast", "last word of a frame"),
            clock: Signal::default(),
            reset: Flag::new(),
            restart: Flag::new(),
            data: Sig::uint(8),
            valid: Flag::new(),
            ready: Flag::new(),
            tdata: Sig::uint(32),
            tkeep: Sig::uint(4),
            tlast: Flag::new(),
            tvalid: Flag::new(),
            tready: Flag::new(),
            fill: Reg::uint(24),
            kept: Reg::uint(3),
            position: Reg::uint(2),
            index: Reg::uint(11),
            length: Reg::uint(11),
            word: Reg::uint(32),
            word_kept: Reg::uint(4),
            word_last: FlagReg::new(),
            offered: FlagReg::new(),
            open: FlagReg::new(),
            cut: FlagReg::new(),
            filled: Sig::uint(32),
            filled_kept: Sig::uint(4),
            ends: Flag::new(),
            completes: Flag::new(),
            vacant: Flag::new(),
            accept: Flag::new(),
            around: Size::new(HEADER + TRAILER - 1),
            length_low: Size::new(LENGTH_LOW),
            length_high: Size::new(LENGTH_LOW + 1),
        }
    }
}

/// Byte of a frame that holds the low half of its length: behind start, type and sequence.
const LENGTH_LOW: usize = 3;

impl Default for WordPacker {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for WordPacker {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, fill, kept, position, index, length, word, word_kept, word_last, offered,
            open, cut
        );
        // Before the length is known it counts as one that no byte of the header ends.
        self.ends.next = self.index.q.val() == (self.length.q.val() + self.around.n);
        self.completes.next = self.ends.val() || self.position.q.val() == 3;
        self.vacant.next = !self.offered.q.val() || self.tready.val();
        self.accept.next = (self.vacant.val() || !self.completes.val())
            && !self.cut.q.val()
            && !self.restart.val()
            && !self.reset.val();
        self.filled.next = self.fill.q.val() | (self.data.val() << (self.position.q.val() << 3));
        self.filled_kept.next = (self.kept.q.val() << 1) | 1;

        if self.tready.val() {
            self.offered.d.next = false;
        }
        if self.valid.val() && self.accept.val() {
            self.fill.d.next = self.filled.val();
            self.kept.d.next = self.filled_kept.val();
            self.position.d.next = self.position.q.val() + 1;
            self.index.d.next = self.index.q.val() + 1;
            if self.index.q.val() == self.length_low.n {
                self.length.d.next = self.data.val();
            }
            if self.index.q.val() == self.length_high.n {
                self.length.d.next = self.length.q.val() | (self.data.val() << 8);
            }
            if self.completes.val() {
                self.word.d.next = self.filled.val();
                self.word_kept.d.next = self.filled_kept.val();
                self.word_last.d.next = self.ends.val();
                self.offered.d.next = true;
                self.open.d.next = !self.ends.val();
                self.fill.d.next = 0.into();
                self.kept.d.next = 0.into();
                self.position.d.next = 0.into();
            }
            if self.ends.val() {
                self.index.d.next = 0.into();
            }
        }
        if self.restart.val() || self.reset.val() {
            self.fill.d.next = 0.into();
            self.kept.d.next = 0.into();
            self.position.d.next = 0.into();
            self.index.d.next = 0.into();
            self.open.d.next = false;
            if self.open.q.val() {
                self.cut.d.next = true;
            }
        }
        if self.cut.q.val() && self.vacant.val() {
            self.word.d.next = 0.into();
            self.word_kept.d.next = 1.into();
            self.word_last.d.next = true;
            self.offered.d.next = true;
            self.cut.d.next = false;
        }
        if self.reset.val() {
            self.offered.d.next = false;
            self.cut.d.next = false;
        }
        self.ready.next = self.accept.val();
        self.tdata.next = self.word.q.val();
        self.tkeep.next = self.word_kept.q.val();
        self.tlast.next = self.word_last.q.val();
        self.tvalid.next = self.offered.q.val() && !self.reset.val();
    }
}

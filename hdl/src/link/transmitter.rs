//! Frame transmitter: header, payload words as they come, CRC-32.

use systole_arch::frame::{START, TRAILER};

use super::crc::{Crc8, Crc32};
use crate::rt::prelude::*;

/// What the transmitter sends next.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Sending {
    /// Nothing.
    Idle,
    /// The start byte.
    Start,
    /// Type.
    Kind,
    /// Sequence number.
    Sequence,
    /// Length, low byte.
    LengthLow,
    /// Length, high byte.
    LengthHigh,
    /// Nothing: the sum takes the last byte of the header.
    SumHeader,
    /// Check of the header.
    Check,
    /// Bytes of a payload word.
    Payload,
    /// Nothing: the sum takes the last byte.
    SumFrame,
    /// CRC-32.
    Trailer,
}

/// The transmitter. `start` begins a frame of `words` payload words; each is asked for when it is needed.
#[derive(LogicBlock)]
pub struct FrameTransmitter {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Begins a frame; type, sequence and words must stay until `idle`.
    pub start: Flag<In>,
    /// Type of the frame.
    pub kind: Sig<In>,
    /// Sequence number.
    pub number: Sig<In>,
    /// Payload words, 0 to 255.
    pub words: Sig<In>,
    /// The next payload word, held until taken.
    pub word: Sig<In>,
    /// `word` is there.
    pub word_valid: Flag<In>,
    /// `word` was taken, in the cycle before.
    pub word_taken: Flag<Out>,
    /// No frame is under way.
    pub idle: Flag<Out>,
    /// Byte to the line.
    pub tx_data: Sig<Out>,
    /// A byte is there.
    pub tx_valid: Flag<Out>,
    /// It is taken.
    pub tx_ready: Flag<In>,
    state: StateReg<Sending>,
    octet: Reg,
    present: FlagReg,
    counts: FlagReg,
    taken: FlagReg,
    left: Reg,
    position: Reg,
    crc_state: Reg,
    check_state: Reg,
    crc: Crc32,
    check: Crc8,
    advance: Flag<Local>,
    emitted: Sig<Local>,
    emit_now: Flag<Local>,
    inverted: Sig<Local>,
    start_byte: Cst,
    ones: Cst,
    trailer_last: Cst,
}

impl FrameTransmitter {
    /// A transmitter.
    pub fn new() -> Self {
        FrameTransmitter {
            doc: Doc::new(
                "frame_transmitter",
                "Sends a frame: start byte, header with its check, payload words, CRC-32.",
            )
            .port("start", "begins a frame")
            .port("word", "next payload word, held until word_taken")
            .port("idle", "no frame is under way"),
            clock: Signal::default(),
            reset: Flag::new(),
            start: Flag::new(),
            kind: Sig::uint(8),
            number: Sig::uint(8),
            words: Sig::uint(8),
            word: Sig::uint(32),
            word_valid: Flag::new(),
            word_taken: Flag::new(),
            idle: Flag::new(),
            tx_data: Sig::uint(8),
            tx_valid: Flag::new(),
            tx_ready: Flag::new(),
            state: StateReg::new(),
            octet: Reg::uint(8),
            present: FlagReg::new(),
            counts: FlagReg::new(),
            taken: FlagReg::new(),
            left: Reg::uint(8),
            position: Reg::uint(2),
            crc_state: Reg::uint(32),
            check_state: Reg::uint(8),
            crc: Crc32::new(),
            check: Crc8::new(),
            advance: Flag::new(),
            emitted: Sig::uint(8),
            emit_now: Flag::new(),
            inverted: Sig::uint(32),
            start_byte: Cst::uint(8, START.into()),
            ones: Cst::uint(32, 0xFFFF_FFFF),
            trailer_last: Cst::uint(2, TRAILER as i64 - 1),
        }
    }
}

impl Default for FrameTransmitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for FrameTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            octet,
            present,
            counts,
            taken,
            left,
            position,
            crc_state,
            check_state
        );
        // A new byte may be put out when there is none or the line takes it.
        self.advance.next = !self.present.q.val() || self.tx_ready.val();
        self.emitted.next = 0.into();
        self.emit_now.next = false;
        self.taken.d.next = false;
        self.inverted.next = self.crc_state.q.val() ^ self.ones.val();
        if self.advance.val() {
            self.present.d.next = false;
        }
        match self.state.q.val() {
            Sending::Idle => {
                if self.start.val() {
                    self.state.d.next = Sending::Start;
                    self.left.d.next = self.words.val();
                    self.crc_state.d.next = self.ones.val();
                    self.check_state.d.next = 0.into();
                    self.position.d.next = 0.into();
                }
            }
            Sending::Start => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.start_byte.val();
                if self.advance.val() {
                    self.state.d.next = Sending::Kind;
                }
            }
            Sending::Kind => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.kind.val();
                if self.advance.val() {
                    self.state.d.next = Sending::Sequence;
                }
            }
            Sending::Sequence => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.number.val();
                if self.advance.val() {
                    self.state.d.next = Sending::LengthLow;
                }
            }
            Sending::LengthLow => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.left.q.val() << 2;
                if self.advance.val() {
                    self.state.d.next = Sending::LengthHigh;
                }
            }
            Sending::LengthHigh => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.left.q.val() >> 6;
                if self.advance.val() {
                    self.state.d.next = Sending::SumHeader;
                }
            }
            Sending::SumHeader => {
                self.state.d.next = Sending::Check;
            }
            Sending::Check => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.check_state.q.val();
                if self.advance.val() {
                    self.state.d.next = Sending::Payload;
                    if !self.left.q.val().any() {
                        self.state.d.next = Sending::SumFrame;
                    }
                }
            }
            Sending::Payload => {
                // In the cycle after its last byte the word is still offered.
                self.emit_now.next =
                    self.advance.val() && self.word_valid.val() && !self.taken.q.val();
                self.emitted.next = self.word.val() >> (self.position.q.val() << 3);
                if self.emit_now.val() {
                    self.position.d.next = self.position.q.val() + 1;
                    if self.position.q.val() == 3 {
                        self.taken.d.next = true;
                        self.left.d.next = self.left.q.val() - 1;
                        if self.left.q.val() == 1 {
                            self.state.d.next = Sending::SumFrame;
                        }
                    }
                }
            }
            Sending::SumFrame => {
                self.state.d.next = Sending::Trailer;
            }
            Sending::Trailer => {
                self.emit_now.next = self.advance.val();
                self.emitted.next = self.inverted.val() >> (self.position.q.val() << 3);
                if self.advance.val() {
                    self.position.d.next = self.position.q.val() + 1;
                    if self.position.q.val() == self.trailer_last.val() {
                        self.state.d.next = Sending::Idle;
                    }
                }
            }
        }
        // Check sums over what goes out, the start byte and the CRC itself left out. They take a byte in the cycle after it was
        // put out: choosing the byte and adding it to a sum are too much for one.
        self.crc.state.next = self.crc_state.q.val();
        self.crc.octet.next = self.octet.q.val();
        self.check.state.next = self.check_state.q.val();
        self.check.octet.next = self.octet.q.val();
        if self.counts.q.val() {
            self.crc_state.d.next = self.crc.after.val();
            self.check_state.d.next = self.check.after.val();
        }
        self.counts.d.next = false;
        if self.emit_now.val() {
            self.octet.d.next = self.emitted.val();
            self.present.d.next = true;
            self.counts.d.next =
                (self.state.q.val() != Sending::Start) && (self.state.q.val() != Sending::Trailer);
        }
        if self.reset.val() {
            self.state.d.next = Sending::Idle;
            self.present.d.next = false;
            self.counts.d.next = false;
            self.taken.d.next = false;
        }
        self.word_taken.next = self.taken.q.val();
        self.idle.next = self.state.q.val() == Sending::Idle;
        self.tx_data.next = self.octet.q.val();
        self.tx_valid.next = self.present.q.val();
    }
}

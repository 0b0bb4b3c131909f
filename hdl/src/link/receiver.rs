//! Frame receiver: finds frames among garbage and hands one out only after its CRC-32 matched.

use systole_arch::frame::{HEADER, MAX_PAYLOAD, START, TRAILER};

use super::crc::{Crc8, Crc32, RESIDUE};
use crate::rt::prelude::*;

/// What the receiver is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Receiving {
    /// Looking for a header: a window of the newest bytes is checked with every byte.
    Hunt,
    /// Passing the header through the CRC.
    Header,
    /// Collecting payload words.
    Payload,
    /// Passing the CRC bytes through the CRC.
    Trailer,
    /// Comparing.
    Verify,
    /// Holding the frame until it is discarded.
    Held,
}

/// The receiver. The payload lies in a buffer that the host port reads.
#[derive(LogicBlock)]
pub struct FrameReceiver {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Byte from the line.
    pub rx_data: Sig<In>,
    /// A byte is there.
    pub rx_valid: Flag<In>,
    /// It is taken.
    pub rx_ready: Flag<Out>,
    /// The frame is done with.
    pub discard: Flag<In>,
    /// A good frame is held.
    pub held: Flag<Out>,
    /// Its type.
    pub kind: Sig<Out>,
    /// Its sequence number.
    pub number: Sig<Out>,
    /// Its payload length, bytes.
    pub length: Sig<Out>,
    /// Payload word to read.
    pub index: Sig<In>,
    /// That word, one cycle later.
    pub word: Sig<Out>,
    state: StateReg<Receiving>,
    window: Vec<Reg>,
    header_check: Vec<Crc8>,
    at_start: FlagReg,
    fits: FlagReg,
    expected_check: Reg,
    crc: Crc32,
    crc_state: Reg,
    count: Reg,
    assembled: Reg,
    kind_q: Reg,
    number_q: Reg,
    length_q: Reg,
    buffer: Ram,
    taken: Flag<Local>,
    found: Flag<Local>,
    joined: Sig<Local>,
    offered_length: Sig<Local>,
    next_length: Sig<Local>,
    depth: Size,
    start_byte: Cst,
    longest: Cst,
    residue: Cst,
    ones: Cst,
    header_last: Cst,
    trailer_last: Cst,
}

/// Bytes of the window: a header without its check.
const WINDOW: usize = HEADER - 1;

/// Words of the payload buffer.
const BUFFER: usize = MAX_PAYLOAD / 4;

impl FrameReceiver {
    /// A receiver.
    pub fn new() -> Self {
        FrameReceiver {
            doc: Doc::new(
                "frame_receiver",
                "Finds frames in the received bytes: a start byte, a header whose check matches, then payload and CRC-32.\nA frame is handed out only if its CRC-32 matched; until it is discarded no byte is taken.",
            )
            .port("discard", "the held frame is done with")
            .port("held", "a good frame is held")
            .port("index", "payload word to read; word shows it one cycle later"),
            clock: Signal::default(),
            reset: Flag::new(),
            rx_data: Sig::uint(8),
            rx_valid: Flag::new(),
            rx_ready: Flag::new(),
            discard: Flag::new(),
            held: Flag::new(),
            kind: Sig::uint(8),
            number: Sig::uint(8),
            length: Sig::uint(11),
            index: Sig::uint(address_width(BUFFER)),
            word: Sig::uint(32),
            state: StateReg::new(),
            window: Reg::uint_lanes(WINDOW, 8),
            header_check: (0..WINDOW - 1).map(|_| Crc8::new()).collect(),
            at_start: FlagReg::new(),
            fits: FlagReg::new(),
            expected_check: Reg::uint(8),
            crc: Crc32::new(),
            crc_state: Reg::uint(32),
            count: Reg::uint(11),
            assembled: Reg::uint(24),
            kind_q: Reg::uint(8),
            number_q: Reg::uint(8),
            length_q: Reg::uint(11),
            buffer: Ram::new(BUFFER, 32).without_collisions(),
            taken: Flag::new(),
            found: Flag::new(),
            joined: Sig::uint(32),
            offered_length: Sig::uint(16),
            next_length: Sig::uint(16),
            depth: Size::new(WINDOW),
            start_byte: Cst::uint(8, START.into()),
            longest: Cst::uint(16, MAX_PAYLOAD as i64),
            residue: Cst::uint(32, RESIDUE),
            ones: Cst::uint(32, 0xFFFF_FFFF),
            header_last: Cst::uint(11, HEADER as i64 - 2),
            trailer_last: Cst::uint(11, TRAILER as i64 - 1),
        }
    }
}

impl Default for FrameReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for FrameReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, crc_state, count, assembled, kind_q, number_q, length_q
        );
        dff_setup!(self, clock, at_start, fits, expected_check);
        clock!(self, clock, buffer);
        for i in 0..self.depth.n {
            self.window[i].clock.next = self.clock.val();
            self.window[i].d.next = self.window[i].q.val();
        }
        self.rx_ready.next = self.state.q.val() == Receiving::Hunt
            || self.state.q.val() == Receiving::Payload
            || self.state.q.val() == Receiving::Trailer;
        self.taken.next = self.rx_valid.val() && self.rx_ready.val();

        // Window: element 0 is the newest byte. A header is: start, type, sequence, length (2), and now its check. What the window
        // says is made ready with the byte that enters it.
        for i in 0..(self.depth.n - 1) {
            if i == 0 {
                self.header_check[i].state.next = 0.into();
            } else {
                self.header_check[i].state.next = self.header_check[i - 1].after.val();
            }
            if i == self.depth.n - 2 {
                self.header_check[i].octet.next = self.rx_data.val();
            } else {
                self.header_check[i].octet.next = self.window[self.depth.n - 3 - i].q.val();
            }
        }
        self.next_length.next = (self.rx_data.val() << 8) | self.window[0].q.val();
        if self.taken.val() {
            self.expected_check.d.next = self.header_check[self.depth.n - 2].after.val();
            self.fits.d.next = self.next_length.val() <= self.longest.val();
            self.at_start.d.next = self.state.q.val() == Receiving::Hunt
                && self.window[self.depth.n - 2].q.val() == self.start_byte.val();
        }
        self.offered_length.next = (self.window[0].q.val() << 8) | self.window[1].q.val();
        self.found.next = self.taken.val()
            && self.state.q.val() == Receiving::Hunt
            && self.at_start.q.val()
            && self.fits.q.val()
            && self.expected_check.q.val() == self.rx_data.val();

        self.crc.state.next = self.crc_state.q.val();
        self.crc.octet.next = self.rx_data.val();
        self.joined.next = (self.rx_data.val() << 24) | self.assembled.q.val();
        self.buffer.write_enable.next = false;
        self.buffer.write_address.next = self.count.q.val() >> 2;
        self.buffer.write_data.next = self.joined.val();
        self.buffer.read_address.next = self.index.val();
        self.word.next = self.buffer.read_data.val();

        match self.state.q.val() {
            Receiving::Hunt => {
                if self.taken.val() {
                    self.window[0].d.next = self.rx_data.val();
                    for i in 1..self.depth.n {
                        self.window[i].d.next = self.window[i - 1].q.val();
                    }
                }
                if self.found.val() {
                    self.kind_q.d.next = self.window[self.depth.n - 2].q.val();
                    self.number_q.d.next = self.window[self.depth.n - 3].q.val();
                    self.length_q.d.next = self.offered_length.val();
                    self.crc_state.d.next = self.ones.val();
                    self.count.d.next = 0.into();
                    self.at_start.d.next = false;
                    self.state.d.next = Receiving::Header;
                }
            }
            Receiving::Header => {
                // The window now holds type to check; it leaves empty.
                self.crc.octet.next = self.window[self.depth.n - 1].q.val();
                self.crc_state.d.next = self.crc.after.val();
                self.window[0].d.next = 0.into();
                for i in 1..self.depth.n {
                    self.window[i].d.next = self.window[i - 1].q.val();
                }
                self.count.d.next = self.count.q.val() + 1;
                if self.count.q.val() == self.header_last.val() {
                    self.count.d.next = 0.into();
                    self.state.d.next = Receiving::Payload;
                    if !self.length_q.q.val().any() {
                        self.state.d.next = Receiving::Trailer;
                    }
                }
            }
            Receiving::Payload => {
                if self.taken.val() {
                    self.crc_state.d.next = self.crc.after.val();
                    self.assembled.d.next = self.joined.val() >> 8;
                    self.buffer.write_enable.next = (self.count.q.val() & 3) == 3;
                    self.count.d.next = self.count.q.val() + 1;
                    if self.count.q.val() + 1 == self.length_q.q.val() {
                        self.count.d.next = 0.into();
                        self.state.d.next = Receiving::Trailer;
                    }
                }
            }
            Receiving::Trailer => {
                if self.taken.val() {
                    self.crc_state.d.next = self.crc.after.val();
                    self.count.d.next = self.count.q.val() + 1;
                    if self.count.q.val() == self.trailer_last.val() {
                        self.state.d.next = Receiving::Verify;
                    }
                }
            }
            Receiving::Verify => {
                self.state.d.next = Receiving::Hunt;
                if self.crc_state.q.val() == self.residue.val() {
                    self.state.d.next = Receiving::Held;
                }
            }
            Receiving::Held => {
                if self.discard.val() {
                    self.state.d.next = Receiving::Hunt;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = Receiving::Hunt;
            self.at_start.d.next = false;
            for i in 0..self.depth.n {
                self.window[i].d.next = 0.into();
            }
        }
        self.held.next = self.state.q.val() == Receiving::Held;
        self.kind.next = self.kind_q.q.val();
        self.number.next = self.number_q.q.val();
        self.length.next = self.length_q.q.val();
    }
}

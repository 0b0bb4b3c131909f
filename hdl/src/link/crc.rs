//! Check sums of the frames, one byte at a time: CRC-8 of the header, CRC-32 of the whole frame.

use crate::rt::prelude::*;

/// CRC-32 (IEEE 802.3, reflected) after one more byte. Starts at all ones; a frame followed by its CRC leaves [`RESIDUE`].
#[derive(LogicBlock)]
pub struct Crc32 {
    doc: Doc,
    /// State before the byte.
    pub state: Sig<In>,
    /// The byte.
    pub octet: Sig<In>,
    /// State after the byte.
    pub after: Sig<Out>,
    step: Vec<Sig<Local>>,
    polynomial: Cst,
}

/// State of [`Crc32`] after a frame and its own CRC-32.
pub const RESIDUE: i64 = 0xDEBB_20E3;

impl Crc32 {
    /// The byte step.
    pub fn new() -> Self {
        Crc32 {
            doc: Doc::new(
                "crc32",
                "CRC-32 of IEEE 802.3, reflected: the state after one more byte.",
            ),
            state: Sig::uint(32),
            octet: Sig::uint(8),
            after: Sig::uint(32),
            step: Sig::uint_lanes(9, 32),
            polynomial: Cst::uint(32, 0xEDB8_8320),
        }
    }
}

impl Default for Crc32 {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for Crc32 {
    #[hdl_gen]
    fn update(&mut self) {
        self.step[0].next = self.state.val() ^ self.octet.val();
        for i in 0..8 {
            self.step[i + 1].next = self.step[i].val() >> 1;
            if self.step[i].val().get_bit(0) {
                self.step[i + 1].next = (self.step[i].val() >> 1) ^ self.polynomial.val();
            }
        }
        self.after.next = self.step[8].val();
    }
}

/// CRC-8 (polynomial 0x07) after one more byte. Starts at zero.
#[derive(LogicBlock)]
pub struct Crc8 {
    doc: Doc,
    /// State before the byte.
    pub state: Sig<In>,
    /// The byte.
    pub octet: Sig<In>,
    /// State after the byte.
    pub after: Sig<Out>,
    step: Vec<Sig<Local>>,
}

impl Crc8 {
    /// The byte step.
    pub fn new() -> Self {
        Crc8 {
            doc: Doc::new(
                "crc8",
                "CRC-8, polynomial 0x07: the state after one more byte.",
            ),
            state: Sig::uint(8),
            octet: Sig::uint(8),
            after: Sig::uint(8),
            step: Sig::uint_lanes(9, 8),
        }
    }
}

impl Default for Crc8 {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for Crc8 {
    #[hdl_gen]
    fn update(&mut self) {
        self.step[0].next = self.state.val() ^ self.octet.val();
        for i in 0..8 {
            self.step[i + 1].next = self.step[i].val() << 1;
            if self.step[i].val().get_bit(7) {
                self.step[i + 1].next = (self.step[i].val() << 1) ^ 0x07;
            }
        }
        self.after.next = self.step[8].val();
    }
}

//! The aligner: `R` bytes from any byte of a superword, with the bytes outside the image filled.

use systole_arch::isa::{self, width};
use systole_arch::{Arch, config, timing};

use super::aligner_mask::FillMask;
use super::aligner_rotator::Rotator;
use crate::rt::prelude::*;

const TEXT: &str = "Takes R bytes out of the 2R bytes that the two halves of the bank have read.

Lane j of the vector is byte (A + j) mod 2R of the pair: a rotator of two stages, the coarse steps first, so that
the second stage needs fewer bytes. Then the lanes outside the image are filled; which ones these are is
known long before, from the coordinates of the slot.";

/// Rotator and fill.
#[derive(LogicBlock)]
pub struct Aligner {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Slot: byte address.
    pub address: Sig<In>,
    /// Slot: row coordinate.
    pub y: Sig<In>,
    /// Slot: byte coordinate.
    pub x: Sig<In>,
    /// Slot: value outside the image.
    pub fill: Sig<In>,
    /// Slot: rows of the image.
    pub height: Sig<In>,
    /// Slot: bytes of an image row.
    pub row_bytes: Sig<In>,
    /// Bytes of both halves, four cycles after the slot.
    pub pair: Vec<Sig<In>>,
    /// The vector, seven cycles after the slot.
    pub vector: Vec<Sig<Out>>,

    coarse_amount: Delay,
    fine_amount: Delay,
    coarse: Rotator,
    turned: Vec<Reg>,
    fine: Rotator,
    rotated: Vec<Reg>,
    mask: FillMask,
    fill_delay: Delay,
    filled: Vec<Reg>,

    lanes: Size,
    pair_lanes: Size,
    kept: Size,
    fine_bits: Size,
}

impl Aligner {
    /// The aligner of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let lanes = arch.rows;
        let pair = 2 * lanes;
        let amount = config::bits(pair);
        let fine = amount / 2;
        let coarse = amount - fine;
        // The second stage moves by less than 2^fine bytes.
        let kept = lanes + (1 << fine) - 1;
        let before_rotation = timing::SLOT_TO_VECTOR - timing::FILL - timing::ROTATE;
        Aligner {
            doc: Doc::new("aligner", TEXT)
                .port(
                    "address",
                    "slot: byte address; the other fields of the slot come in the same cycle",
                )
                .port(
                    "pair",
                    "bytes of both halves, the even one below, four cycles after the slot",
                )
                .port("vector", "seven cycles after the slot"),
            clock: Signal::default(),
            address: Sig::uint(arch.bank_address_bits()),
            y: Sig::int(width::COUNT),
            x: Sig::int(width::ADDRESS),
            fill: Sig::int(isa::FILL.width),
            height: Sig::uint(isa::HEIGHT.width),
            row_bytes: Sig::uint(isa::ROW_BYTES.width),
            pair: Sig::uint_lanes(pair, 8),
            vector: Sig::int_lanes(lanes, 8),
            coarse_amount: Delay::uint(coarse, before_rotation as usize),
            fine_amount: Delay::uint(fine, before_rotation as usize + 1),
            coarse: Rotator::new(pair, coarse, 1 << fine, kept),
            turned: Reg::uint_lanes(kept, 8),
            fine: Rotator::new(kept, fine, 1, lanes),
            rotated: Reg::uint_lanes(lanes, 8),
            mask: FillMask::new(arch),
            fill_delay: Delay::int(isa::FILL.width, timing::SLOT_TO_VECTOR as usize - 1),
            filled: Reg::int_lanes(lanes, 8),
            lanes: Size::new(lanes),
            pair_lanes: Size::new(pair),
            kept: Size::new(kept),
            fine_bits: Size::new(fine),
        }
    }
}

impl Logic for Aligner {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, coarse_amount, fine_amount, mask, fill_delay);
        // Rotate: coarse steps, register, fine steps, register.
        self.fine_amount.d.next = self.address.val();
        self.coarse_amount.d.next = self.address.val() >> self.fine_bits.n;
        self.coarse.amount.next = self.coarse_amount.q.val();
        self.fine.amount.next = self.fine_amount.q.val();
        for i in 0..self.pair_lanes.n {
            self.coarse.data[i].next = self.pair[i].val();
        }
        for i in 0..self.kept.n {
            self.turned[i].clock.next = self.clock.val();
            self.turned[i].d.next = self.coarse.rotated[i].val();
            self.fine.data[i].next = self.turned[i].q.val();
        }
        for j in 0..self.lanes.n {
            self.rotated[j].clock.next = self.clock.val();
            self.rotated[j].d.next = self.fine.rotated[j].val();
        }

        // Bytes outside the image.
        self.mask.y.next = self.y.val();
        self.mask.x.next = self.x.val();
        self.mask.height.next = self.height.val();
        self.mask.row_bytes.next = self.row_bytes.val();
        self.fill_delay.d.next = self.fill.val();
        for j in 0..self.lanes.n {
            self.filled[j].clock.next = self.clock.val();
            self.filled[j].d.next = self.fill_delay.q.val();
            if self.mask.in_image[j].val() {
                self.filled[j].d.next = self.rotated[j].q.val();
            }
            self.vector[j].next = self.filled[j].q.val();
        }
    }
}

//! The shift before the multiplier: 35 bits become the 18 that the multiplier takes.

use crate::rt::prelude::*;

/// Bits of the multiplier's signed operand.
pub(super) const OPERAND_BITS: usize = 18;
/// Bits of a shift amount `s`.
pub(super) const SHIFT_BITS: usize = 6;
/// Low bits of `s` that the second stage carries out.
const FINE_BITS: usize = 3;
/// Bits between the stages: what the fine shift can still bring into the operand, saturated.
const COARSE_BITS: usize = OPERAND_BITS + (1 << FINE_BITS) - 1;
/// `16 + G` of the numerics contract: the shift for `s = 0`.
const LEFT: usize = 24;

/// `operand = sat18(floor(value * 2^(24 - s)))`, two cycles after `value` and `shift`.
///
/// The first stage shifts by the multiple of 8 in `s` and keeps 25 bits. A number beyond them saturates, whatever the second
/// stage does: it is beyond 18 bits after seven more places to the right, too.
#[derive(LogicBlock)]
pub struct LaneShift {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Number to shift, two's complement.
    pub value: Sig<In>,
    /// `s`, 0 to 63.
    pub shift: Sig<In>,
    /// Result, two cycles later.
    pub operand: Sig<Out>,
    folded: Sig<Local>,
    group: Sig<Local>,
    beyond: Vec<Flag<Local>>,
    saturate_coarse: Flag<Local>,
    coarse: Reg,
    beyond_coarse: FlagReg,
    negative: FlagReg,
    fine: Reg,
    folded_coarse: Sig<Local>,
    beyond_fine: Vec<Flag<Local>>,
    saturates: Flag<Local>,
    result: Reg,
    operand_limit: Cst,
    left: Size,
    groups: Size,
    fines: Size,
    magnitude: Size,
    group_mask: Cst,
}

impl LaneShift {
    /// A shifter for numbers of `width` bits, at most 39.
    pub fn new(width: usize) -> Self {
        let fine = 1usize << FINE_BITS;
        let groups = 1usize << (SHIFT_BITS - FINE_BITS);
        LaneShift {
            doc: Doc::new(
                format!("lane_shift_{width}"),
                "Scaling shift in two stages: operand = sat18(floor(value * 2^(24 - shift))).\n\
                 Stage 1 shifts by the multiple of 8 and tells what lies beyond 25 bits, stage 2 shifts by the rest and saturates.",
            )
            .port("value", "number to shift")
            .port("shift", "0 to 63, with value")
            .port("operand", "two cycles later"),
            clock: Signal::default(),
            value: Sig::int(width),
            shift: Sig::uint(SHIFT_BITS),
            operand: Sig::int(OPERAND_BITS),
            folded: Sig::uint(width),
            group: Sig::uint(SHIFT_BITS - FINE_BITS),
            beyond: Flag::lanes(groups),
            saturate_coarse: Flag::new(),
            coarse: Reg::int(COARSE_BITS),
            beyond_coarse: FlagReg::new(),
            negative: FlagReg::new(),
            fine: Reg::uint(FINE_BITS),
            folded_coarse: Sig::uint(COARSE_BITS),
            beyond_fine: Flag::lanes(fine),
            saturates: Flag::new(),
            result: Reg::int(OPERAND_BITS),
            operand_limit: Cst::int(OPERAND_BITS, (1 << (OPERAND_BITS - 1)) - 1),
            left: Size::new(LEFT),
            groups: Size::new(groups),
            fines: Size::new(fine),
            magnitude: Size::new(OPERAND_BITS - 1),
            group_mask: Cst::uint(SHIFT_BITS, (((groups - 1) * fine) as i64) & 63),
        }
    }
}

impl Logic for LaneShift {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, coarse, beyond_coarse, negative, fine, result);
        // A number fits n bits when its magnitude, folded at -1/2, has n - 1.
        self.folded.next = self.value.val();
        if self.value.val() < 0 {
            self.folded.next = !self.value.val();
        }
        self.group.next = self.shift.val() >> 3;
        self.saturate_coarse.next = false;
        for g in 0..self.groups.n {
            self.beyond[g].next = (self.folded.val() >> (g * 8)).any();
            if self.group.val() == g && self.beyond[g].val() {
                self.saturate_coarse.next = true;
            }
        }
        self.coarse.d.next =
            (self.value.val() << self.left.n) >> (self.shift.val() & self.group_mask.val());
        self.beyond_coarse.d.next = self.saturate_coarse.val();
        self.negative.d.next = self.value.val() < 0;
        self.fine.d.next = self.shift.val();

        // Whether the result will fit is found out beside the shift, not after it.
        self.folded_coarse.next = self.coarse.q.val();
        if self.coarse.q.val() < 0 {
            self.folded_coarse.next = !self.coarse.q.val();
        }
        self.saturates.next = self.beyond_coarse.q.val();
        for f in 0..self.fines.n {
            self.beyond_fine[f].next = (self.folded_coarse.val() >> (f + self.magnitude.n)).any();
            if self.fine.q.val() == f && self.beyond_fine[f].val() {
                self.saturates.next = true;
            }
        }
        self.result.d.next = self.coarse.q.val() >> self.fine.q.val();
        if self.saturates.val() {
            self.result.d.next = self.operand_limit.val();
            if self.negative.q.val() {
                self.result.d.next = !self.operand_limit.val();
            }
        }
        self.operand.next = self.result.q.val();
    }
}

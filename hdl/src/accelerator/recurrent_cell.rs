//! One hidden unit: from its gates and its state to the new state and the byte that feeds the next step.

use super::recurrent_activation::{Activation, VALUE_BITS};
use super::recurrent_beats::{CELL_SHIFT_BITS, COLUMNS};
use super::recurrent_gate::GATE_SUM_BITS;
use crate::rt::prelude::*;

/// Bits of a product of two values.
const PRODUCT_BITS: usize = 2 * VALUE_BITS;
/// Fraction bits of a gate.
const GATE_FRACTION: usize = VALUE_BITS - 1;
/// Shifts of the cell state to Q3.12: 0 to 4.
pub(super) const CELL_SHIFTS: usize = 5;
/// Bits of what goes into the second tanh: a cell state shifted by up to 4, and as much again.
const SUM_BITS: usize = VALUE_BITS + CELL_SHIFTS;
/// Fraction bits of `o * tanh(c)` and of `r * h` below a byte of scale 2^-7.
const BYTE_FRACTION: usize = 23;
/// Fraction bits of `i * g` below Q3.12.
pub(super) const SUM_FRACTION: usize = 18;
/// Bits of the place of the rounding bit of `i * g`, and of its mask.
pub(super) const HALF_BITS: usize = SUM_FRACTION + CELL_SHIFTS - 1;
/// Bits of the mask that keeps what lies above the last bit of the cell state.
pub(super) const KEEP_BITS: usize = CELL_SHIFTS + 1;

const TEXT: &str = "One hidden unit (numerics, sections 7 and 8). Columns are i f g o (LSTM), r z n - (GRU), r - - - (first pass with linear_before_reset = 0).

18: f * c or z * h16; i * g or r * v_n or r * h16. 19: r * h16. 20: rounded, each beside its negative. 21: sum and negative, Q3.12.
26: tanh. 27: o * tanh or (32768 - z) * n. 28: byte of an LSTM. 29: state, and the hidden state in 16 bits. Products go from register to register, as gates
need no logic before them, and from there to a second one near the adders: multiplier cells may lie far away.
Numbers in comments are cycles after the beat that completes the unit.";

/// Steps of one unit behind its gates.
#[derive(LogicBlock)]
pub struct RecurrentCell {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Gates, columns 0 to 3, at 17.
    pub gate: Vec<Sig<In>>,
    /// `u + 1` or `u + v + 1` of the candidate column, at 17.
    pub candidate: Sig<In>,
    /// Cell state or hidden state, at 17.
    pub state: Sig<In>,
    /// `gru_reset`, at 17.
    pub resets: Flag<In>,
    /// `gru` or `gru_update`, at 17.
    pub blends_at_17: Flag<In>,
    /// The same, at 18.
    pub blends_at_18: Flag<In>,
    /// The same, at 19.
    pub blends_at_19: Flag<In>,
    /// `gru_update`, at 18.
    pub updates: Flag<In>,
    /// Shift of the cell state to Q3.12, at 18.
    pub shift_at_18: Sig<In>,
    /// Rounding constant of `i * g`, at 19.
    pub half: Sig<In>,
    /// Mask of the rounded `i * g`, at 19.
    pub keep: Sig<In>,
    /// Shift of the cell state, at 21.
    pub shift_at_21: Sig<In>,
    /// `gru` or `gru_update`, at 25.
    pub blends_at_25: Flag<In>,
    /// The same, at 28.
    pub blends_at_28: Flag<In>,
    /// Byte of `r * h`, at 19.
    pub reset_byte: Sig<Out>,
    /// `r * h` in 16 bits, at 19.
    pub reset_value: Sig<Out>,
    /// Hidden state of an LSTM, at 28.
    pub lstm_byte: Sig<Out>,
    /// New state, at 29.
    pub new_state: Sig<Out>,
    /// Hidden state in 16 bits, at 29.
    pub hidden: Sig<Out>,
    shifted: Vec<FlagReg>,
    takes_added: FlagReg,
    left_part: Vec<Sig<Local>>,
    left_negated_part: Vec<Sig<Local>>,
    factor: Sig<Local>,
    kept: Delay,
    added: Delay,
    candidate_later: Delay,
    negated_candidate: Delay,
    kept_rounded: Sig<Local>,
    kept_negated: Sig<Local>,
    added_rounded: Sig<Local>,
    added_negated: Sig<Local>,
    left: Reg,
    left_negated: Reg,
    right: Reg,
    right_negated: Reg,
    sum: Reg,
    negated: Reg,
    squash: Activation,
    new_cell: Reg,
    cell_limited: Reg,
    cell_later: Delay,
    late: Delay,
    weight: Reg,
    blended: Delay,
    second: Delay,
    blend: Sig<Local>,
    state_register: Reg,
    hidden_register: Reg,
    reset_rounded: Sig<Local>,
    lstm_rounded: Sig<Local>,
    gate_half: Cst,
    byte_half: Cst,
    one: Cst,
    highest: Cst,
    lowest: Cst,
    highest_byte: Cst,
    gate_fraction: Size,
    sum_fraction: Size,
    byte_fraction: Size,
    shifts: Size,
}

impl RecurrentCell {
    /// One unit; it is the same in every configuration.
    pub fn new() -> Self {
        let rounded = || Sig::int(VALUE_BITS + 2);
        let byte = || Sig::int(PRODUCT_BITS - BYTE_FRACTION + 1);
        RecurrentCell {
            doc: documentation(),
            clock: Signal::default(),
            gate: Sig::int_lanes(COLUMNS, VALUE_BITS),
            candidate: Sig::int(GATE_SUM_BITS),
            state: Sig::int(VALUE_BITS),
            resets: Flag::new(),
            blends_at_17: Flag::new(),
            blends_at_18: Flag::new(),
            blends_at_19: Flag::new(),
            updates: Flag::new(),
            shift_at_18: Sig::uint(CELL_SHIFT_BITS),
            half: Sig::uint(HALF_BITS),
            keep: Sig::int(KEEP_BITS),
            shift_at_21: Sig::uint(CELL_SHIFT_BITS),
            blends_at_25: Flag::new(),
            blends_at_28: Flag::new(),
            reset_byte: Sig::int(8),
            reset_value: Sig::int(VALUE_BITS),
            lstm_byte: Sig::int(8),
            new_state: Sig::int(VALUE_BITS),
            hidden: Sig::int(VALUE_BITS),
            shifted: FlagReg::lanes(CELL_SHIFTS),
            takes_added: FlagReg::new(),
            left_part: Sig::int_lanes(CELL_SHIFTS + 1, SUM_BITS),
            left_negated_part: Sig::int_lanes(CELL_SHIFTS + 1, SUM_BITS),
            factor: Sig::int(VALUE_BITS),
            kept: Delay::int(PRODUCT_BITS, 2),
            added: Delay::int(PRODUCT_BITS, 2),
            candidate_later: Delay::int(GATE_SUM_BITS, 2),
            negated_candidate: Delay::int(GATE_SUM_BITS, 2),
            kept_rounded: rounded(),
            kept_negated: rounded(),
            added_rounded: rounded(),
            added_negated: rounded(),
            left: Reg::int(SUM_BITS),
            left_negated: Reg::int(SUM_BITS),
            right: Reg::int(SUM_BITS),
            right_negated: Reg::int(SUM_BITS),
            sum: Reg::int(SUM_BITS),
            negated: Reg::int(SUM_BITS),
            squash: Activation::new(SUM_BITS),
            new_cell: Reg::int(SUM_BITS),
            cell_limited: Reg::int(VALUE_BITS),
            cell_later: Delay::int(VALUE_BITS, 5),
            late: Delay::int(VALUE_BITS, 8),
            weight: Reg::int(VALUE_BITS),
            blended: Delay::int(PRODUCT_BITS, 9),
            second: Delay::int(PRODUCT_BITS, 2),
            blend: Sig::int(VALUE_BITS),
            state_register: Reg::int(VALUE_BITS),
            hidden_register: Reg::int(VALUE_BITS),
            reset_rounded: byte(),
            lstm_rounded: byte(),
            gate_half: Cst::int(VALUE_BITS, 1 << (GATE_FRACTION - 1)),
            byte_half: Cst::int(BYTE_FRACTION + 1, 1 << (BYTE_FRACTION - 1)),
            one: Cst::int(VALUE_BITS + 1, 1 << GATE_FRACTION),
            highest: Cst::int(VALUE_BITS, i64::from(i16::MAX)),
            lowest: Cst::int(VALUE_BITS, i64::from(i16::MIN)),
            highest_byte: Cst::int(8, i64::from(i8::MAX)),
            gate_fraction: Size::new(GATE_FRACTION),
            sum_fraction: Size::new(SUM_FRACTION),
            byte_fraction: Size::new(BYTE_FRACTION),
            shifts: Size::new(CELL_SHIFTS),
        }
    }
}

impl Default for RecurrentCell {
    fn default() -> Self {
        Self::new()
    }
}

fn documentation() -> Doc {
    let ports = [
        ("gate", "17: columns 0 to 3"),
        ("candidate", "17: u + 1, or u + v + 1"),
        ("state", "17"),
        ("resets", "17: gru_reset"),
        ("updates", "18: gru_update"),
        ("half", "19: rounding constant of i * g"),
        ("keep", "19: mask of the rounded i * g"),
        ("reset_byte", "19: sat8(rhu(r * h16, 23))"),
        ("reset_value", "19: rhu(r * h16, 15)"),
        ("lstm_byte", "28: sat8(rhu(o * tanh(n), 23))"),
        ("new_state", "29"),
        ("hidden", "29: h16, or rhu(o * tanh(n), 15)"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("recurrent_cell", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for RecurrentCell {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, kept, added, candidate_later, negated_candidate);
        clock!(self, clock, new_cell);
        clock!(self, clock, left, left_negated, right, right_negated);
        clock!(
            self,
            clock,
            sum,
            negated,
            squash,
            cell_limited,
            cell_later,
            late
        );
        clock!(
            self,
            clock,
            weight,
            blended,
            second,
            state_register,
            hidden_register
        );
        // 19: which of the products of the left side is taken, and by how much it is shifted.
        self.takes_added.clock.next = self.clock.val();
        self.takes_added.d.next = self.blends_at_18.val() && !self.updates.val();
        for k in 0..self.shifts.n {
            self.shifted[k].clock.next = self.clock.val();
            self.shifted[k].d.next = self.shift_at_18.val() == k && !self.blends_at_18.val();
        }
        // 18: first products; 19: beside their adders.
        self.factor.next = self.gate[2].val();
        if self.resets.val() {
            self.factor.next = self.state.val();
        }
        self.kept.d.next = self.gate[1].val() * self.state.val();
        self.added.d.next = self.gate[0].val() * self.factor.val();
        self.candidate_later.d.next = self.candidate.val();
        self.negated_candidate.d.next = -self.candidate.val();
        // 20: rounded. -rhu(x, s) = (~x + 2^(s-1)) >> s.
        self.kept_rounded.next = (self.kept.q.val() + self.gate_half.val()) >> self.gate_fraction.n;
        self.kept_negated.next =
            (!self.kept.q.val() + self.gate_half.val()) >> self.gate_fraction.n;
        self.added_rounded.next =
            (self.added.q.val() + self.gate_half.val()) >> self.gate_fraction.n;
        self.added_negated.next =
            (!self.added.q.val() + self.gate_half.val()) >> self.gate_fraction.n;
        self.left_part[0].next = 0.into();
        self.left_negated_part[0].next = 0.into();
        if self.takes_added.q.val() {
            self.left_part[0].next = self.added_rounded.val();
            self.left_negated_part[0].next = self.added_negated.val();
        }
        for k in 0..self.shifts.n {
            self.left_part[k + 1].next = self.left_part[k].val();
            self.left_negated_part[k + 1].next = self.left_negated_part[k].val();
            if self.shifted[k].q.val() {
                self.left_part[k + 1].next =
                    self.left_part[k].val() | (self.kept_rounded.val() << k);
                self.left_negated_part[k + 1].next =
                    self.left_negated_part[k].val() | (self.kept_negated.val() << k);
            }
        }
        self.left.d.next = self.left_part[self.shifts.n].val();
        self.left_negated.d.next = self.left_negated_part[self.shifts.n].val();
        self.right.d.next =
            ((self.added.q.val() + self.half.val()) >> self.sum_fraction.n) & self.keep.val();
        self.right_negated.d.next =
            ((!self.added.q.val() + self.half.val()) >> self.sum_fraction.n) & self.keep.val();
        if self.blends_at_19.val() {
            self.right.d.next = self.candidate_later.q.val();
            self.right_negated.d.next = self.negated_candidate.q.val();
        }
        self.reset_rounded.next =
            (self.added.q.val() + self.byte_half.val()) >> self.byte_fraction.n;
        self.reset_value.next = self.added_rounded.val();
        self.reset_byte.next = self.reset_rounded.val();
        if self.reset_rounded.val() > self.highest_byte.val() {
            self.reset_byte.next = self.highest_byte.val();
        }
        // 21: argument of tanh and its negative; the cell state is its high part. 22: that part. 23: saturated.
        self.sum.d.next = self.left.q.val() + self.right.q.val();
        self.negated.d.next = self.left_negated.q.val() + self.right_negated.q.val();
        self.new_cell.d.next = self.sum.q.val() >> self.shift_at_21.val();
        self.cell_limited.d.next = self.new_cell.q.val();
        if self.new_cell.q.val() > self.highest.val() {
            self.cell_limited.d.next = self.highest.val();
        }
        if self.new_cell.q.val() < self.lowest.val() {
            self.cell_limited.d.next = self.lowest.val();
        }
        self.cell_later.d.next = self.cell_limited.q.val();
        // 26: tanh, and what it is multiplied with.
        self.squash.value.next = self.sum.q.val();
        self.squash.negated.next = self.negated.q.val();
        self.squash.tanh.next = true;
        self.squash.direct.next = false;
        self.squash.direct_value.next = 0.into();
        self.late.d.next = self.gate[3].val();
        if self.blends_at_17.val() {
            self.late.d.next = self.gate[1].val();
        }
        self.weight.d.next = self.late.q.val();
        if self.blends_at_25.val() {
            self.weight.d.next = self.one.val() - self.late.q.val();
        }
        // 27: second product; z * h16 waits for 28, with the rounding constant, which is all that waits in an LSTM.
        self.second.d.next = self.weight.q.val() * self.squash.result.val();
        self.blended.d.next = self.gate_half.val();
        if self.blends_at_19.val() {
            self.blended.d.next = self.kept.q.val() + self.gate_half.val();
        }
        self.lstm_rounded.next =
            (self.second.q.val() + self.byte_half.val()) >> self.byte_fraction.n;
        self.lstm_byte.next = self.lstm_rounded.val();
        if self.lstm_rounded.val() > self.highest_byte.val() {
            self.lstm_byte.next = self.highest_byte.val();
        }
        // 29: new state. The blend lies between its two ends, and o * tanh below one: neither needs saturation.
        self.blend.next = (self.second.q.val() + self.blended.q.val()) >> self.gate_fraction.n;
        self.state_register.d.next = self.cell_later.q.val();
        if self.blends_at_28.val() {
            self.state_register.d.next = self.blend.val();
        }
        self.new_state.next = self.state_register.q.val();
        self.hidden_register.d.next = self.blend.val();
        self.hidden.next = self.hidden_register.q.val();
    }
}

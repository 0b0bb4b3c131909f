//! Gate of one lane: the two scaled sums become a value between -1 and 1.

use super::lane_shift::OPERAND_BITS;
use super::recurrent_activation::{Activation, VALUE_BITS};
use crate::rt::prelude::*;

/// Bits of the sum of both scaled sums.
pub(super) const GATE_SUM_BITS: usize = OPERAND_BITS + 1;

const TEXT: &str =
    "Gate of one lane: sigmoid or tanh of sat16(u + v + 1), or max(0, .) of it (numerics, sections 7 and 8).

The candidate column of a GRU skips the gate: `sum` is then u + 1, and `gate` is sat16(v).
Sum and negated sum come from two adders side by side: -(u + v + 1) is the complement of u + v.
Numbers in comments are cycles after the beat.";

/// Takes `u` and `v` at 11, gives the gate at 17.
#[derive(LogicBlock)]
pub struct Gate {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Stored sum of the input part, at 11.
    pub stored: Sig<In>,
    /// Scaled sum, at 11.
    pub scaled: Sig<In>,
    /// Candidate column of a GRU, at 11.
    pub skip: Flag<In>,
    /// tanh, else sigmoid, at 12.
    pub tanh: Flag<In>,
    /// `max(0, .)` instead of either, at 12.
    pub relu: Flag<In>,
    /// `u + v + 1`, or `u + 1`, at 12.
    pub sum: Sig<Out>,
    /// Q0.15, at 17.
    pub gate: Sig<Out>,
    recurrent: Sig<Local>,
    scaled_register: Reg,
    sum_register: Reg,
    negated: Reg,
    skips: FlagReg,
    direct_value: Reg,
    direct: FlagReg,
    direct_value_later: Delay,
    direct_later: Delay,
    activation: Activation,
    highest: Cst,
    lowest: Cst,
}

impl Gate {
    /// The gate of one lane.
    pub fn new() -> Self {
        Gate {
            doc: documentation(),
            clock: Signal::default(),
            stored: Sig::int(OPERAND_BITS),
            scaled: Sig::int(OPERAND_BITS),
            skip: Flag::new(),
            tanh: Flag::new(),
            relu: Flag::new(),
            sum: Sig::int(GATE_SUM_BITS),
            gate: Sig::int(VALUE_BITS),
            recurrent: Sig::int(OPERAND_BITS),
            scaled_register: Reg::int(OPERAND_BITS),
            sum_register: Reg::int(GATE_SUM_BITS),
            negated: Reg::int(GATE_SUM_BITS),
            skips: FlagReg::new(),
            direct_value: Reg::int(VALUE_BITS),
            direct: FlagReg::new(),
            direct_value_later: Delay::int(VALUE_BITS, 2),
            direct_later: Delay::uint(1, 2),
            activation: Activation::new(GATE_SUM_BITS),
            highest: Cst::int(VALUE_BITS, i64::from(i16::MAX)),
            lowest: Cst::int(VALUE_BITS, i64::from(i16::MIN)),
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

fn documentation() -> Doc {
    let ports = [
        ("stored", "11: sum of the input part"),
        ("scaled", "11: sum of the recurrent part"),
        ("skip", "11: candidate column of a GRU"),
        ("tanh", "12: tanh, else sigmoid"),
        ("relu", "12: max(0, .)"),
        ("sum", "12: u + v + 1, or u + 1"),
        ("gate", "17"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("gate", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for Gate {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, scaled_register, sum_register, negated, skips);
        clock!(
            self,
            clock,
            direct_value,
            direct,
            direct_value_later,
            direct_later,
            activation
        );
        // 12: both sums. Ones below the point carry the 1 into the same adder.
        self.recurrent.next = self.scaled.val();
        if self.skip.val() {
            self.recurrent.next = 0.into();
        }
        self.scaled_register.d.next = self.scaled.val();
        self.skips.d.next = self.skip.val();
        self.sum_register.d.next =
            (((self.stored.val() << 1) | 1) + ((self.recurrent.val() << 1) | 1)) >> 1;
        self.negated.d.next = !(self.stored.val() + self.recurrent.val());
        self.sum.next = self.sum_register.q.val();
        // 13: what skips the tables.
        self.direct.d.next = self.skips.q.val() || self.relu.val();
        self.direct_value.d.next = self.sum_register.q.val();
        if self.sum_register.q.val() > self.highest.val() {
            self.direct_value.d.next = self.highest.val();
        }
        if self.sum_register.q.val() < 0 {
            self.direct_value.d.next = 0.into();
        }
        if self.skips.q.val() {
            self.direct_value.d.next = self.scaled_register.q.val();
            if self.scaled_register.q.val() > self.highest.val() {
                self.direct_value.d.next = self.highest.val();
            }
            if self.scaled_register.q.val() < self.lowest.val() {
                self.direct_value.d.next = self.lowest.val();
            }
        }
        self.direct_later.d.next = self.direct.q.val().into();
        self.direct_value_later.d.next = self.direct_value.q.val();
        // 17
        self.activation.value.next = self.sum_register.q.val();
        self.activation.negated.next = self.negated.q.val();
        self.activation.tanh.next = self.tanh.val();
        self.activation.direct.next = self.direct_later.q.val().any();
        self.activation.direct_value.next = self.direct_value_later.q.val();
        self.gate.next = self.activation.result.val();
    }
}

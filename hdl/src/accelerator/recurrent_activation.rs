//! Sigmoid and tanh of the recurrent unit: a table of knots and a line between two of them.

use systole_arch::knots::{FRACTION_BITS, SIGMOID, TANH};

use crate::rt::prelude::*;

/// Bits of the input: what lies beyond saturates.
const MAGNITUDE_BITS: usize = 15;
/// Bits of the difference between two knots.
const RISE_BITS: usize = 11;
/// Bits of the fraction that make the low part of a step; the high part has the others.
const LOW_BITS: usize = 4;
/// Bits of a result, Q0.15.
pub(super) const VALUE_BITS: usize = 16;
/// Cycles from the value to its sigmoid or tanh.
pub(super) const ACTIVATION: usize = 5;

const TEXT: &str = "Sigmoid or tanh (numerics, section 6), Q3.12 to Q0.15: five registers.

The result gets its sign where it is added up: K - y is K - T - step with K = 32768 for sigmoid and 0 for tanh, and subtracting is adding
the complement. So what leaves the last register needs no logic before a multiplier. Nothing saturates: y is below 32768.
The step is a small product, built of adders in two parts: multiplier cells are for the array. An entry crosses the device from its memory
to a register before it meets them.";

/// Knots and differences, sigmoid first.
fn table() -> Vec<i64> {
    let words = |knots: [u16; 257]| -> Vec<i64> {
        let word = |k: &[u16]| i64::from(k[0]) << RISE_BITS | i64::from(k[1] - k[0]);
        knots.windows(2).map(word).collect()
    };
    [words(SIGMOID), words(TANH)].concat()
}

/// One value in each cycle.
#[derive(LogicBlock)]
pub struct Activation {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Q3.12, of any width, at 0.
    pub value: Sig<In>,
    /// `-value`, at 0.
    pub negated: Sig<In>,
    /// High: tanh, else sigmoid, at 0.
    pub tanh: Flag<In>,
    /// High: the result is `direct_value`, at 3.
    pub direct: Flag<In>,
    /// At 3.
    pub direct_value: Sig<In>,
    /// At 5.
    pub result: Sig<Out>,
    negative: Flag<Local>,
    magnitude: Sig<Local>,
    clipped: Sig<Local>,
    fraction: Sig<Local>,
    knots: Rom,
    entry: Delay,
    fraction_later: Delay,
    negative_later: Delay,
    tanh_later: Delay,
    knot: Sig<Local>,
    rise: Sig<Local>,
    rows: Vec<Sig<Local>>,
    base: Reg,
    low: Reg,
    high: Reg,
    minus: FlagReg,
    low_term: Sig<Local>,
    high_term: Sig<Local>,
    rounding: Sig<Local>,
    result_register: Reg,
    largest: Cst,
    one: Cst,
    magnitude_bits: Size,
    fraction_bits: Size,
    index_bits: Size,
    rise_bits: Size,
    fraction_half: Cst,
    low_bits: Size,
    places: Vec<Size>,
}

impl Activation {
    /// For values of `width` bits.
    pub fn new(width: usize) -> Self {
        let index = MAGNITUDE_BITS - FRACTION_BITS;
        Activation {
            doc: documentation(),
            clock: Signal::default(),
            value: Sig::int(width),
            negated: Sig::int(width),
            tanh: Flag::new(),
            direct: Flag::new(),
            direct_value: Sig::int(VALUE_BITS),
            result: Sig::int(VALUE_BITS),
            negative: Flag::new(),
            magnitude: Sig::uint(width),
            clipped: Sig::uint(MAGNITUDE_BITS),
            fraction: Sig::uint(FRACTION_BITS),
            knots: Rom::uint(MAGNITUDE_BITS + RISE_BITS, &table()).with_output_register(),
            entry: Delay::uint(MAGNITUDE_BITS + RISE_BITS, 2),
            fraction_later: Delay::uint(FRACTION_BITS, 3),
            negative_later: Delay::uint(1, 3),
            tanh_later: Delay::uint(1, 3),
            knot: Sig::uint(MAGNITUDE_BITS),
            rise: Sig::uint(RISE_BITS),
            rows: Sig::uint_lanes(FRACTION_BITS, RISE_BITS + LOW_BITS - 1),
            base: Reg::int(VALUE_BITS),
            low: Reg::uint(RISE_BITS + LOW_BITS),
            high: Reg::uint(RISE_BITS + FRACTION_BITS - LOW_BITS),
            minus: FlagReg::new(),
            low_term: Sig::int(RISE_BITS + LOW_BITS + 1),
            high_term: Sig::int(RISE_BITS + FRACTION_BITS + 1),
            rounding: Sig::uint(FRACTION_BITS),
            result_register: Reg::int(VALUE_BITS),
            largest: Cst::uint(MAGNITUDE_BITS, (1 << MAGNITUDE_BITS) - 1),
            one: Cst::uint(VALUE_BITS, 1 << MAGNITUDE_BITS),
            magnitude_bits: Size::new(MAGNITUDE_BITS),
            fraction_bits: Size::new(FRACTION_BITS),
            index_bits: Size::new(index),
            rise_bits: Size::new(RISE_BITS),
            fraction_half: Cst::uint(FRACTION_BITS, 1 << (FRACTION_BITS - 1)),
            low_bits: Size::new(LOW_BITS),
            places: (0..FRACTION_BITS)
                .map(|k| Size::new(k % LOW_BITS))
                .collect(),
        }
    }
}

fn documentation() -> Doc {
    let ports = [
        ("value", "0: Q3.12"),
        ("negated", "0: -value"),
        ("tanh", "0: tanh, else sigmoid"),
        ("direct", "3: the result is direct_value"),
        ("direct_value", "3"),
        ("result", "5: Q0.15"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("activation", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for Activation {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, knots, entry, fraction_later, negative_later);
        clock!(
            self,
            clock,
            tanh_later,
            base,
            low,
            high,
            minus,
            result_register
        );
        // 0: absolute value, saturated; where it lies between the knots.
        self.negative.next = self.value.val() < 0;
        self.magnitude.next = self.value.val();
        if self.negative.val() {
            self.magnitude.next = self.negated.val();
        }
        self.clipped.next = self.magnitude.val();
        if (self.magnitude.val() >> self.magnitude_bits.n).any() {
            self.clipped.next = self.largest.val();
        }
        self.fraction.next = self.clipped.val();
        self.knots.address.next = self.clipped.val() >> self.fraction_bits.n;
        if self.tanh.val() {
            self.knots.address.next =
                (self.clipped.val() >> self.fraction_bits.n) + (1 << self.index_bits.n);
        }
        self.fraction_later.d.next = self.fraction.val();
        self.negative_later.d.next = self.negative.val().into();
        self.tanh_later.d.next = self.tanh.val().into();
        // 3: knot below and difference to the next one.
        self.entry.d.next = self.knots.data.val();
        self.knot.next = self.entry.q.val() >> self.rise_bits.n;
        self.rise.next = self.entry.q.val();
        self.base.d.next = self.knot.val();
        self.minus.d.next = self.negative_later.q.val().any() && !self.direct.val();
        if self.negative_later.q.val().any() {
            self.base.d.next = self.one.val() - self.knot.val();
            if self.tanh_later.q.val().any() {
                self.base.d.next = -self.knot.val();
            }
        }
        for k in 0..self.fraction_bits.n {
            self.rows[k].next = 0.into();
            if self.fraction_later.q.val().get_bit(k) {
                self.rows[k].next = self.rise.val() << self.places[k].n;
            }
        }
        self.low.d.next =
            (self.rows[0].val() + self.rows[1].val()) + (self.rows[2].val() + self.rows[3].val());
        self.high.d.next = (self.rows[4].val() + self.rows[5].val()) + self.rows[6].val();
        if self.direct.val() {
            self.base.d.next = self.direct_value.val();
            self.low.d.next = 0.into();
            self.high.d.next = 0.into();
        }
        // 4: one addition of three terms. ~(a + b) = ~a + ~b + 1: that 1, and the half that rounds, lie below the point of the base.
        self.rounding.next = self.fraction_half.val();
        self.low_term.next = self.low.q.val();
        self.high_term.next = self.high.q.val() << self.low_bits.n;
        if self.minus.q.val() {
            self.rounding.next = self.fraction_half.val() + 1;
            self.low_term.next = !self.low.q.val();
            self.high_term.next = !(self.high.q.val() << self.low_bits.n);
        }
        self.result_register.d.next = (((self.base.q.val() << self.fraction_bits.n)
            | self.rounding.val())
            + self.low_term.val()
            + self.high_term.val())
            >> self.fraction_bits.n;
        self.result.next = self.result_register.q.val();
    }
}

//! Bytes of hidden units become words of `P` bytes, and writes to a bank.

use systole_arch::{Arch, isa};

use super::recurrent_activation::VALUE_BITS;
use super::recurrent_planes::RecurrentPlanes;
use crate::rt::prelude::*;

const TEXT: &str = "Collects the bytes of hidden units. A word goes out in the cycle after its last byte came, which has a register of its own.

Bytes come at 17 (RNN, all of a word together; of 16 bits unit by unit), 19 (gru_reset), 28 (lstm) and 29 (gru, gru_update, lstm of 16 bits), and never
from two places at once: the results of a pass come after those of the pass before. Of 16 bits the high bytes are collected here; the other
words follow in the next cycles, one plane further each. Numbers in comments are cycles after the beat.";

/// Takes bytes, gives writes.
#[derive(LogicBlock)]
pub struct RecurrentWords {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Each lane has a unit of its own, at 17.
    pub rnn: Flag<In>,
    /// Gates of the lanes, at 17.
    pub lane_gate: Vec<Sig<In>>,
    /// Units have hidden states of an RNN, at 17.
    pub wide_rnn: Flag<In>,
    /// They, at 17.
    pub rnn_values: Vec<Sig<In>>,
    /// Units have `r * h`, at 19.
    pub gru_reset: Flag<In>,
    /// Its bytes, at 19.
    pub reset_bytes: Vec<Sig<In>>,
    /// The same in 16 bits, at 19.
    pub reset_values: Vec<Sig<In>>,
    /// Units have bytes, LSTM, at 28.
    pub lstm: Flag<In>,
    /// They, at 28.
    pub lstm_bytes: Vec<Sig<In>>,
    /// Units have hidden states, at 29.
    pub late: Flag<In>,
    /// They, in 16 bits, at 29.
    pub hidden: Vec<Sig<In>>,
    /// What units have is written in 16 bits, at whatever time that is.
    pub wide: Flag<In>,
    /// The beat completes a word, at 1.
    pub ends_word: Flag<In>,
    /// Bank of the word, at 1.
    pub word_bank: Sig<In>,
    /// Its address, at 1.
    pub word_address: Sig<In>,
    /// From plane to plane.
    pub plane_step: Sig<In>,
    /// A word is written: 1 cycle after its last byte, and its other planes.
    pub write_valid: Flag<Out>,
    /// Its bank.
    pub write_bank: Sig<Out>,
    /// Its address.
    pub write_address: Sig<Out>,
    /// Its bytes.
    pub write_data: Vec<Sig<Out>>,
    target: Sig<Local>,
    target_to_17: Delay,
    target_to_19: Delay,
    target_to_28: Delay,
    target_to_29: Delay,
    chosen: Sig<Local>,
    by_units: Flag<Local>,
    complete: Flag<Local>,
    value: Vec<Sig<Local>>,
    raised: Vec<Sig<Local>>,
    shown: Vec<Sig<Local>>,
    unit_byte: Vec<Reg>,
    units_came: FlagReg,
    lanes_came: FlagReg,
    rounded: Vec<Sig<Local>>,
    lane_byte: Vec<Reg>,
    word: Vec<Sig<Local>>,
    bytes: Vec<Reg>,
    planes: RecurrentPlanes,
    place: Reg,
    valid: FlagReg,
    highest: Cst,
    lanes: Size,
    units: Size,
    bank_bits: Size,
}

impl RecurrentWords {
    /// Words of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (lanes, units) = (arch.lanes, arch.units_at_once());
        let (address, bank) = (arch.bank_address_bits(), isa::OUT_BANK.width);
        let target = 1 + bank + address;
        RecurrentWords {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            rnn: Flag::new(),
            lane_gate: Sig::int_lanes(lanes, VALUE_BITS),
            wide_rnn: Flag::new(),
            rnn_values: Sig::int_lanes(units, VALUE_BITS),
            gru_reset: Flag::new(),
            reset_bytes: Sig::int_lanes(units, 8),
            reset_values: Sig::int_lanes(units, VALUE_BITS),
            lstm: Flag::new(),
            lstm_bytes: Sig::int_lanes(units, 8),
            late: Flag::new(),
            hidden: Sig::int_lanes(units, VALUE_BITS),
            wide: Flag::new(),
            ends_word: Flag::new(),
            word_bank: Sig::uint(bank),
            word_address: Sig::uint(address),
            plane_step: Sig::uint(address),
            write_valid: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            write_data: Sig::int_lanes(lanes, 8),
            target: Sig::uint(target),
            target_to_17: Delay::uint(target, 16),
            target_to_19: Delay::uint(target, 2),
            target_to_28: Delay::uint(target, 9),
            target_to_29: Delay::uint(target, 1),
            chosen: Sig::uint(target),
            by_units: Flag::new(),
            complete: Flag::new(),
            value: Sig::int_lanes(units, VALUE_BITS),
            raised: Sig::int_lanes(units, VALUE_BITS + 1),
            shown: Sig::int_lanes(units, 8),
            unit_byte: Reg::int_lanes(units, 8),
            units_came: FlagReg::new(),
            lanes_came: FlagReg::new(),
            rounded: Sig::int_lanes(lanes, VALUE_BITS - 7),
            lane_byte: Reg::int_lanes(lanes, 8),
            word: Sig::int_lanes(lanes, 8),
            bytes: Reg::int_lanes(lanes, 8),
            planes: RecurrentPlanes::new(lanes, units),
            place: Reg::uint(bank + address),
            valid: FlagReg::new(),
            highest: Cst::int(8, i64::from(i8::MAX)),
            lanes: Size::new(lanes),
            units: Size::new(units),
            bank_bits: Size::new(bank),
        }
    }
}

fn documentation() -> Doc {
    let ports = [
        ("rnn", "17: each lane has a unit of its own"),
        ("lane_gate", "17"),
        ("wide_rnn", "17: units have 16 bits, RNN"),
        ("rnn_values", "17"),
        ("gru_reset", "19"),
        ("reset_bytes", "19"),
        ("reset_values", "17"),
        ("lstm", "28"),
        ("lstm_bytes", "28"),
        ("late", "29: gru, gru_update, lstm of 16 bits"),
        ("hidden", "29"),
        ("wide", "with the flags above: in 16 bits"),
        ("ends_word", "1: the beat completes a word"),
        ("word_address", "1: where the word goes"),
        ("write_valid", "the cycle after the last byte"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("recurrent_words", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for RecurrentWords {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            target_to_17,
            target_to_19,
            target_to_28,
            target_to_29,
            units_came,
            lanes_came,
            planes,
            place,
            valid
        );
        // Where the word goes, and whether it is complete, in the cycle in which bytes come.
        self.target.next = (((self.word_address.val() << self.bank_bits.n) | self.word_bank.val())
            << 1)
            | bit_cast_to(self.ends_word.val(), 1);
        self.target_to_17.d.next = self.target.val();
        self.target_to_19.d.next = self.target_to_17.q.val();
        self.target_to_28.d.next = self.target_to_19.q.val();
        self.target_to_29.d.next = self.target_to_28.q.val();
        self.chosen.next = self.target_to_17.q.val();
        if self.gru_reset.val() {
            self.chosen.next = self.target_to_19.q.val();
        }
        if self.lstm.val() {
            self.chosen.next = self.target_to_28.q.val();
        }
        if self.late.val() {
            self.chosen.next = self.target_to_29.q.val();
        }
        self.by_units.next =
            self.wide_rnn.val() || self.gru_reset.val() || self.lstm.val() || self.late.val();
        self.units_came.d.next = self.by_units.val();
        self.lanes_came.d.next = self.rnn.val();
        self.complete.next = (self.rnn.val() || self.by_units.val())
            && self.chosen.val().get_bit(0)
            && !self.reset.val();
        self.valid.d.next = self.complete.val();
        // The other planes of a word go as far behind it as they come later.
        self.place.d.next = self.chosen.val() >> 1;
        if self.planes.follows.val() {
            self.place.d.next = self.place.q.val() + (self.plane_step.val() << self.bank_bits.n);
        }
        // 16 bits: the high byte, and of 8 bits the byte that the sequence shows.
        for u in 0..self.units.n {
            self.value[u].next = self.hidden[u].val();
            if self.gru_reset.val() {
                self.value[u].next = self.reset_values[u].val();
            }
            if self.wide_rnn.val() {
                self.value[u].next = self.rnn_values[u].val();
            }
            self.planes.value[u].next = self.value[u].val();
            self.raised[u].next = self.hidden[u].val() + 128;
            self.shown[u].next = self.raised[u].val() >> 8;
            if (self.raised[u].val() >> 8) > self.highest.val() {
                self.shown[u].next = self.highest.val();
            }
            self.unit_byte[u].clock.next = self.clock.val();
            self.unit_byte[u].d.next = self.reset_bytes[u].val();
            if self.lstm.val() {
                self.unit_byte[u].d.next = self.lstm_bytes[u].val();
            }
            if self.late.val() {
                self.unit_byte[u].d.next = self.shown[u].val();
            }
            if self.wide.val() {
                self.unit_byte[u].d.next = self.value[u].val() >> 8;
            }
        }
        self.planes.reset.next = self.reset.val();
        self.planes.units_come.next = self.by_units.val();
        self.planes.complete.next = self.complete.val() && self.wide.val();
        self.planes.only_two.next = self.gru_reset.val();
        // The first unit ends up in lane 0.
        for l in 0..self.lanes.n {
            self.rounded[l].next = (self.lane_gate[l].val() + 128) >> 8;
            self.lane_byte[l].clock.next = self.clock.val();
            self.lane_byte[l].d.next = self.rounded[l].val();
            if self.rounded[l].val() > self.highest.val() {
                self.lane_byte[l].d.next = self.highest.val();
            }
            self.bytes[l].clock.next = self.clock.val();
            self.word[l].next = self.bytes[l].q.val();
            if self.units_came.q.val() {
                if l + self.units.n < self.lanes.n {
                    self.word[l].next = self.bytes[l + self.units.n].q.val();
                } else {
                    self.word[l].next = self.unit_byte[l + self.units.n - self.lanes.n].q.val();
                }
            }
            if self.lanes_came.q.val() {
                self.word[l].next = self.lane_byte[l].q.val();
            }
            self.bytes[l].d.next = self.word[l].val();
            self.write_data[l].next = self.word[l].val();
            if self.planes.low_valid.val() {
                self.write_data[l].next = self.planes.low_bytes[l].val();
            }
            if self.planes.shown_valid.val() {
                self.write_data[l].next = self.planes.shown_bytes[l].val();
            }
        }
        self.write_valid.next =
            self.valid.q.val() || self.planes.low_valid.val() || self.planes.shown_valid.val();
        self.write_bank.next = self.place.q.val();
        self.write_address.next = self.place.q.val() >> self.bank_bits.n;
    }
}

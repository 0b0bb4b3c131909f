//! Bytes of hidden units become words of `P` bytes, and writes to a bank.

use systole_arch::{Arch, isa};

use super::recurrent_activation::VALUE_BITS;
use crate::rt::prelude::*;

const TEXT: &str = "Collects the bytes of hidden units. A word goes to the bank in the cycle after its last byte.

Bytes come at 15 (RNN, all of a word together), 16 (gru_reset), 23 (lstm) and 24 (gru, gru_update), and never from two places at once: the results of
a pass come after those of the pass before. Numbers in comments are cycles after the beat.";

/// Takes bytes, gives writes.
#[derive(LogicBlock)]
pub struct RecurrentWords {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Each lane has a unit of its own, at 15.
    pub rnn: Flag<In>,
    /// Gates of the lanes, at 15.
    pub lane_gate: Vec<Sig<In>>,
    /// Units have bytes of `r * h`, at 16.
    pub gru_reset: Flag<In>,
    /// They, at 16.
    pub reset_bytes: Vec<Sig<In>>,
    /// Units have bytes, LSTM, at 23.
    pub lstm: Flag<In>,
    /// They, at 23.
    pub lstm_bytes: Vec<Sig<In>>,
    /// Units have bytes, GRU, at 24.
    pub gru: Flag<In>,
    /// They, at 24.
    pub gru_bytes: Vec<Sig<In>>,
    /// The beat completes a word, at 1.
    pub ends_word: Flag<In>,
    /// Bank of the word, at 1.
    pub word_bank: Sig<In>,
    /// Its address, at 1.
    pub word_address: Sig<In>,
    /// A word is written: 1 cycle after its last byte.
    pub write_valid: Flag<Out>,
    /// Its bank.
    pub write_bank: Sig<Out>,
    /// Its address.
    pub write_address: Sig<Out>,
    /// Its bytes.
    pub write_data: Vec<Sig<Out>>,
    target: Sig<Local>,
    target_to_15: Delay,
    target_to_16: Delay,
    target_to_23: Delay,
    target_to_24: Delay,
    chosen: Sig<Local>,
    some: Flag<Local>,
    unit_byte: Vec<Sig<Local>>,
    rounded: Vec<Sig<Local>>,
    lane_byte: Vec<Sig<Local>>,
    bytes: Vec<Reg>,
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
            gru_reset: Flag::new(),
            reset_bytes: Sig::int_lanes(units, 8),
            lstm: Flag::new(),
            lstm_bytes: Sig::int_lanes(units, 8),
            gru: Flag::new(),
            gru_bytes: Sig::int_lanes(units, 8),
            ends_word: Flag::new(),
            word_bank: Sig::uint(bank),
            word_address: Sig::uint(address),
            write_valid: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            write_data: Sig::int_lanes(lanes, 8),
            target: Sig::uint(target),
            target_to_15: Delay::uint(target, 14),
            target_to_16: Delay::uint(target, 1),
            target_to_23: Delay::uint(target, 7),
            target_to_24: Delay::uint(target, 1),
            chosen: Sig::uint(target),
            some: Flag::new(),
            unit_byte: Sig::int_lanes(units, 8),
            rounded: Sig::int_lanes(lanes, VALUE_BITS - 7),
            lane_byte: Sig::int_lanes(lanes, 8),
            bytes: Reg::int_lanes(lanes, 8),
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
        ("rnn", "15: each lane has a unit of its own"),
        ("lane_gate", "15"),
        ("gru_reset", "16"),
        ("reset_bytes", "16"),
        ("lstm", "23"),
        ("lstm_bytes", "23"),
        ("gru", "24"),
        ("gru_bytes", "24"),
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
            target_to_15,
            target_to_16,
            target_to_23,
            target_to_24,
            place,
            valid
        );
        // Where the word goes, and whether it is complete, in the cycle in which bytes come.
        self.target.next = (((self.word_address.val() << self.bank_bits.n) | self.word_bank.val())
            << 1)
            | bit_cast_to(self.ends_word.val(), 1);
        self.target_to_15.d.next = self.target.val();
        self.target_to_16.d.next = self.target_to_15.q.val();
        self.target_to_23.d.next = self.target_to_16.q.val();
        self.target_to_24.d.next = self.target_to_23.q.val();
        self.chosen.next = self.target_to_15.q.val();
        if self.gru_reset.val() {
            self.chosen.next = self.target_to_16.q.val();
        }
        if self.lstm.val() {
            self.chosen.next = self.target_to_23.q.val();
        }
        if self.gru.val() {
            self.chosen.next = self.target_to_24.q.val();
        }
        self.some.next =
            self.rnn.val() || self.gru_reset.val() || self.lstm.val() || self.gru.val();
        self.place.d.next = self.chosen.val() >> 1;
        self.valid.d.next = self.some.val() && self.chosen.val().get_bit(0) && !self.reset.val();
        // The first unit ends up in lane 0.
        for u in 0..self.units.n {
            self.unit_byte[u].next = self.reset_bytes[u].val();
            if self.lstm.val() {
                self.unit_byte[u].next = self.lstm_bytes[u].val();
            }
            if self.gru.val() {
                self.unit_byte[u].next = self.gru_bytes[u].val();
            }
        }
        for l in 0..self.lanes.n {
            self.rounded[l].next = (self.lane_gate[l].val() + 128) >> 8;
            self.lane_byte[l].next = self.rounded[l].val();
            if self.rounded[l].val() > self.highest.val() {
                self.lane_byte[l].next = self.highest.val();
            }
            self.bytes[l].clock.next = self.clock.val();
            self.bytes[l].d.next = self.bytes[l].q.val();
            if self.gru_reset.val() || self.lstm.val() || self.gru.val() {
                if l + self.units.n < self.lanes.n {
                    self.bytes[l].d.next = self.bytes[l + self.units.n].q.val();
                } else {
                    self.bytes[l].d.next = self.unit_byte[l + self.units.n - self.lanes.n].val();
                }
            }
            if self.rnn.val() {
                self.bytes[l].d.next = self.lane_byte[l].val();
            }
            self.write_data[l].next = self.bytes[l].q.val();
        }
        self.write_valid.next = self.valid.q.val();
        self.write_bank.next = self.place.q.val();
        self.write_address.next = self.place.q.val() >> self.bank_bits.n;
    }
}

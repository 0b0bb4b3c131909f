//! Place of a beat in its recurrent pass: rows of the memories, columns, and the word it belongs to.

use systole_arch::isa::{self, Unit};
use systole_arch::{Arch, config};

use crate::rt::prelude::*;

/// Beats that make a word of `P` bytes, for units of four columns.
const BEATS_OF_A_WORD: usize = 4;
/// Columns of a hidden unit.
pub(super) const COLUMNS: usize = 4;
/// Bits of a shift of the cell state to Q3.12.
pub(super) const CELL_SHIFT_BITS: usize = 3;
/// Fraction bits of the values that gates work on.
const FRACTION_BITS: i64 = 12;

const TEXT: &str = "Counts the beats of a pass, over all its tiles. Everything shows one cycle after the beat registers show the beat, and holds until the next one.

A unit is complete with the beat that has its last column, a word with every fourth beat; where each column is a unit, with every beat.
The distance of planes stays from one wide pass to the next: no two with different ones have words on their way.";

/// Counters of one pass.
#[derive(LogicBlock)]
pub struct RecurrentBeats {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The beat registers show a beat.
    pub beat: Flag<In>,
    /// It is the first one of its pass.
    pub pass_begin: Flag<In>,
    /// Pending field.
    pub unit: Sig<In>,
    /// Pending field.
    pub state_zero: Sig<In>,
    /// Pending field.
    pub cell_bits: Sig<In>,
    /// Pending field.
    pub wide: Sig<In>,
    /// Pending field `out_step_x`.
    pub plane: Sig<In>,
    /// Pending field.
    pub sum_row: Sig<In>,
    /// Pending field.
    pub state_row: Sig<In>,
    /// Pending field.
    pub out_bank: Sig<In>,
    /// Pending field.
    pub out_address: Sig<In>,
    /// Unit of the pass.
    pub kind: Sig<Out>,
    /// The hidden state has 16 bits.
    pub planes: Flag<Out>,
    /// Distance of its planes.
    pub plane_step: Sig<Out>,
    /// The state counts as zero.
    pub zero: Flag<Out>,
    /// Shift of the cell state to Q3.12; 0 for other units than LSTM.
    pub cell_shift: Sig<Out>,
    /// Row of the sum memory.
    pub sums_at: Sig<Out>,
    /// Column of lane 0, divided by `P`; 0 for four lanes and more.
    pub part: Sig<Out>,
    /// The beat completes a unit.
    pub ends_unit: Flag<Out>,
    /// It completes a word.
    pub ends_word: Flag<Out>,
    /// Row of the state memory.
    pub state_at: Sig<Out>,
    /// Bank of the word.
    pub word_bank: Sig<Out>,
    /// Address of the word.
    pub word_at: Sig<Out>,
    kind_register: Reg,
    planes_register: FlagReg,
    plane_register: Reg,
    zero_register: FlagReg,
    shift_register: Reg,
    sums_register: Reg,
    part_register: Reg,
    state_register: Reg,
    place_register: Reg,
    bank_register: Reg,
    word_register: Reg,
    every_beat: Flag<Local>,
    unit_done: Flag<Local>,
    word_done: Flag<Local>,
    lstm: Cst,
    rnn_tanh: Cst,
    rnn_relu: Cst,
    fraction: Cst,
    last_part: Size,
    last_place: Size,
    lanes: Size,
}

impl RecurrentBeats {
    /// Beats of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (sums, state) = (
            address_width(arch.sum_rows()),
            address_width(arch.state_rows()),
        );
        let (address, bank) = (arch.bank_address_bits(), isa::OUT_BANK.width);
        let parts = parts(arch);
        let part = part_bits(arch);
        let unit = |unit: Unit| Cst::uint(isa::UNIT.width, unit as i64);
        RecurrentBeats {
            doc: Doc::new("recurrent_beats", TEXT)
                .port("beat", "the beat registers show a beat")
                .port("pass_begin", "it is the first one of its pass")
                .port("part", "column of lane 0, divided by the number of lanes"),
            clock: Signal::default(),
            beat: Flag::new(),
            pass_begin: Flag::new(),
            unit: Sig::uint(isa::UNIT.width),
            state_zero: Sig::uint(1),
            cell_bits: Sig::uint(isa::CELL_BITS.width),
            wide: Sig::uint(1),
            plane: Sig::uint(address),
            sum_row: Sig::uint(sums),
            state_row: Sig::uint(state),
            out_bank: Sig::uint(bank),
            out_address: Sig::uint(address),
            kind: Sig::uint(isa::UNIT.width),
            planes: Flag::new(),
            plane_step: Sig::uint(address),
            zero: Flag::new(),
            cell_shift: Sig::uint(CELL_SHIFT_BITS),
            sums_at: Sig::uint(sums),
            part: Sig::uint(part),
            ends_unit: Flag::new(),
            ends_word: Flag::new(),
            state_at: Sig::uint(state),
            word_bank: Sig::uint(bank),
            word_at: Sig::uint(address),
            kind_register: Reg::uint(isa::UNIT.width),
            planes_register: FlagReg::new(),
            plane_register: Reg::uint(address),
            zero_register: FlagReg::new(),
            shift_register: Reg::uint(CELL_SHIFT_BITS),
            sums_register: Reg::uint(sums),
            part_register: Reg::uint(part),
            state_register: Reg::uint(state),
            place_register: Reg::uint(config::bits(BEATS_OF_A_WORD)),
            bank_register: Reg::uint(bank),
            word_register: Reg::uint(address),
            every_beat: Flag::new(),
            unit_done: Flag::new(),
            word_done: Flag::new(),
            lstm: unit(Unit::Lstm),
            rnn_tanh: unit(Unit::RnnTanh),
            rnn_relu: unit(Unit::RnnRelu),
            fraction: Cst::uint(isa::CELL_BITS.width, FRACTION_BITS),
            last_part: Size::new(parts - 1),
            last_place: Size::new(BEATS_OF_A_WORD - 1),
            lanes: Size::new(arch.lanes),
        }
    }
}

/// Beats that hold the columns of one unit.
pub(super) fn parts(arch: &Arch) -> usize {
    (COLUMNS / arch.lanes).max(1)
}

/// Bits of the number of a part.
pub(super) fn part_bits(arch: &Arch) -> usize {
    config::bits(parts(arch)).max(1)
}

impl Logic for RecurrentBeats {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            kind_register,
            zero_register,
            shift_register,
            sums_register,
            part_register
        );
        dff_setup!(
            self,
            clock,
            state_register,
            place_register,
            bank_register,
            word_register,
            planes_register,
            plane_register
        );
        self.every_beat.next = !self.planes_register.q.val()
            && (self.kind_register.q.val() == self.rnn_tanh.val()
                || self.kind_register.q.val() == self.rnn_relu.val());
        self.unit_done.next = self.part_register.q.val() == self.last_part.n;
        self.word_done.next =
            self.every_beat.val() || self.place_register.q.val() == self.last_place.n;
        if self.beat.val() {
            self.sums_register.d.next = self.sums_register.q.val() + 1;
            self.place_register.d.next = self.place_register.q.val() + 1;
            self.part_register.d.next = self.part_register.q.val() + 1;
            if self.unit_done.val() {
                self.part_register.d.next = 0.into();
                self.state_register.d.next = self.state_register.q.val() + 1;
            }
            if self.word_done.val() {
                self.word_register.d.next = self.word_register.q.val() + self.lanes.n;
            }
        }
        if self.pass_begin.val() {
            self.kind_register.d.next = self.unit.val();
            self.planes_register.d.next = self.wide.val() == 1;
            if self.wide.val() == 1 {
                self.plane_register.d.next = self.plane.val();
            }
            self.zero_register.d.next = self.state_zero.val() == 1;
            self.shift_register.d.next = 0.into();
            if self.unit.val() == self.lstm.val() {
                self.shift_register.d.next = self.fraction.val() - self.cell_bits.val();
            }
            self.sums_register.d.next = self.sum_row.val();
            self.place_register.d.next = 0.into();
            self.part_register.d.next = 0.into();
            self.state_register.d.next = self.state_row.val();
            self.bank_register.d.next = self.out_bank.val();
            self.word_register.d.next = self.out_address.val();
        }
        self.kind.next = self.kind_register.q.val();
        self.planes.next = self.planes_register.q.val();
        self.plane_step.next = self.plane_register.q.val();
        self.zero.next = self.zero_register.q.val();
        self.cell_shift.next = self.shift_register.q.val();
        self.sums_at.next = self.sums_register.q.val();
        self.part.next = self.part_register.q.val();
        self.ends_unit.next = self.unit_done.val();
        self.ends_word.next = self.word_done.val();
        self.state_at.next = self.state_register.q.val();
        self.word_bank.next = self.bank_register.q.val();
        self.word_at.next = self.word_register.q.val();
    }
}

//! From totals to hidden states: beats, scale and the recurrent unit of the accelerator, without the rest of post-processing.

use systole_arch::isa::{self, Unit};
use systole_arch::map::Space;
use systole_arch::{config, timing};

use super::recurrent_scale::RecurrentScale;
use super::recurrent_sizes::RecurrentOptions;
use crate::accelerator::{PostProcessingParameters, RecurrentUnit, TokenDelay};
use crate::rt::prelude::*;

/// Bits of a token: begins, last tile, input part, first step, place of the word (two bits).
const TOKEN_BITS: usize = 6;

/// Takes tokens and totals; gives words of hidden states.
#[derive(LogicBlock)]
pub struct RecurrentResults {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Last slot of a vector.
    pub token: Flag<In>,
    /// It is in the first tile.
    pub token_begins: Flag<In>,
    /// It is in the last tile.
    pub token_last_tile: Flag<In>,
    /// The pass is an input part.
    pub token_input: Flag<In>,
    /// The state before the step is zero.
    pub token_zero: Flag<In>,
    /// Buffer of the hidden states.
    pub token_buffer: Flag<In>,
    /// The step is the last one of its sequence.
    pub token_last_step: Flag<In>,
    /// Totals of the columns, at 3.
    pub totals: Vec<Sig<In>>,
    /// Writes a word to the parameter memories.
    pub parameter_write: Flag<In>,
    /// Its place.
    pub parameter_offset: Sig<In>,
    /// The word.
    pub parameter_data: Sig<In>,
    /// A word of hidden states.
    pub write: Flag<Out>,
    /// Its buffer.
    pub write_buffer: Flag<Out>,
    /// Its number.
    pub write_word: Sig<Out>,
    /// Its bytes.
    pub write_data: Vec<Sig<Out>>,
    /// It is the last one of a sequence.
    pub write_last: Flag<Out>,
    tokens: TokenDelay,
    arrived: Flag<Local>,
    begins: Flag<Local>,
    left: Reg,
    beat: FlagReg,
    first: FlagReg,
    pass_begin: FlagReg,
    row: Reg,
    input_part: FlagReg,
    zero: FlagReg,
    place: Reg,
    load: Delay,
    hold: Vec<Reg>,
    column: Vec<Reg>,
    parameters: PostProcessingParameters,
    scale: Vec<RecurrentScale>,
    cells: RecurrentUnit,
    beats: Cst,
    beats_last: Cst,
    recurrent_row: Cst,
    sums: Cst,
    cell_unit: Cst,
    cell_bits: Cst,
    space: Cst,
    last_word: Cst,
    cols: Size,
    lanes: Size,
    lane_bits: Size,
}

impl RecurrentResults {
    /// Results of one core.
    pub fn new(options: &RecurrentOptions) -> Self {
        let arch = options.arch();
        let (unit, cell) = (isa::UNIT.width, isa::CELL_BITS.width);
        let left = address_width(options.beats());
        let row = address_width(arch.param_rows);
        let word = config::bits(options.words()).max(1);
        let acc = systole_arch::Arch::ACCUMULATOR_BITS;
        let load = (timing::BEAT_TO_HOLD - timing::HOLD) as usize;
        let recurrent_row = options.tiles() * options.beats();
        RecurrentResults {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            token: Flag::new(),
            token_begins: Flag::new(),
            token_last_tile: Flag::new(),
            token_input: Flag::new(),
            token_zero: Flag::new(),
            token_buffer: Flag::new(),
            token_last_step: Flag::new(),
            totals: Sig::int_lanes(options.cols, acc),
            parameter_write: Flag::new(),
            parameter_offset: Sig::uint(24),
            parameter_data: Sig::uint(32),
            write: Flag::new(),
            write_buffer: Flag::new(),
            write_word: Sig::uint(word),
            write_data: Sig::int_lanes(options.lanes, 8),
            write_last: Flag::new(),
            tokens: TokenDelay::new(TOKEN_BITS, options.slot_to_beat() - 1),
            arrived: Flag::new(),
            begins: Flag::new(),
            left: Reg::uint(left),
            beat: FlagReg::new(),
            first: FlagReg::new(),
            pass_begin: FlagReg::new(),
            row: Reg::uint(row),
            input_part: FlagReg::new(),
            zero: FlagReg::new(),
            place: Reg::uint(2),
            load: Delay::uint(1, load),
            hold: Reg::int_lanes(options.cols, acc),
            column: Reg::int_lanes(options.lanes, acc),
            parameters: PostProcessingParameters::new(&arch),
            scale: (0..options.lanes).map(|_| RecurrentScale::new()).collect(),
            cells: RecurrentUnit::new(&arch),
            beats: Cst::uint(left, options.beats() as i64 - 1),
            beats_last: Cst::uint(left, options.beats_last() as i64 - 1),
            recurrent_row: Cst::uint(row, recurrent_row as i64),
            sums: Cst::uint(unit, Unit::Sums as i64),
            cell_unit: Cst::uint(unit, options.kind.unit() as i64),
            cell_bits: Cst::uint(cell, options.kind.cell_bits() as i64),
            space: Cst::uint(8, Space::Parameters as i64),
            last_word: Cst::uint(word, options.words() as i64 - 1),
            cols: Size::new(options.cols),
            lanes: Size::new(options.lanes),
            lane_bits: Size::new(config::bits(options.lanes)),
        }
    }
}

fn documentation() -> Doc {
    let text = "Totals of gate sums become hidden states: beats, bias, scale, recurrent unit.\n\
                Numbers in comments are cycles after the beat registers show a beat.";
    Doc::new("recurrent_results", text)
        .port("token", "last slot of a vector, as the controller shows it")
        .port("totals", "3")
        .port("write", "a word of hidden states")
        .port("write_last", "it ends a sequence")
}

impl Logic for RecurrentResults {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left, row, input_part, zero, place);
        clock!(
            self, clock, tokens, beat, first, pass_begin, load, parameters, cells
        );
        // Tokens, delayed to the cycle before their beat 0.
        self.tokens.reset.next = self.reset.val();
        self.tokens.valid.next = self.token.val();
        self.tokens.bits.next = (bit_cast_to(self.token_last_step.val(), 1) << 5)
            | (bit_cast_to(self.token_buffer.val(), 1) << 4)
            | (bit_cast_to(self.token_zero.val(), 1) << 3)
            | (bit_cast_to(self.token_input.val(), 1) << 2)
            | (bit_cast_to(self.token_last_tile.val(), 1) << 1)
            | bit_cast_to(self.token_begins.val(), 1);
        self.arrived.next = self.tokens.valid_out.val();
        self.begins.next = self.arrived.val() && self.tokens.bits_out.val().get_bit(0);
        // 0: beats. The row of the parameters counts them.
        self.beat.d.next = self.left.q.val().any();
        if self.left.q.val().any() {
            self.left.d.next = self.left.q.val() - 1;
        }
        if self.beat.q.val() {
            self.row.d.next = self.row.q.val() + 1;
        }
        if self.arrived.val() {
            self.beat.d.next = true;
            self.left.d.next = self.beats.val();
            if self.tokens.bits_out.val().get_bit(1) {
                self.left.d.next = self.beats_last.val();
            }
        }
        if self.begins.val() {
            self.input_part.d.next = self.tokens.bits_out.val().get_bit(2);
            self.zero.d.next = self.tokens.bits_out.val().get_bit(3);
            self.place.d.next = self.tokens.bits_out.val() >> 4;
            self.row.d.next = self.recurrent_row.val();
            if self.tokens.bits_out.val().get_bit(2) {
                self.row.d.next = 0.into();
            }
        }
        self.first.d.next = self.arrived.val();
        self.pass_begin.d.next = self.begins.val();
        if self.reset.val() {
            self.left.d.next = 0.into();
            self.beat.d.next = false;
            self.pass_begin.d.next = false;
        }
        // 4: hold registers, loaded with a vector, then shifted by one beat in every cycle.
        self.load.d.next = self.first.q.val().into();
        for c in 0..self.cols.n {
            self.hold[c].clock.next = self.clock.val();
            if c + self.lanes.n < self.cols.n {
                self.hold[c].d.next = self.hold[c + self.lanes.n].q.val();
            } else {
                self.hold[c].d.next = 0.into();
            }
            if self.load.q.val().any() {
                self.hold[c].d.next = self.totals[c].val();
            }
        }
        // 5 to 10: scale.
        self.parameters.host_write.next = self.parameter_write.val();
        self.parameters.host_space.next = self.space.val();
        self.parameters.host_offset.next = self.parameter_offset.val();
        self.parameters.host_data.next = self.parameter_data.val();
        self.parameters.row.next = self.row.q.val();
        for i in 0..self.lanes.n {
            self.column[i].clock.next = self.clock.val();
            self.column[i].d.next = self.hold[i].q.val();
            self.scale[i].clock.next = self.clock.val();
            self.scale[i].column.next = self.column[i].q.val();
            self.scale[i].bias.next = self.parameters.bias[i].val();
            self.scale[i].shift.next = self.parameters.shift[i].val();
            self.scale[i].multiplier.next = self.parameters.multiplier[i].val();
            self.cells.scaled[i].next = self.scale[i].scaled.val();
            self.write_data[i].next = self.cells.write_data[i].val();
        }
        // 10 and later: the recurrent unit. Its bank number says where a word goes.
        self.cells.reset.next = self.reset.val();
        self.cells.beat.next = self.beat.q.val();
        self.cells.pass_begin.next = self.pass_begin.q.val();
        self.cells.unit.next = self.cell_unit.val();
        if self.input_part.q.val() {
            self.cells.unit.next = self.sums.val();
        }
        self.cells.state_zero.next = self.zero.q.val().into();
        self.cells.cell_bits.next = self.cell_bits.val();
        self.cells.wide.next = 0.into();
        self.cells.plane.next = 0.into();
        self.cells.sum_row.next = 0.into();
        self.cells.state_row.next = 0.into();
        self.cells.out_bank.next = self.place.q.val();
        self.cells.out_address.next = 0.into();
        self.cells.host_write.next = false;
        self.cells.host_read.next = false;
        self.cells.host_space.next = 0.into();
        self.cells.host_offset.next = 0.into();
        self.cells.host_data.next = 0.into();
        self.write.next = self.cells.write_valid.val();
        self.write_buffer.next = self.cells.write_bank.val().get_bit(0);
        self.write_word.next = self.cells.write_address.val() >> self.lane_bits.n;
        self.write_last.next =
            self.cells.write_bank.val().get_bit(1) && self.write_word.val() == self.last_word.val();
    }
}

//! Post-processing: finished vectors become bytes in an activation bank, `P` in every cycle.

use systole_arch::map::Space;
use systole_arch::{Arch, Timing, isa, timing};

use super::lane::{Lane, table_address_bits};
use super::post_processing_beats::PostProcessingBeats;
use super::post_processing_constants::PostProcessingConstants;
use super::post_processing_fields::{PostProcessingFields, post_processing_words};
use super::post_processing_parameters::PostProcessingParameters;
use super::recurrent_unit::RecurrentUnit;
use super::token_delay::TokenDelay;
use crate::rt::prelude::*;

/// Bits of a token: begin, last tile, level.
const TOKEN_BITS: usize = 4;

/// Takes tokens, finished vectors and residual bytes; gives residual reads and writes.
#[derive(LogicBlock)]
pub struct PostProcessing {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A run command: the beat counter starts again.
    pub run: Flag<In>,
    /// The instruction on `instruction` starts.
    pub start: Flag<In>,
    /// Instruction words 0 and 24 to 35, see [`post_processing_words`].
    pub instruction: Vec<Sig<In>>,
    /// The address generator shows the last slot of a vector.
    pub token: Flag<In>,
    /// The slot goes to the max-pooling unit.
    pub token_max: Flag<In>,
    /// The vector is the first one of its pass.
    pub token_begin: Flag<In>,
    /// It belongs to the last tile.
    pub token_last_tile: Flag<In>,
    /// Loop that advances after it: 0 `out_x`, 1 `out_y`, 2 `tile`, 3 none.
    pub token_level: Sig<In>,
    /// Accumulators, at 3.
    pub totals: Vec<Sig<In>>,
    /// Maxima, at 3.
    pub maxima: Vec<Sig<In>>,
    /// Residual operand, at 5.
    pub residual: Vec<Sig<In>>,
    /// Host bus: write pulse.
    pub host_write: Flag<In>,
    /// Host bus: read pulse.
    pub host_read: Flag<In>,
    /// Host bus: address space.
    pub host_space: Sig<In>,
    /// Host bus: word offset.
    pub host_offset: Sig<In>,
    /// Host bus: word.
    pub host_data: Sig<In>,
    /// A residual operand is wanted, at 0.
    pub residual_valid: Flag<Out>,
    /// Its bank.
    pub residual_bank: Sig<Out>,
    /// Its byte address.
    pub residual_address: Sig<Out>,
    /// A result is written, at 16 or by the recurrent unit.
    pub write_valid: Flag<Out>,
    /// Its bank.
    pub write_bank: Sig<Out>,
    /// Its byte address.
    pub write_address: Sig<Out>,
    /// Its bytes.
    pub write_data: Vec<Sig<Out>>,
    /// Words written since the run command.
    pub beats: Sig<Out>,
    /// Fault: results came too close together.
    pub post_overrun: Flag<Out>,
    /// Row of the state memory that the host asked for; else 0.
    pub host_word: Sig<Out>,
    array_tokens: TokenDelay,
    pool_tokens: TokenDelay,
    token_word: Sig<Local>,
    pending: Vec<Reg>,
    fields: PostProcessingFields,
    beat_registers: PostProcessingBeats,
    constants: PostProcessingConstants,
    parameters: PostProcessingParameters,
    load: TokenDelay,
    hold: Vec<Reg>,
    column: Vec<Reg>,
    lane: Vec<Lane>,
    recurrent: Vec<RecurrentUnit>,
    table_write: FlagReg,
    table_offset: Reg,
    table_word: Reg,
    writes: TokenDelay,
    write_target: Sig<Local>,
    counted: FlagReg,
    beat_count: Reg,
    words: Size,
    cols: Size,
    pool_lanes: Size,
    lanes: Size,
    bank_bits: Size,
    recurrent_units: Size,
    lean: Size,
    tables: Cst,
}

impl PostProcessing {
    /// Post-processing of `arch`.
    pub fn new(arch: &Arch) -> Self {
        let (address, bank) = (arch.bank_address_bits(), isa::OUT_BANK.width);
        let words = post_processing_words().len();
        let acc = Arch::ACCUMULATOR_BITS;
        let recurrent = arch.recurrent_units.min(1);
        let tokens = |max_pool| {
            TokenDelay::new(
                TOKEN_BITS,
                Timing::new(arch).slot_to_beat(max_pool) as usize - 1,
            )
        };
        PostProcessing {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            run: Flag::new(),
            start: Flag::new(),
            instruction: Sig::uint_lanes(words, 32),
            token: Flag::new(),
            token_max: Flag::new(),
            token_begin: Flag::new(),
            token_last_tile: Flag::new(),
            token_level: Sig::uint(2),
            totals: Sig::int_lanes(arch.cols, acc),
            maxima: Sig::int_lanes(arch.pool_lanes(), 8),
            residual: Sig::int_lanes(arch.lanes, 8),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            residual_valid: Flag::new(),
            residual_bank: Sig::uint(bank),
            residual_address: Sig::uint(address),
            write_valid: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            write_data: Sig::int_lanes(arch.lanes, 8),
            beats: Sig::uint(32),
            post_overrun: Flag::new(),
            host_word: Sig::uint(32),
            array_tokens: tokens(false),
            pool_tokens: tokens(true),
            token_word: Sig::uint(TOKEN_BITS),
            pending: Reg::uint_lanes(words, 32),
            fields: PostProcessingFields::new(),
            beat_registers: PostProcessingBeats::new(arch),
            constants: PostProcessingConstants::new(),
            parameters: PostProcessingParameters::new(arch),
            load: TokenDelay::new(1, (timing::BEAT_TO_HOLD - timing::HOLD) as usize),
            hold: Reg::int_lanes(arch.cols, acc),
            column: Reg::int_lanes(arch.lanes, acc),
            lane: (0..arch.lanes).map(|_| Lane::new(arch)).collect(),
            recurrent: (0..recurrent).map(|_| RecurrentUnit::new(arch)).collect(),
            table_write: FlagReg::new(),
            table_offset: Reg::uint(table_address_bits(arch)),
            table_word: Reg::uint(32),
            writes: TokenDelay::new(
                address + bank,
                (timing::BEAT_TO_WRITE - timing::WRITE_TO_BANK) as usize,
            ),
            write_target: Sig::uint(address + bank),
            counted: FlagReg::new(),
            beat_count: Reg::uint(32),
            words: Size::new(words),
            cols: Size::new(arch.cols),
            pool_lanes: Size::new(arch.pool_lanes()),
            lanes: Size::new(arch.lanes),
            bank_bits: Size::new(bank),
            recurrent_units: Size::new(recurrent),
            lean: Size::new(usize::from(arch.lean)),
            tables: Cst::uint(8, Space::Tables as i64),
        }
    }
}

fn documentation() -> Doc {
    let text = "Post-processing: bias, scale, residual operand, rounding, clamp, table, write.\n\
                Numbers in comments are cycles after the beat registers show a beat.";
    let ports = [
        ("instruction", "words 0 and 24 to 35, valid with start"),
        (
            "token",
            "last slot of a vector, as the address generator shows it",
        ),
        ("totals", "3"),
        ("maxima", "3"),
        ("residual", "5"),
        ("residual_valid", "0"),
        ("write_valid", "16, or a word of the recurrent unit"),
        ("beats", "words written since the run command"),
        (
            "host_word",
            "row of the state memory; 0 if another space was read",
        ),
    ];
    ports
        .into_iter()
        .fold(Doc::new("post_processing", text), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for PostProcessing {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            array_tokens,
            pool_tokens,
            beat_registers,
            constants,
            parameters,
            load,
            writes
        );
        clock!(self, clock, table_write, table_offset, table_word);
        dff_setup!(self, clock, beat_count, counted);
        // Tokens, delayed to the cycle before their beat 0.
        self.token_word.next = (self.token_level.val() << 2)
            | (bit_cast_to(self.token_last_tile.val(), 1) << 1)
            | bit_cast_to(self.token_begin.val(), 1);
        self.array_tokens.reset.next = self.reset.val();
        self.array_tokens.valid.next = self.token.val() && !self.token_max.val();
        self.array_tokens.bits.next = self.token_word.val();
        self.pool_tokens.reset.next = self.reset.val();
        self.pool_tokens.valid.next = self.token.val() && self.token_max.val();
        self.pool_tokens.bits.next = self.token_word.val();
        // Fields of the pass that is to come.
        for i in 0..self.words.n {
            self.pending[i].clock.next = self.clock.val();
            self.pending[i].d.next = self.pending[i].q.val();
            if self.start.val() {
                self.pending[i].d.next = self.instruction[i].val();
            }
            self.fields.words[i].next = self.pending[i].q.val();
        }
        // 0: beat registers.
        self.beat_registers.reset.next = self.reset.val();
        self.beat_registers.array_token.next = self.array_tokens.valid_out.val();
        self.beat_registers.array_begin.next = self.array_tokens.bits_out.val().get_bit(0);
        self.beat_registers.array_last_tile.next = self.array_tokens.bits_out.val().get_bit(1);
        self.beat_registers.array_level.next = self.array_tokens.bits_out.val() >> 2;
        self.beat_registers.pool_token.next = self.pool_tokens.valid_out.val();
        self.beat_registers.pool_begin.next = self.pool_tokens.bits_out.val().get_bit(0);
        self.beat_registers.pool_last_tile.next = self.pool_tokens.bits_out.val().get_bit(1);
        self.beat_registers.pool_level.next = self.pool_tokens.bits_out.val() >> 2;
        self.beat_registers.residual.next = self.fields.residual.val();
        self.beat_registers.param_fixed.next = self.fields.param_fixed.val();
        self.beat_registers.unit.next = self.fields.unit.val();
        self.beat_registers.out_bank.next = self.fields.out_bank.val();
        self.beat_registers.residual_bank.next = self.fields.residual_bank.val();
        self.beat_registers.beats.next = self.fields.beats.val();
        self.beat_registers.beats_last.next = self.fields.beats_last.val();
        self.beat_registers.address[0].next = self.fields.out_address.val();
        self.beat_registers.address[1].next = self.fields.residual_address.val();
        self.beat_registers.step_x[0].next = self.fields.out_step_x.val();
        self.beat_registers.step_x[1].next = self.fields.residual_step_x.val();
        self.beat_registers.step_y[0].next = self.fields.out_step_y.val();
        self.beat_registers.step_y[1].next = self.fields.residual_step_y.val();
        self.beat_registers.step_tile[0].next = self.fields.out_step_tile.val();
        self.beat_registers.step_tile[1].next = self.fields.residual_step_tile.val();
        self.beat_registers.param_row.next = self.fields.param_row.val();
        self.residual_valid.next = self.beat_registers.residual_valid.val();
        self.residual_bank.next = self.beat_registers.operand_bank.val();
        self.residual_address.next = self.beat_registers.operand_address.val();
        self.post_overrun.next = self.beat_registers.overrun.val();
        // Constants of the pass, parameters of the beat.
        self.constants.reset.next = self.reset.val();
        self.constants.first_beat.next = self.beat_registers.pass_begin.val();
        self.constants.residual.next = self.fields.residual.val();
        self.constants.residual_max.next = self.fields.residual_max.val();
        if self.lean.n == 1 {
            // Synthesis then leaves out whatever works on residual operands.
            self.beat_registers.residual.next = 0.into();
            self.constants.residual.next = 0.into();
            self.constants.residual_max.next = 0.into();
        }
        self.constants.residual_zero.next = self.fields.residual_zero.val();
        self.constants.residual_s.next = self.fields.residual_s.val();
        self.constants.residual_m.next = self.fields.residual_m.val();
        self.constants.zero.next = self.fields.zero.val();
        self.constants.clamp_low.next = self.fields.clamp_low.val();
        self.constants.clamp_high.next = self.fields.clamp_high.val();
        self.constants.table_slot.next = self.fields.table_slot.val();
        self.constants.use_table.next = self.fields.use_table.val();
        self.parameters.host_write.next = self.host_write.val();
        self.parameters.host_space.next = self.host_space.val();
        self.parameters.host_offset.next = self.host_offset.val();
        self.parameters.host_data.next = self.host_data.val();
        self.parameters.row.next = self.beat_registers.row.val();
        // 4: hold registers, loaded with a vector, then shifted by one beat in every cycle.
        self.load.reset.next = self.reset.val();
        self.load.valid.next = self.beat_registers.first.val();
        self.load.bits.next = self.beat_registers.max.val().into();
        for c in 0..self.cols.n {
            self.hold[c].clock.next = self.clock.val();
            if c + self.lanes.n < self.cols.n {
                self.hold[c].d.next = self.hold[c + self.lanes.n].q.val();
            } else {
                self.hold[c].d.next = 0.into();
            }
            if self.load.valid_out.val() {
                self.hold[c].d.next = self.totals[c].val();
                if self.load.bits_out.val() == 1 {
                    if c < self.pool_lanes.n {
                        self.hold[c].d.next = self.maxima[c].val();
                    } else {
                        self.hold[c].d.next = 0.into();
                    }
                }
            }
        }
        // Tables of all lanes are written together.
        self.table_write.d.next =
            self.host_write.val() && self.host_space.val() == self.tables.val();
        self.table_offset.d.next = self.host_offset.val();
        self.table_word.d.next = self.host_data.val();
        // 5: columns, and from there the lanes.
        for i in 0..self.lanes.n {
            self.column[i].clock.next = self.clock.val();
            self.column[i].d.next = self.hold[i].q.val();
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].column.next = self.column[i].q.val();
            self.lane[i].bias.next = self.parameters.bias[i].val();
            self.lane[i].shift.next = self.parameters.shift[i].val();
            self.lane[i].multiplier.next = self.parameters.multiplier[i].val();
            self.lane[i].residual.next = self.residual[i].val();
            self.lane[i].residual_zero.next = self.constants.residual_zero_at_5.val();
            self.lane[i].residual_shift.next = self.constants.residual_s_at_6.val();
            self.lane[i].residual_multiplier.next = self.constants.residual_m_at_8.val();
            self.lane[i].residual_max.next = self.constants.residual_max_at_11.val();
            self.lane[i].zero.next = self.constants.zero_at_12.val();
            self.lane[i].clamp_low.next = self.constants.clamp_low_at_13.val();
            self.lane[i].clamp_high.next = self.constants.clamp_high_at_13.val();
            self.lane[i].low_gap.next = self.constants.low_gap_at_12.val();
            self.lane[i].high_gap.next = self.constants.high_gap_at_12.val();
            self.lane[i].table_slot.next = self.constants.table_slot_at_14.val();
            self.lane[i].use_table.next = self.constants.use_table_at_16.val();
            self.lane[i].table_write.next = self.table_write.q.val();
            self.lane[i].table_address.next = self.table_offset.q.val();
            self.lane[i].table_data.next = self.table_word.q.val();
            self.write_data[i].next = self.lane[i].result.val();
        }
        // 17: the write.
        self.write_target.next = (self.beat_registers.write_address.val() << self.bank_bits.n)
            | self.beat_registers.write_bank.val();
        self.writes.reset.next = self.reset.val();
        self.writes.valid.next = self.beat_registers.writes.val();
        self.writes.bits.next = self.write_target.val();
        self.write_valid.next = self.writes.valid_out.val();
        self.write_bank.next = self.writes.bits_out.val();
        self.write_address.next = self.writes.bits_out.val() >> self.bank_bits.n;
        // Words of the recurrent unit: never in the cycle of another write.
        self.host_word.next = 0.into();
        for k in 0..self.recurrent_units.n {
            self.recurrent[k].clock.next = self.clock.val();
            self.recurrent[k].reset.next = self.reset.val();
            self.recurrent[k].beat.next = self.beat_registers.beat.val();
            self.recurrent[k].pass_begin.next = self.beat_registers.pass_begin.val();
            self.recurrent[k].unit.next = self.fields.unit.val();
            self.recurrent[k].state_zero.next = self.fields.state_zero.val();
            self.recurrent[k].cell_bits.next = self.fields.cell_bits.val();
            self.recurrent[k].wide.next = self.fields.wide.val();
            self.recurrent[k].plane.next = self.fields.out_step_x.val();
            self.recurrent[k].sum_row.next = self.fields.sum_row.val();
            self.recurrent[k].state_row.next = self.fields.state_row.val();
            self.recurrent[k].out_bank.next = self.fields.out_bank.val();
            self.recurrent[k].out_address.next = self.fields.out_address.val();
            self.recurrent[k].host_write.next = self.host_write.val();
            self.recurrent[k].host_read.next = self.host_read.val();
            self.recurrent[k].host_space.next = self.host_space.val();
            self.recurrent[k].host_offset.next = self.host_offset.val();
            self.recurrent[k].host_data.next = self.host_data.val();
            self.host_word.next = self.recurrent[k].host_word.val();
            for i in 0..self.lanes.n {
                self.recurrent[k].scaled[i].next = self.lane[i].scaled.val();
            }
            if self.recurrent[k].write_valid.val() {
                self.write_valid.next = true;
                self.write_bank.next = self.recurrent[k].write_bank.val();
                self.write_address.next = self.recurrent[k].write_address.val();
                for i in 0..self.lanes.n {
                    self.write_data[i].next = self.recurrent[k].write_data[i].val();
                }
            }
        }
        self.counted.d.next = self.write_valid.val();
        if self.counted.q.val() {
            self.beat_count.d.next = self.beat_count.q.val() + 1;
        }
        if self.reset.val() || self.run.val() {
            self.counted.d.next = false;
            self.beat_count.d.next = 0.into();
        }
        self.beats.next = self.beat_count.q.val();
    }
}

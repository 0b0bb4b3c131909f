//! From finished vectors to beats: which bytes are written where, and with which operands.

use systole_arch::isa::Unit;
use systole_arch::{Arch, isa};

use crate::rt::prelude::*;

/// Token levels: which loop advances after the vector.
const OUT_X: i64 = 0;
const OUT_Y: i64 = 1;
const TILE: i64 = 2;

/// Beat registers, and the addresses of the current vector.
///
/// A token that arrives in cycle `T - 1` makes the beat registers show beat 0 of its vector in cycle `T`, the
/// other beats in the cycles after it.
#[derive(LogicBlock)]
pub struct PostProcessingBeats {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A vector of the array is about to be finished.
    pub array_token: Flag<In>,
    /// It is the first one of its pass.
    pub array_begin: Flag<In>,
    /// It belongs to the last tile.
    pub array_last_tile: Flag<In>,
    /// Loop that advances after it.
    pub array_level: Sig<In>,
    /// The same for the max-pooling unit.
    pub pool_token: Flag<In>,
    /// First one of its pass.
    pub pool_begin: Flag<In>,
    /// Last tile.
    pub pool_last_tile: Flag<In>,
    /// Loop that advances.
    pub pool_level: Sig<In>,
    /// Pending field.
    pub residual: Sig<In>,
    /// Pending field.
    pub param_fixed: Sig<In>,
    /// Pending field.
    pub unit: Sig<In>,
    /// Pending field.
    pub out_bank: Sig<In>,
    /// Pending field.
    pub residual_bank: Sig<In>,
    /// Pending field.
    pub beats: Sig<In>,
    /// Pending field.
    pub beats_last: Sig<In>,
    /// Pending fields `out_address`, `residual_address`.
    pub address: Vec<Sig<In>>,
    /// Pending fields `out_step_x`, `residual_step_x`.
    pub step_x: Vec<Sig<In>>,
    /// Pending fields `out_step_y`, `residual_step_y`.
    pub step_y: Vec<Sig<In>>,
    /// Pending fields `out_step_tile`, `residual_step_tile`.
    pub step_tile: Vec<Sig<In>>,
    /// Pending field.
    pub param_row: Sig<In>,
    /// The registers show a beat.
    pub beat: Flag<Out>,
    /// It is beat 0 of its vector.
    pub first: Flag<Out>,
    /// Its vector comes from the max-pooling unit.
    pub max: Flag<Out>,
    /// It is the first beat of a pass.
    pub pass_begin: Flag<Out>,
    /// It is written to a bank by post-processing itself.
    pub writes: Flag<Out>,
    /// Bank it is written to.
    pub write_bank: Sig<Out>,
    /// Byte address it is written to.
    pub write_address: Sig<Out>,
    /// It has a residual operand.
    pub residual_valid: Flag<Out>,
    /// Bank of the operand.
    pub operand_bank: Sig<Out>,
    /// Byte address of the operand.
    pub operand_address: Sig<Out>,
    /// Its parameter row.
    pub row: Sig<Out>,
    /// A token arrived too early, or two at once; one cycle later.
    pub overrun: Flag<Out>,
    token: Flag<Local>,
    begins: Flag<Local>,
    last_tile: Flag<Local>,
    count: Sig<Local>,
    level: Reg,
    residual_active: Reg,
    param_fixed_active: Reg,
    bytes_active: FlagReg,
    out_bank_active: Reg,
    residual_bank_active: Reg,
    beats_active: Reg,
    beats_last_active: Reg,
    step_x_active: Vec<Reg>,
    step_y_active: Vec<Reg>,
    step_tile_active: Vec<Reg>,
    step: Vec<Sig<Local>>,
    vector_start: Vec<Sig<Local>>,
    vector_address: Vec<Reg>,
    beat_address: Vec<Reg>,
    row_step: Sig<Local>,
    row_start: Sig<Local>,
    vector_row: Reg,
    beat_row: Reg,
    left: Reg,
    beat_register: FlagReg,
    first_register: FlagReg,
    max_register: FlagReg,
    begin_register: FlagReg,
    overrun_register: FlagReg,
    out_x: Cst,
    out_y: Cst,
    tile: Cst,
    bytes: Cst,
    paths: Size,
    lanes: Size,
}

impl PostProcessingBeats {
    /// Beats of `lanes` bytes, addresses of one bank, rows of the parameter memory.
    pub fn new(arch: &Arch) -> Self {
        let address = arch.bank_address_bits();
        let row = address_width(arch.param_rows);
        let (bank, beats, level) = (isa::OUT_BANK.width, isa::BEATS.width, 2);
        PostProcessingBeats {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            array_token: Flag::new(),
            array_begin: Flag::new(),
            array_last_tile: Flag::new(),
            array_level: Sig::uint(level),
            pool_token: Flag::new(),
            pool_begin: Flag::new(),
            pool_last_tile: Flag::new(),
            pool_level: Sig::uint(level),
            residual: Sig::uint(1),
            param_fixed: Sig::uint(1),
            unit: Sig::uint(isa::UNIT.width),
            out_bank: Sig::uint(bank),
            residual_bank: Sig::uint(bank),
            beats: Sig::uint(beats),
            beats_last: Sig::uint(beats),
            address: Sig::uint_lanes(2, address),
            step_x: Sig::uint_lanes(2, address),
            step_y: Sig::uint_lanes(2, address),
            step_tile: Sig::uint_lanes(2, address),
            param_row: Sig::uint(row),
            beat: Flag::new(),
            first: Flag::new(),
            max: Flag::new(),
            pass_begin: Flag::new(),
            writes: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            residual_valid: Flag::new(),
            operand_bank: Sig::uint(bank),
            operand_address: Sig::uint(address),
            row: Sig::uint(row),
            overrun: Flag::new(),
            token: Flag::new(),
            begins: Flag::new(),
            last_tile: Flag::new(),
            count: Sig::uint(beats),
            level: Reg::uint(level),
            residual_active: Reg::uint(1),
            param_fixed_active: Reg::uint(1),
            bytes_active: FlagReg::new(),
            out_bank_active: Reg::uint(bank),
            residual_bank_active: Reg::uint(bank),
            beats_active: Reg::uint(beats),
            beats_last_active: Reg::uint(beats),
            step_x_active: Reg::uint_lanes(2, address),
            step_y_active: Reg::uint_lanes(2, address),
            step_tile_active: Reg::uint_lanes(2, address),
            step: Sig::uint_lanes(2, address),
            vector_start: Sig::uint_lanes(2, address),
            vector_address: Reg::uint_lanes(2, address),
            beat_address: Reg::uint_lanes(2, address),
            row_step: Sig::uint(beats + 1),
            row_start: Sig::uint(row),
            vector_row: Reg::uint(row),
            beat_row: Reg::uint(row),
            left: Reg::uint(beats),
            beat_register: FlagReg::new(),
            first_register: FlagReg::new(),
            max_register: FlagReg::new(),
            begin_register: FlagReg::new(),
            overrun_register: FlagReg::new(),
            out_x: Cst::uint(level, OUT_X),
            out_y: Cst::uint(level, OUT_Y),
            tile: Cst::uint(level, TILE),
            bytes: Cst::uint(isa::UNIT.width, Unit::Bytes as i64),
            paths: Size::new(2),
            lanes: Size::new(arch.lanes),
        }
    }
}

fn documentation() -> Doc {
    let text = "Beat registers: a token makes them show the beats of its vector in the following cycles.\n\
                Lane 0 of an address bus belongs to the result, lane 1 to the residual operand.";
    Doc::new("post_processing_beats", text)
        .port(
            "array_token",
            "the beat registers show beat 0 in the next cycle",
        )
        .port(
            "writes",
            "the beat is one of bytes, not of the recurrent unit",
        )
        .port("pool_token", "the same for the max-pooling unit")
        .port(
            "overrun",
            "a token came before the last beat of the one before, or two at once",
        )
}

impl Logic for PostProcessingBeats {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, level, left, vector_row, beat_row, max_register);
        dff_setup!(
            self,
            clock,
            residual_active,
            param_fixed_active,
            out_bank_active,
            residual_bank_active
        );
        dff_setup!(self, clock, beats_active, beats_last_active, bytes_active);
        clock!(
            self,
            clock,
            beat_register,
            first_register,
            begin_register,
            overrun_register
        );
        // The token of this cycle, if there is one.
        self.token.next = self.array_token.val() || self.pool_token.val();
        self.begins.next = self.pool_begin.val();
        self.last_tile.next = self.pool_last_tile.val();
        if self.array_token.val() {
            self.begins.next = self.array_begin.val();
            self.last_tile.next = self.array_last_tile.val();
        }
        if self.token.val() {
            self.level.d.next = self.pool_level.val();
            self.max_register.d.next = !self.array_token.val();
            if self.array_token.val() {
                self.level.d.next = self.array_level.val();
            }
        }
        // A pass takes over with its first token.
        if self.token.val() && self.begins.val() {
            self.residual_active.d.next = self.residual.val();
            self.param_fixed_active.d.next = self.param_fixed.val();
            self.bytes_active.d.next = self.unit.val() == self.bytes.val();
            self.out_bank_active.d.next = self.out_bank.val();
            self.residual_bank_active.d.next = self.residual_bank.val();
            self.beats_active.d.next = self.beats.val();
            self.beats_last_active.d.next = self.beats_last.val();
        }
        // Addresses: of the first vector, or one step after those of the vector before.
        for i in 0..self.paths.n {
            self.step_x_active[i].clock.next = self.clock.val();
            self.step_y_active[i].clock.next = self.clock.val();
            self.step_tile_active[i].clock.next = self.clock.val();
            self.step_x_active[i].d.next = self.step_x_active[i].q.val();
            self.step_y_active[i].d.next = self.step_y_active[i].q.val();
            self.step_tile_active[i].d.next = self.step_tile_active[i].q.val();
            self.vector_address[i].clock.next = self.clock.val();
            self.beat_address[i].clock.next = self.clock.val();
            self.vector_address[i].d.next = self.vector_address[i].q.val();
            self.beat_address[i].d.next = self.beat_address[i].q.val() + self.lanes.n;
            self.step[i].next = 0.into();
            if self.level.q.val() == self.out_x.val() {
                self.step[i].next = self.step_x_active[i].q.val();
            }
            if self.level.q.val() == self.out_y.val() {
                self.step[i].next = self.step_y_active[i].q.val();
            }
            if self.level.q.val() == self.tile.val() {
                self.step[i].next = self.step_tile_active[i].q.val();
            }
            self.vector_start[i].next = self.vector_address[i].q.val() + self.step[i].val();
            if self.begins.val() {
                self.vector_start[i].next = self.address[i].val();
            }
            if self.token.val() {
                self.vector_address[i].d.next = self.vector_start[i].val();
                self.beat_address[i].d.next = self.vector_start[i].val();
                if self.begins.val() {
                    self.step_x_active[i].d.next = self.step_x[i].val();
                    self.step_y_active[i].d.next = self.step_y[i].val();
                    self.step_tile_active[i].d.next = self.step_tile[i].val();
                }
            }
        }
        // Parameter row: advances with tile and beat unless it is fixed.
        self.row_step.next = 0.into();
        if self.level.q.val() == self.tile.val() && self.param_fixed_active.q.val() == 0 {
            self.row_step.next = self.beats_active.q.val() + 1;
        }
        self.row_start.next = self.vector_row.q.val() + self.row_step.val();
        if self.begins.val() {
            self.row_start.next = self.param_row.val();
        }
        if self.param_fixed_active.q.val() == 0 {
            self.beat_row.d.next = self.beat_row.q.val() + 1;
        }
        // Beats that are still to come.
        self.count.next = self.beats_active.q.val();
        if self.last_tile.val() {
            self.count.next = self.beats_last_active.q.val();
        }
        if self.begins.val() {
            self.count.next = self.beats.val();
            if self.last_tile.val() {
                self.count.next = self.beats_last.val();
            }
        }
        self.beat_register.d.next = self.left.q.val().any();
        if self.left.q.val().any() {
            self.left.d.next = self.left.q.val() - 1;
        }
        if self.token.val() {
            self.vector_row.d.next = self.row_start.val();
            self.beat_row.d.next = self.row_start.val();
            self.left.d.next = self.count.val();
            self.beat_register.d.next = true;
        }
        self.first_register.d.next = self.token.val();
        self.begin_register.d.next = self.token.val() && self.begins.val();
        self.overrun_register.d.next = (self.token.val() && self.left.q.val().any())
            || (self.array_token.val() && self.pool_token.val());
        if self.reset.val() {
            self.left.d.next = 0.into();
            self.beat_register.d.next = false;
            self.first_register.d.next = false;
            self.begin_register.d.next = false;
            self.overrun_register.d.next = false;
        }
        self.beat.next = self.beat_register.q.val();
        self.first.next = self.first_register.q.val();
        self.max.next = self.max_register.q.val();
        self.pass_begin.next = self.begin_register.q.val();
        self.writes.next = self.beat_register.q.val() && self.bytes_active.q.val();
        self.write_bank.next = self.out_bank_active.q.val();
        self.write_address.next = self.beat_address[0].q.val();
        self.residual_valid.next = self.beat_register.q.val() && self.residual_active.q.val() == 1;
        self.operand_bank.next = self.residual_bank_active.q.val();
        self.operand_address.next = self.beat_address[1].q.val();
        self.row.next = self.beat_row.q.val();
        self.overrun.next = self.overrun_register.q.val();
    }
}

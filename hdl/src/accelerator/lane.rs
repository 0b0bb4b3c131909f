//! One lane of post-processing: from an accumulator to a byte, with every rounding of the numerics contract.

use systole_arch::{Arch, isa};

use super::lane_multiplier::{LaneMultiplier, MULTIPLIER_BITS};
use super::lane_shift::{LaneShift, OPERAND_BITS, SHIFT_BITS};
use crate::rt::prelude::*;

/// Entries of one table in a 32-bit word, and words of one table.
const ENTRIES_PER_WORD: usize = 4;
/// Words of one table of 256 entries.
pub(super) const TABLE_WORDS: usize = 256 / ENTRIES_PER_WORD;
/// Bits of the sum of both scaled terms and the rounding constant.
const TOTAL_BITS: usize = OPERAND_BITS + 2;
/// Guard bits `G` of the scaled terms.
const GUARD_BITS: usize = 8;
/// Bits of the rounded sum.
const ROUNDED_BITS: usize = TOTAL_BITS - GUARD_BITS;

/// `y = clamp(((u + v + 128) >> 8) + zero)`, or with `max(u, v)` instead of the sum, or the table entry of `y`.
///
/// The numbers in the port comments are cycles after the beat whose value they take.
#[derive(LogicBlock)]
pub struct Lane {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Accumulator or maximum, at 5.
    pub column: Sig<In>,
    /// Bias, at 5.
    pub bias: Sig<In>,
    /// `s`, at 6.
    pub shift: Sig<In>,
    /// `M`, at 8.
    pub multiplier: Sig<In>,
    /// Residual operand, at 5.
    pub residual: Sig<In>,
    /// Zero point of the residual operand, at 5.
    pub residual_zero: Sig<In>,
    /// `s` of the residual operand, at 6.
    pub residual_shift: Sig<In>,
    /// `M` of the residual operand, at 8; 0 without one.
    pub residual_multiplier: Sig<In>,
    /// High: the larger of both terms instead of their sum, at 11 (rounded, that is the larger result).
    pub residual_max: Flag<In>,
    /// Zero point of the result, at 12.
    pub zero: Sig<In>,
    /// Smallest result, at 13.
    pub clamp_low: Sig<In>,
    /// Largest result, at 13.
    pub clamp_high: Sig<In>,
    /// `clamp_low - zero`, at 12: the comparison need not wait for the addition.
    pub low_gap: Sig<In>,
    /// `clamp_high - zero`, at 12.
    pub high_gap: Sig<In>,
    /// Which table, at 14.
    pub table_slot: Sig<In>,
    /// High: the table entry replaces the result, at 16.
    pub use_table: Flag<In>,
    /// High: `table_data` goes to word `table_address`.
    pub table_write: Flag<In>,
    /// Word of four entries: slot and entry / 4.
    pub table_address: Sig<In>,
    /// Four entries, lowest first.
    pub table_data: Sig<In>,
    /// Byte to write, at 17.
    pub result: Sig<Out>,
    /// Scaled accumulator, at 11: what the recurrent unit works on.
    pub scaled: Sig<Out>,
    sum: Reg,
    centred: Reg,
    shifter: LaneShift,
    residual_shifter: LaneShift,
    scale: LaneMultiplier,
    residual_scale: LaneMultiplier,
    residual_wins: FlagReg,
    own_term: Sig<Local>,
    residual_term: Sig<Local>,
    rounded: Reg,
    moved: Reg,
    below: FlagReg,
    above: FlagReg,
    clamped: Reg,
    clamped_later: Delay,
    entry_index: Sig<Local>,
    entry_byte: Delay,
    table_memory: Vec<Ram>,
    entry: Sig<Local>,
    result_register: Reg,
    half: Cst,
    guard: Size,
    lowest: Cst,
    tables: Size,
    word_bits: Size,
}

impl Lane {
    /// A lane of `arch`; without table slots it has no table memory, and the same latency.
    pub fn new(arch: &Arch) -> Self {
        let tables = arch.table_slots.min(1);
        let table_memory = || {
            Ram::new(arch.table_slots * TABLE_WORDS, 32)
                .with_output_register()
                .without_collisions()
        };
        Lane {
            doc: documentation(),
            clock: Signal::default(),
            column: Sig::int(Arch::ACCUMULATOR_BITS),
            bias: Sig::int(Arch::ACCUMULATOR_BITS),
            shift: Sig::uint(SHIFT_BITS),
            multiplier: Sig::uint(MULTIPLIER_BITS),
            residual: Sig::int(8),
            residual_zero: Sig::int(isa::RESIDUAL_ZERO.width),
            residual_shift: Sig::uint(isa::RESIDUAL_S.width),
            residual_multiplier: Sig::uint(isa::RESIDUAL_M.width),
            residual_max: Flag::new(),
            zero: Sig::int(isa::ZERO.width),
            clamp_low: Sig::int(isa::CLAMP_LOW.width),
            clamp_high: Sig::int(isa::CLAMP_HIGH.width),
            low_gap: Sig::int(9),
            high_gap: Sig::int(9),
            table_slot: Sig::uint(isa::TABLE_SLOT.width),
            use_table: Flag::new(),
            table_write: Flag::new(),
            table_address: Sig::uint(table_address_bits(arch)),
            table_data: Sig::uint(32),
            result: Sig::int(8),
            scaled: Sig::int(OPERAND_BITS),
            sum: Reg::int(Arch::ACCUMULATOR_BITS),
            centred: Reg::int(9),
            shifter: LaneShift::new(Arch::ACCUMULATOR_BITS),
            residual_shifter: LaneShift::new(9),
            scale: LaneMultiplier::new(),
            residual_scale: LaneMultiplier::new(),
            residual_wins: FlagReg::new(),
            own_term: Sig::int(OPERAND_BITS),
            residual_term: Sig::int(OPERAND_BITS),
            rounded: Reg::int(ROUNDED_BITS),
            moved: Reg::int(8),
            below: FlagReg::new(),
            above: FlagReg::new(),
            clamped: Reg::int(8),
            clamped_later: Delay::int(8, 2),
            entry_index: Sig::uint(8),
            entry_byte: Delay::uint(2, 2),
            table_memory: (0..tables).map(|_| table_memory()).collect(),
            entry: Sig::int(8),
            result_register: Reg::int(8),
            half: Cst::int(TOTAL_BITS, 1 << (GUARD_BITS - 1)),
            guard: Size::new(GUARD_BITS),
            lowest: Cst::int(8, -128),
            tables: Size::new(tables),
            word_bits: Size::new(TABLE_WORDS.trailing_zeros() as usize),
        }
    }
}

fn documentation() -> Doc {
    let text = "One lane of post-processing: y = clamp(((u + v + 128) >> 8) + zero), or the table entry of y,\n\
                with u and v the scaled accumulator and the scaled residual operand, or the larger of both.\n\
                Numbers in comments are cycles after the beat.";
    let ports = [
        ("column", "5: accumulator or maximum"),
        ("bias", "5"),
        ("shift", "6"),
        ("multiplier", "8"),
        ("residual", "5: residual operand"),
        ("residual_zero", "5"),
        ("residual_shift", "6"),
        ("residual_multiplier", "8: 0 without residual operand"),
        (
            "residual_max",
            "11: the larger of both terms instead of their sum",
        ),
        ("zero", "12"),
        ("clamp_low", "13"),
        ("clamp_high", "13"),
        ("low_gap", "12: clamp_low - zero"),
        ("high_gap", "12: clamp_high - zero"),
        ("table_slot", "14"),
        ("use_table", "16"),
        ("scaled", "11: scaled accumulator"),
        ("result", "16"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("lane", text), |doc, (port, text)| {
            doc.port(port, text)
        })
}

/// Bits of the address of a table word.
pub(super) fn table_address_bits(arch: &Arch) -> usize {
    address_width(arch.table_slots.max(1) * TABLE_WORDS)
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            sum,
            centred,
            shifter,
            residual_shifter,
            scale,
            residual_scale,
            residual_wins
        );
        clock!(
            self,
            clock,
            rounded,
            moved,
            below,
            above,
            clamped,
            clamped_later,
            entry_byte,
            result_register
        );
        // 6: bias and residual zero point
        self.sum.d.next = self.column.val() + self.bias.val();
        self.centred.d.next = self.residual.val() - self.residual_zero.val();
        // 8: operands of the multipliers
        self.shifter.value.next = self.sum.q.val();
        self.shifter.shift.next = self.shift.val();
        self.residual_shifter.value.next = self.centred.q.val();
        self.residual_shifter.shift.next = self.residual_shift.val();
        // 11: scaled terms
        self.scale.operand.next = self.shifter.operand.val();
        self.scale.multiplier.next = self.multiplier.val();
        self.residual_scale.operand.next = self.residual_shifter.operand.val();
        self.residual_scale.multiplier.next = self.residual_multiplier.val();
        self.scaled.next = self.scale.scaled.val();
        self.residual_wins.d.next = self.scale.early.val() < self.residual_scale.early.val();
        // 12: sum, or the larger one; round. 13: zero point, and what is to be clamped
        self.own_term.next = self.scale.scaled.val();
        self.residual_term.next = self.residual_scale.scaled.val();
        if self.residual_max.val() {
            if self.residual_wins.q.val() {
                self.own_term.next = 0.into();
            } else {
                self.residual_term.next = 0.into();
            }
        }
        self.rounded.d.next =
            (self.own_term.val() + self.residual_term.val() + self.half.val()) >> self.guard.n;
        self.moved.d.next = self.rounded.q.val() + self.zero.val();
        self.below.d.next = self.rounded.q.val() < self.low_gap.val();
        self.above.d.next = self.rounded.q.val() > self.high_gap.val();
        // 14: clamped
        self.clamped.d.next = self.moved.q.val();
        if self.below.q.val() {
            self.clamped.d.next = self.clamp_low.val();
        }
        if self.above.q.val() {
            self.clamped.d.next = self.clamp_high.val();
        }
        // 16: table entry, 17: result
        self.clamped_later.d.next = self.clamped.q.val();
        self.entry_index.next = self.clamped.q.val() - self.lowest.val();
        self.entry_byte.d.next = self.entry_index.val();
        self.entry.next = 0.into();
        self.result_register.d.next = self.clamped_later.q.val();
        for t in 0..self.tables.n {
            self.table_memory[t].clock.next = self.clock.val();
            self.table_memory[t].write_enable.next = self.table_write.val();
            self.table_memory[t].write_address.next = self.table_address.val();
            self.table_memory[t].write_data.next = self.table_data.val();
            self.table_memory[t].read_address.next =
                (self.table_slot.val() << self.word_bits.n) | (self.entry_index.val() >> 2);
            self.entry.next =
                self.table_memory[t].read_data.val() >> (self.entry_byte.q.val() << 3);
            if self.use_table.val() {
                self.result_register.d.next = self.entry.val();
            }
        }
        self.result.next = self.result_register.q.val();
    }
}

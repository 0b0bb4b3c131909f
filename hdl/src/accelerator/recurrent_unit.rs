//! The recurrent unit: gates, cells and their memories behind the scale of post-processing.

use systole_arch::{Arch, isa, timing};

use super::lane_shift::OPERAND_BITS;
use super::recurrent_beats::RecurrentBeats;
use super::recurrent_cell::RecurrentCell;
use super::recurrent_control::RecurrentControl;
use super::recurrent_gate::Gate;
use super::recurrent_gather::Gather;
use super::recurrent_state::StateMemory;
use super::recurrent_sums::SumMemory;
use super::recurrent_words::RecurrentWords;
use crate::rt::prelude::*;

const TEXT: &str = "Recurrent unit: LSTM, GRU and RNN (docs/recurrence.md). Scaled sums of the input part are stored; those of the recurrent part meet them,
and become states and bytes. Numbers in comments are cycles after the beat registers show a beat.";

/// Takes beats and scaled sums; gives words of hidden units.
#[derive(LogicBlock)]
pub struct RecurrentUnit {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// The beat registers show a beat, at 0.
    pub beat: Flag<In>,
    /// It is the first one of its pass, at 0.
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
    /// Scaled sums of the lanes, at 11.
    pub scaled: Vec<Sig<In>>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_read: Flag<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// Row of the state memory that the host asked for; 0 if it read another space.
    pub host_word: Sig<Out>,
    /// A word is written.
    pub write_valid: Flag<Out>,
    /// Its bank.
    pub write_bank: Sig<Out>,
    /// Its byte address.
    pub write_address: Sig<Out>,
    /// Its bytes.
    pub write_data: Vec<Sig<Out>>,
    beats: RecurrentBeats,
    valid: FlagReg,
    control: RecurrentControl,
    sums: SumMemory,
    sum_read_row: Delay,
    sum_write_row: Delay,
    state_memory: StateMemory,
    state_read_row: Delay,
    state_write_row: Delay,
    gate: Vec<Gate>,
    gather: Gather,
    cell: Vec<RecurrentCell>,
    words: RecurrentWords,
    lanes: Size,
    units: Size,
    columns: Size,
}

impl RecurrentUnit {
    /// The recurrent unit of a configuration that has one.
    pub fn new(arch: &Arch) -> Self {
        let (address, bank) = (arch.bank_address_bits(), isa::OUT_BANK.width);
        let (sums, state) = (
            address_width(arch.sum_rows()),
            address_width(arch.state_rows()),
        );
        // Beat counters show one cycle after the beat.
        let from_counters = |width, to: u64| Delay::uint(width, to as usize - 1);
        let between = |width, from: u64, to: u64| Delay::uint(width, (to - from) as usize);
        RecurrentUnit {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            beat: Flag::new(),
            pass_begin: Flag::new(),
            unit: Sig::uint(isa::UNIT.width),
            state_zero: Sig::uint(1),
            cell_bits: Sig::uint(isa::CELL_BITS.width),
            wide: Sig::uint(1),
            plane: Sig::uint(address),
            sum_row: Sig::uint(isa::SUM_ROW.width),
            state_row: Sig::uint(isa::STATE_ROW.width),
            out_bank: Sig::uint(bank),
            out_address: Sig::uint(address),
            scaled: Sig::int_lanes(arch.lanes, OPERAND_BITS),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            host_word: Sig::uint(32),
            write_valid: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            write_data: Sig::int_lanes(arch.lanes, 8),
            beats: RecurrentBeats::new(arch),
            valid: FlagReg::new(),
            control: RecurrentControl::new(arch),
            sums: SumMemory::new(arch),
            sum_read_row: from_counters(sums, timing::BEAT_TO_SUM_READ),
            sum_write_row: between(sums, timing::BEAT_TO_SUM_READ, timing::BEAT_TO_SUM_WRITE),
            state_memory: StateMemory::new(arch),
            state_read_row: from_counters(state, timing::BEAT_TO_STATE_READ),
            state_write_row: between(
                state,
                timing::BEAT_TO_STATE_READ,
                timing::BEAT_TO_HIDDEN_WRITE,
            ),
            gate: (0..arch.lanes).map(|_| Gate::new()).collect(),
            gather: Gather::new(arch),
            cell: (0..arch.units_at_once())
                .map(|_| RecurrentCell::new())
                .collect(),
            words: RecurrentWords::new(arch),
            lanes: Size::new(arch.lanes),
            units: Size::new(arch.units_at_once()),
            columns: Size::new(super::recurrent_beats::COLUMNS),
        }
    }
}

fn documentation() -> Doc {
    let ports = [
        ("beat", "0"),
        ("pass_begin", "0: first beat of a pass"),
        ("scaled", "11: scaled sums of the lanes"),
        (
            "host_word",
            "row of the state memory; 0 if another space was read",
        ),
    ];
    ports
        .into_iter()
        .fold(Doc::new("recurrent_unit", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for RecurrentUnit {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            beats,
            valid,
            control,
            sums,
            state_memory,
            gather,
            words
        );
        clock!(
            self,
            clock,
            sum_read_row,
            sum_write_row,
            state_read_row,
            state_write_row
        );
        // 0: counters of the pass.
        self.beats.beat.next = self.beat.val();
        self.beats.pass_begin.next = self.pass_begin.val();
        self.beats.unit.next = self.unit.val();
        self.beats.state_zero.next = self.state_zero.val();
        self.beats.cell_bits.next = self.cell_bits.val();
        self.beats.wide.next = self.wide.val();
        self.beats.plane.next = self.plane.val();
        self.beats.sum_row.next = self.sum_row.val();
        self.beats.state_row.next = self.state_row.val();
        self.beats.out_bank.next = self.out_bank.val();
        self.beats.out_address.next = self.out_address.val();
        self.valid.d.next = self.beat.val() && !self.reset.val();
        // 1: control.
        self.control.reset.next = self.reset.val();
        self.control.valid.next = self.valid.q.val();
        self.control.kind.next = self.beats.kind.val();
        self.control.planes.next = self.beats.planes.val();
        self.control.zero.next = self.beats.zero.val();
        self.control.cell_shift.next = self.beats.cell_shift.val();
        self.control.part.next = self.beats.part.val();
        self.control.ends_unit.next = self.beats.ends_unit.val();
        // 9: sums are read, 11: or written.
        self.sum_read_row.d.next = self.beats.sums_at.val();
        self.sum_write_row.d.next = self.sum_read_row.q.val();
        self.sums.read_row.next = self.sum_read_row.q.val();
        self.sums.write_row.next = self.sum_write_row.q.val();
        self.sums.write.next = self.control.store_at_11.val();
        // 11 to 17: gates.
        for l in 0..self.lanes.n {
            self.gate[l].clock.next = self.clock.val();
            self.gate[l].stored.next = self.sums.read_sums[l].val();
            self.gate[l].scaled.next = self.scaled[l].val();
            self.gate[l].skip.next = self.control.skip_at_11[l].val();
            self.gate[l].tanh.next = self.control.tanh_at_12[l].val();
            self.gate[l].relu.next = self.control.relu_at_12.val();
            self.sums.write_sums[l].next = self.scaled[l].val();
            self.gather.lane_sum[l].next = self.gate[l].sum.val();
            self.gather.lane_gate[l].next = self.gate[l].gate.val();
            self.words.lane_gate[l].next = self.gate[l].gate.val();
            self.write_data[l].next = self.words.write_data[l].val();
        }
        self.gather.valid.next = self.control.valid_at_17.val();
        self.gather.part.next = self.control.part_at_17.val();
        // 14: states are read, 29: and written.
        self.state_read_row.d.next = self.beats.state_at.val();
        self.state_write_row.d.next = self.state_read_row.q.val();
        self.state_memory.read.next = self.control.read_at_14.val();
        self.state_memory.read_row.next = self.state_read_row.q.val();
        self.state_memory.zero.next = self.control.zero_at_16.val();
        self.state_memory.write.next = self.control.write_at_29.val();
        self.state_memory.write_row.next = self.state_write_row.q.val();
        self.state_memory.host_write.next = self.host_write.val();
        self.state_memory.host_read.next = self.host_read.val();
        self.state_memory.host_space.next = self.host_space.val();
        self.state_memory.host_offset.next = self.host_offset.val();
        self.state_memory.host_data.next = self.host_data.val();
        self.host_word.next = self.state_memory.host_word.val();
        // 17 to 29: cells.
        for u in 0..self.units.n {
            self.cell[u].clock.next = self.clock.val();
            for c in 0..self.columns.n {
                self.cell[u].gate[c].next = self.gather.gate[u * self.columns.n + c].val();
            }
            self.cell[u].candidate.next = self.gather.candidate[u].val();
            self.cell[u].state.next = self.state_memory.state[u].val();
            self.cell[u].resets.next = self.control.resets_at_17.val();
            self.cell[u].blends_at_17.next = self.control.blends_at_17.val();
            self.cell[u].blends_at_18.next = self.control.blends_at_18.val();
            self.cell[u].blends_at_19.next = self.control.blends_at_19.val();
            self.cell[u].updates.next = self.control.updates_at_18.val();
            self.cell[u].shift_at_18.next = self.control.shift_at_18.val();
            self.cell[u].half.next = self.control.half_at_19.val();
            self.cell[u].keep.next = self.control.keep_at_19.val();
            self.cell[u].shift_at_21.next = self.control.shift_at_21.val();
            self.cell[u].blends_at_25.next = self.control.blends_at_25.val();
            self.cell[u].blends_at_28.next = self.control.blends_at_28.val();
            self.state_memory.write_state[u].next = self.cell[u].new_state.val();
            self.words.reset_bytes[u].next = self.cell[u].reset_byte.val();
            self.words.lstm_bytes[u].next = self.cell[u].lstm_byte.val();
            self.words.rnn_values[u].next = self.gather.gate[u * self.columns.n].val();
            self.words.reset_values[u].next = self.cell[u].reset_value.val();
            self.words.hidden[u].next = self.cell[u].hidden.val();
        }
        // Words and their writes.
        self.words.reset.next = self.reset.val();
        self.words.rnn.next = self.control.rnn_at_17.val();
        self.words.gru_reset.next = self.control.reset_at_19.val();
        self.words.lstm.next = self.control.lstm_at_28.val();
        self.words.wide_rnn.next = self.control.wide_rnn_at_17.val();
        self.words.late.next = self.control.hidden_at_29.val();
        self.words.wide.next = self.control.wide_units.val();
        self.words.ends_word.next = self.beats.ends_word.val();
        self.words.word_bank.next = self.beats.word_bank.val();
        self.words.word_address.next = self.beats.word_at.val();
        self.words.plane_step.next = self.beats.plane_step.val();
        self.write_valid.next = self.words.write_valid.val();
        self.write_bank.next = self.words.write_bank.val();
        self.write_address.next = self.words.write_address.val();
    }
}

//! What each stage of the recurrent unit has to do: the beats travel along with their columns.

use systole_arch::isa::{self, Unit};
use systole_arch::{Arch, timing};

use super::recurrent_beats::{CELL_SHIFT_BITS, COLUMNS, part_bits};
use super::recurrent_cell::{CELL_SHIFTS, HALF_BITS, KEEP_BITS, SUM_FRACTION};
use super::recurrent_gather::CANDIDATE;
use crate::rt::prelude::*;

/// Time of the last stage that is steered.
const LAST: usize = timing::BEAT_TO_HIDDEN_WRITE as usize;

const TEXT: &str = "Steers the stages of the recurrent unit. Inputs show one cycle after the beat; a name that ends in a number tells at which cycle
after the beat the output speaks of it. Passes of different kinds may follow each other without a gap.";

/// Decoded control, stage by stage.
#[derive(LogicBlock)]
pub struct RecurrentControl {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// There is a beat.
    pub valid: Flag<In>,
    /// Unit of its pass.
    pub kind: Sig<In>,
    /// Its hidden state has 16 bits.
    pub planes: Flag<In>,
    /// The state counts as zero.
    pub zero: Flag<In>,
    /// Shift of the cell state to Q3.12.
    pub cell_shift: Sig<In>,
    /// Part of the unit that the lanes hold.
    pub part: Sig<In>,
    /// The beat completes a unit.
    pub ends_unit: Flag<In>,
    /// Lanes with the candidate column of a GRU.
    pub skip_at_10: Vec<Flag<Out>>,
    /// Lanes with a tanh.
    pub tanh_at_11: Vec<Flag<Out>>,
    /// `rnn_relu`.
    pub relu_at_11: Flag<Out>,
    /// The sums are stored.
    pub store_at_11: Flag<Out>,
    /// A state is read.
    pub read_at_12: Flag<Out>,
    /// The state counts as zero.
    pub zero_at_14: Flag<Out>,
    /// There is a beat.
    pub valid_at_15: Flag<Out>,
    /// Part of the unit.
    pub part_at_15: Sig<Out>,
    /// `gru_reset`.
    pub resets_at_15: Flag<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_15: Flag<Out>,
    /// Every lane has a byte.
    pub rnn_at_15: Flag<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_16: Flag<Out>,
    /// `gru_update`.
    pub updates_at_15: Flag<Out>,
    /// Shift of the cell state.
    pub shift_at_15: Sig<Out>,
    /// Rounding constant of `i * g`.
    pub half_at_16: Sig<Out>,
    /// Mask of the rounded `i * g`.
    pub keep_at_16: Sig<Out>,
    /// Units have bytes of `gru_reset`.
    pub reset_at_17: Flag<Out>,
    /// Shift of the cell state.
    pub shift_at_18: Sig<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_21: Flag<Out>,
    /// The same.
    pub blends_at_23: Flag<Out>,
    /// Units have bytes of `lstm`.
    pub lstm_at_23: Flag<Out>,
    /// Units have hidden states of `gru` or `gru_update`, or of 16 bits of `lstm`.
    pub hidden_at_24: Flag<Out>,
    /// Units have hidden states of 16 bits of an RNN, at 15.
    pub wide_rnn_at_15: Flag<Out>,
    /// What units have has 16 bits, at whatever time that is.
    pub wide_units: Flag<Out>,
    /// A state is written.
    pub write_at_24: Flag<Out>,
    valids: Vec<FlagReg>,
    completes: Vec<FlagReg>,
    wides: Vec<FlagReg>,
    kinds: Vec<Reg>,
    valid_at: Vec<Flag<Local>>,
    complete_at: Vec<Flag<Local>>,
    wide_at: Vec<Flag<Local>>,
    rnn_at_14: Flag<Local>,
    rnn_15: FlagReg,
    wide_rnn_15: FlagReg,
    reset_17: FlagReg,
    lstm_23: FlagReg,
    hidden_24: FlagReg,
    kind_at: Vec<Sig<Local>>,
    blend_at: Vec<Flag<Local>>,
    part_to_9: Delay,
    part_to_10: Delay,
    part_to_15: Delay,
    zero_to_14: Delay,
    shift_to_15: Delay,
    shift_16: Reg,
    shift_to_18: Delay,
    half: Reg,
    keep: Reg,
    skips: Vec<FlagReg>,
    tanhs: Vec<FlagReg>,
    relu: FlagReg,
    store: FlagReg,
    resets_15: FlagReg,
    blends_15: FlagReg,
    blends_16: FlagReg,
    updates_15: FlagReg,
    blends_21: FlagReg,
    blends_23: FlagReg,
    write: FlagReg,
    sums: Cst,
    lstm: Cst,
    gru: Cst,
    rnn_tanh: Cst,
    rnn_relu: Cst,
    gru_reset: Cst,
    gru_update: Cst,
    stages: Size,
    times: Size,
    lanes: Size,
    candidates: Vec<Size>,
    candidate_part: Size,
    shifts: Size,
    first_half: Cst,
    all_bits: Cst,
}

impl RecurrentControl {
    /// Control of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (part, kind, lanes) = (part_bits(arch), isa::UNIT.width, arch.lanes);
        let unit = |unit: Unit| Cst::uint(kind, unit as i64);
        let stages = LAST - 1;
        RecurrentControl {
            doc: Doc::new("recurrent_control", TEXT),
            clock: Signal::default(),
            reset: Flag::new(),
            valid: Flag::new(),
            kind: Sig::uint(kind),
            planes: Flag::new(),
            zero: Flag::new(),
            cell_shift: Sig::uint(CELL_SHIFT_BITS),
            part: Sig::uint(part),
            ends_unit: Flag::new(),
            skip_at_10: Flag::lanes(lanes),
            tanh_at_11: Flag::lanes(lanes),
            relu_at_11: Flag::new(),
            store_at_11: Flag::new(),
            read_at_12: Flag::new(),
            zero_at_14: Flag::new(),
            valid_at_15: Flag::new(),
            part_at_15: Sig::uint(part),
            resets_at_15: Flag::new(),
            blends_at_15: Flag::new(),
            rnn_at_15: Flag::new(),
            blends_at_16: Flag::new(),
            updates_at_15: Flag::new(),
            shift_at_15: Sig::uint(CELL_SHIFT_BITS),
            half_at_16: Sig::uint(HALF_BITS),
            keep_at_16: Sig::int(KEEP_BITS),
            reset_at_17: Flag::new(),
            shift_at_18: Sig::uint(CELL_SHIFT_BITS),
            blends_at_21: Flag::new(),
            blends_at_23: Flag::new(),
            lstm_at_23: Flag::new(),
            hidden_at_24: Flag::new(),
            wide_rnn_at_15: Flag::new(),
            wide_units: Flag::new(),
            write_at_24: Flag::new(),
            valids: FlagReg::lanes(stages),
            completes: FlagReg::lanes(stages),
            wides: FlagReg::lanes(stages),
            kinds: Reg::uint_lanes(stages, kind),
            valid_at: Flag::lanes(LAST + 1),
            complete_at: Flag::lanes(LAST + 1),
            wide_at: Flag::lanes(LAST + 1),
            rnn_at_14: Flag::new(),
            rnn_15: FlagReg::new(),
            wide_rnn_15: FlagReg::new(),
            reset_17: FlagReg::new(),
            lstm_23: FlagReg::new(),
            hidden_24: FlagReg::new(),
            kind_at: Sig::uint_lanes(LAST + 1, kind),
            blend_at: Flag::lanes(LAST + 1),
            part_to_9: Delay::uint(part, 8),
            part_to_10: Delay::uint(part, 1),
            part_to_15: Delay::uint(part, 5),
            zero_to_14: Delay::uint(1, 13),
            shift_to_15: Delay::uint(CELL_SHIFT_BITS, 14),
            shift_16: Reg::uint(CELL_SHIFT_BITS),
            shift_to_18: Delay::uint(CELL_SHIFT_BITS, 2),
            half: Reg::uint(HALF_BITS),
            keep: Reg::int(KEEP_BITS),
            skips: FlagReg::lanes(lanes),
            tanhs: FlagReg::lanes(lanes),
            relu: FlagReg::new(),
            store: FlagReg::new(),
            resets_15: FlagReg::new(),
            blends_15: FlagReg::new(),
            blends_16: FlagReg::new(),
            updates_15: FlagReg::new(),
            blends_21: FlagReg::new(),
            blends_23: FlagReg::new(),
            write: FlagReg::new(),
            sums: unit(Unit::Sums),
            lstm: unit(Unit::Lstm),
            gru: unit(Unit::Gru),
            rnn_tanh: unit(Unit::RnnTanh),
            rnn_relu: unit(Unit::RnnRelu),
            gru_reset: unit(Unit::GruReset),
            gru_update: unit(Unit::GruUpdate),
            stages: Size::new(stages),
            times: Size::new(LAST + 1),
            lanes: Size::new(lanes),
            candidates: (0..lanes)
                .map(|l| Size::new(usize::from(l % COLUMNS == CANDIDATE % lanes)))
                .collect(),
            candidate_part: Size::new(CANDIDATE / lanes),
            shifts: Size::new(CELL_SHIFTS),
            first_half: Cst::uint(SUM_FRACTION, 1 << (SUM_FRACTION - 1)),
            all_bits: Cst::int(KEEP_BITS, -1),
        }
    }
}

impl Logic for RecurrentControl {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            part_to_9,
            part_to_10,
            part_to_15,
            zero_to_14,
            shift_to_15,
            shift_16
        );
        clock!(
            self,
            clock,
            shift_to_18,
            half,
            keep,
            relu,
            store,
            resets_15,
            blends_15
        );
        clock!(
            self, clock, blends_16, updates_15, blends_21, blends_23, write
        );
        clock!(
            self,
            clock,
            rnn_15,
            wide_rnn_15,
            reset_17,
            lstm_23,
            hidden_24
        );
        // `x_at[t]` shows `t` cycles after the beat; [0] is not used.
        self.valid_at[0].next = false;
        self.complete_at[0].next = false;
        self.wide_at[0].next = false;
        self.kind_at[0].next = 0.into();
        self.valid_at[1].next = self.valid.val();
        self.complete_at[1].next = self.valid.val() && self.ends_unit.val();
        self.wide_at[1].next = self.planes.val();
        self.kind_at[1].next = self.kind.val();
        for i in 0..self.stages.n {
            self.valids[i].clock.next = self.clock.val();
            self.completes[i].clock.next = self.clock.val();
            self.wides[i].clock.next = self.clock.val();
            self.kinds[i].clock.next = self.clock.val();
            self.valids[i].d.next = self.valid_at[i + 1].val() && !self.reset.val();
            self.completes[i].d.next = self.complete_at[i + 1].val() && !self.reset.val();
            self.wides[i].d.next = self.wide_at[i + 1].val();
            self.kinds[i].d.next = self.kind_at[i + 1].val();
            self.valid_at[i + 2].next = self.valids[i].q.val();
            self.complete_at[i + 2].next = self.completes[i].q.val();
            self.wide_at[i + 2].next = self.wides[i].q.val();
            self.kind_at[i + 2].next = self.kinds[i].q.val();
        }
        for i in 0..self.times.n {
            self.blend_at[i].next = self.kind_at[i].val() == self.gru.val()
                || self.kind_at[i].val() == self.gru_update.val();
        }
        // Lanes: which columns do they hold?
        self.part_to_9.d.next = self.part.val();
        self.part_to_10.d.next = self.part_to_9.q.val();
        self.part_to_15.d.next = self.part_to_10.q.val();
        self.part_at_15.next = self.part_to_15.q.val();
        for l in 0..self.lanes.n {
            self.skips[l].clock.next = self.clock.val();
            self.tanhs[l].clock.next = self.clock.val();
            self.skips[l].d.next = false;
            self.tanhs[l].d.next = self.kind_at[10].val() == self.rnn_tanh.val();
            if self.candidates[l].n == 1 {
                self.skips[l].d.next = self.kind_at[9].val() == self.gru.val()
                    && self.part_to_9.q.val() == self.candidate_part.n;
                self.tanhs[l].d.next = self.kind_at[10].val() == self.rnn_tanh.val()
                    || self.part_to_10.q.val() == self.candidate_part.n;
            }
            self.skip_at_10[l].next = self.skips[l].q.val();
            self.tanh_at_11[l].next = self.tanhs[l].q.val();
        }
        self.relu.d.next = self.kind_at[10].val() == self.rnn_relu.val();
        self.relu_at_11.next = self.relu.q.val();
        self.store.d.next = self.valid_at[10].val()
            && self.kind_at[10].val() == self.sums.val()
            && !self.reset.val();
        self.store_at_11.next = self.store.q.val();
        // State.
        self.read_at_12.next = self.complete_at[12].val();
        self.zero_to_14.d.next = self.zero.val().into();
        self.zero_at_14.next = self.zero_to_14.q.val().any();
        self.write.d.next = self.complete_at[23].val()
            && (self.blend_at[23].val() || self.kind_at[23].val() == self.lstm.val())
            && !self.reset.val();
        self.write_at_24.next = self.write.q.val();
        // Units.
        self.valid_at_15.next = self.valid_at[15].val();
        self.resets_15.d.next = self.kind_at[14].val() == self.gru_reset.val();
        self.blends_15.d.next = self.blend_at[14].val();
        self.blends_16.d.next = self.blend_at[15].val();
        self.updates_15.d.next = self.kind_at[14].val() == self.gru_update.val();
        self.blends_21.d.next = self.blend_at[20].val();
        self.blends_23.d.next = self.blend_at[22].val();
        self.resets_at_15.next = self.resets_15.q.val();
        self.blends_at_15.next = self.blends_15.q.val();
        self.blends_at_16.next = self.blends_16.q.val();
        self.updates_at_15.next = self.updates_15.q.val();
        self.blends_at_21.next = self.blends_21.q.val();
        self.blends_at_23.next = self.blends_23.q.val();
        self.shift_to_15.d.next = self.cell_shift.val();
        self.shift_16.d.next = self.shift_to_15.q.val();
        self.shift_to_18.d.next = self.shift_16.q.val();
        self.shift_at_15.next = self.shift_to_15.q.val();
        self.shift_at_18.next = self.shift_to_18.q.val();
        self.half.d.next = 0.into();
        self.keep.d.next = 0.into();
        for k in 0..self.shifts.n {
            if self.shift_to_15.q.val() == k {
                self.half.d.next = self.first_half.val() << k;
                self.keep.d.next = self.all_bits.val() << k;
            }
        }
        self.half_at_16.next = self.half.q.val();
        self.keep_at_16.next = self.keep.q.val();
        // Bytes: who has some in the next cycle.
        self.rnn_at_14.next = self.kind_at[14].val() == self.rnn_tanh.val()
            || self.kind_at[14].val() == self.rnn_relu.val();
        self.rnn_15.d.next = self.valid_at[14].val()
            && self.rnn_at_14.val()
            && !self.wide_at[14].val()
            && !self.reset.val();
        self.wide_rnn_15.d.next = self.complete_at[14].val()
            && self.rnn_at_14.val()
            && self.wide_at[14].val()
            && !self.reset.val();
        self.reset_17.d.next = self.complete_at[16].val()
            && self.kind_at[16].val() == self.gru_reset.val()
            && !self.reset.val();
        self.lstm_23.d.next = self.complete_at[22].val()
            && self.kind_at[22].val() == self.lstm.val()
            && !self.wide_at[22].val()
            && !self.reset.val();
        self.hidden_24.d.next = self.complete_at[23].val()
            && (self.blend_at[23].val()
                || (self.kind_at[23].val() == self.lstm.val() && self.wide_at[23].val()))
            && !self.reset.val();
        self.rnn_at_15.next = self.rnn_15.q.val();
        self.wide_rnn_at_15.next = self.wide_rnn_15.q.val();
        self.reset_at_17.next = self.reset_17.q.val();
        self.lstm_at_23.next = self.lstm_23.q.val();
        self.hidden_at_24.next = self.hidden_24.q.val();
        self.wide_units.next = self.wide_rnn_15.q.val()
            || (self.reset_17.q.val() && self.wide_at[17].val())
            || (self.hidden_24.q.val() && self.wide_at[24].val());
    }
}

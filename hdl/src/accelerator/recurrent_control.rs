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
    pub skip_at_11: Vec<Flag<Out>>,
    /// Lanes with a tanh.
    pub tanh_at_12: Vec<Flag<Out>>,
    /// `rnn_relu`.
    pub relu_at_12: Flag<Out>,
    /// The sums are stored.
    pub store_at_11: Flag<Out>,
    /// A state is read.
    pub read_at_14: Flag<Out>,
    /// The state counts as zero.
    pub zero_at_16: Flag<Out>,
    /// There is a beat.
    pub valid_at_17: Flag<Out>,
    /// Part of the unit.
    pub part_at_17: Sig<Out>,
    /// `gru_reset`.
    pub resets_at_17: Flag<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_17: Flag<Out>,
    /// The same.
    pub blends_at_18: Flag<Out>,
    /// Every lane has a byte.
    pub rnn_at_17: Flag<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_19: Flag<Out>,
    /// `gru_update`.
    pub updates_at_18: Flag<Out>,
    /// Shift of the cell state.
    pub shift_at_18: Sig<Out>,
    /// Rounding constant of `i * g`.
    pub half_at_19: Sig<Out>,
    /// Mask of the rounded `i * g`.
    pub keep_at_19: Sig<Out>,
    /// Units have bytes of `gru_reset`.
    pub reset_at_19: Flag<Out>,
    /// Shift of the cell state.
    pub shift_at_21: Sig<Out>,
    /// `gru` or `gru_update`.
    pub blends_at_25: Flag<Out>,
    /// The same.
    pub blends_at_28: Flag<Out>,
    /// Units have bytes of `lstm`.
    pub lstm_at_28: Flag<Out>,
    /// Units have hidden states of `gru` or `gru_update`, or of 16 bits of `lstm`.
    pub hidden_at_29: Flag<Out>,
    /// Units have hidden states of 16 bits of an RNN, at 17.
    pub wide_rnn_at_17: Flag<Out>,
    /// What units have has 16 bits, at whatever time that is.
    pub wide_units: Flag<Out>,
    /// A state is written.
    pub write_at_29: Flag<Out>,
    valids: Vec<FlagReg>,
    completes: Vec<FlagReg>,
    wides: Vec<FlagReg>,
    kinds: Vec<Reg>,
    valid_at: Vec<Flag<Local>>,
    complete_at: Vec<Flag<Local>>,
    wide_at: Vec<Flag<Local>>,
    rnn_at_16: Flag<Local>,
    rnn_17: FlagReg,
    wide_rnn_17: FlagReg,
    reset_19: FlagReg,
    lstm_28: FlagReg,
    hidden_29: FlagReg,
    kind_at: Vec<Sig<Local>>,
    blend_at: Vec<Flag<Local>>,
    part_to_10: Delay,
    part_to_11: Delay,
    part_to_17: Delay,
    zero_to_16: Delay,
    shift_to_18: Delay,
    shift_to_21: Delay,
    half: Reg,
    keep: Reg,
    skips: Vec<FlagReg>,
    tanhs: Vec<FlagReg>,
    relu: FlagReg,
    store: FlagReg,
    resets_17: FlagReg,
    blends_17: FlagReg,
    blends_18: FlagReg,
    blends_19: FlagReg,
    updates_18: FlagReg,
    blends_25: FlagReg,
    blends_28: FlagReg,
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
            skip_at_11: Flag::lanes(lanes),
            tanh_at_12: Flag::lanes(lanes),
            relu_at_12: Flag::new(),
            store_at_11: Flag::new(),
            read_at_14: Flag::new(),
            zero_at_16: Flag::new(),
            valid_at_17: Flag::new(),
            part_at_17: Sig::uint(part),
            resets_at_17: Flag::new(),
            blends_at_17: Flag::new(),
            blends_at_18: Flag::new(),
            rnn_at_17: Flag::new(),
            blends_at_19: Flag::new(),
            updates_at_18: Flag::new(),
            shift_at_18: Sig::uint(CELL_SHIFT_BITS),
            half_at_19: Sig::uint(HALF_BITS),
            keep_at_19: Sig::int(KEEP_BITS),
            reset_at_19: Flag::new(),
            shift_at_21: Sig::uint(CELL_SHIFT_BITS),
            blends_at_25: Flag::new(),
            blends_at_28: Flag::new(),
            lstm_at_28: Flag::new(),
            hidden_at_29: Flag::new(),
            wide_rnn_at_17: Flag::new(),
            wide_units: Flag::new(),
            write_at_29: Flag::new(),
            valids: FlagReg::lanes(stages),
            completes: FlagReg::lanes(stages),
            wides: FlagReg::lanes(stages),
            kinds: Reg::uint_lanes(stages, kind),
            valid_at: Flag::lanes(LAST + 1),
            complete_at: Flag::lanes(LAST + 1),
            wide_at: Flag::lanes(LAST + 1),
            rnn_at_16: Flag::new(),
            rnn_17: FlagReg::new(),
            wide_rnn_17: FlagReg::new(),
            reset_19: FlagReg::new(),
            lstm_28: FlagReg::new(),
            hidden_29: FlagReg::new(),
            kind_at: Sig::uint_lanes(LAST + 1, kind),
            blend_at: Flag::lanes(LAST + 1),
            part_to_10: Delay::uint(part, 9),
            part_to_11: Delay::uint(part, 1),
            part_to_17: Delay::uint(part, 6),
            zero_to_16: Delay::uint(1, 15),
            shift_to_18: Delay::uint(CELL_SHIFT_BITS, 17),
            shift_to_21: Delay::uint(CELL_SHIFT_BITS, 3),
            half: Reg::uint(HALF_BITS),
            keep: Reg::int(KEEP_BITS),
            skips: FlagReg::lanes(lanes),
            tanhs: FlagReg::lanes(lanes),
            relu: FlagReg::new(),
            store: FlagReg::new(),
            resets_17: FlagReg::new(),
            blends_17: FlagReg::new(),
            blends_18: FlagReg::new(),
            blends_19: FlagReg::new(),
            updates_18: FlagReg::new(),
            blends_25: FlagReg::new(),
            blends_28: FlagReg::new(),
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
            part_to_10,
            part_to_11,
            part_to_17,
            zero_to_16,
            shift_to_18,
            shift_to_21
        );
        clock!(
            self, clock, half, keep, relu, store, resets_17, blends_17, blends_18
        );
        clock!(
            self, clock, blends_19, updates_18, blends_25, blends_28, write
        );
        clock!(
            self,
            clock,
            rnn_17,
            wide_rnn_17,
            reset_19,
            lstm_28,
            hidden_29
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
        self.part_to_10.d.next = self.part.val();
        self.part_to_11.d.next = self.part_to_10.q.val();
        self.part_to_17.d.next = self.part_to_11.q.val();
        self.part_at_17.next = self.part_to_17.q.val();
        for l in 0..self.lanes.n {
            self.skips[l].clock.next = self.clock.val();
            self.tanhs[l].clock.next = self.clock.val();
            self.skips[l].d.next = false;
            self.tanhs[l].d.next = self.kind_at[11].val() == self.rnn_tanh.val();
            if self.candidates[l].n == 1 {
                self.skips[l].d.next = self.kind_at[10].val() == self.gru.val()
                    && self.part_to_10.q.val() == self.candidate_part.n;
                self.tanhs[l].d.next = self.kind_at[11].val() == self.rnn_tanh.val()
                    || self.part_to_11.q.val() == self.candidate_part.n;
            }
            self.skip_at_11[l].next = self.skips[l].q.val();
            self.tanh_at_12[l].next = self.tanhs[l].q.val();
        }
        self.relu.d.next = self.kind_at[11].val() == self.rnn_relu.val();
        self.relu_at_12.next = self.relu.q.val();
        self.store.d.next = self.valid_at[10].val()
            && self.kind_at[10].val() == self.sums.val()
            && !self.reset.val();
        self.store_at_11.next = self.store.q.val();
        // State.
        self.read_at_14.next = self.complete_at[14].val();
        self.zero_to_16.d.next = self.zero.val().into();
        self.zero_at_16.next = self.zero_to_16.q.val().any();
        self.write.d.next = self.complete_at[28].val()
            && (self.blend_at[28].val() || self.kind_at[28].val() == self.lstm.val())
            && !self.reset.val();
        self.write_at_29.next = self.write.q.val();
        // Units.
        self.valid_at_17.next = self.valid_at[17].val();
        self.resets_17.d.next = self.kind_at[16].val() == self.gru_reset.val();
        self.blends_17.d.next = self.blend_at[16].val();
        self.blends_18.d.next = self.blend_at[17].val();
        self.blends_19.d.next = self.blend_at[18].val();
        self.updates_18.d.next = self.kind_at[17].val() == self.gru_update.val();
        self.blends_25.d.next = self.blend_at[24].val();
        self.blends_28.d.next = self.blend_at[27].val();
        self.resets_at_17.next = self.resets_17.q.val();
        self.blends_at_17.next = self.blends_17.q.val();
        self.blends_at_18.next = self.blends_18.q.val();
        self.blends_at_19.next = self.blends_19.q.val();
        self.updates_at_18.next = self.updates_18.q.val();
        self.blends_at_25.next = self.blends_25.q.val();
        self.blends_at_28.next = self.blends_28.q.val();
        self.shift_to_18.d.next = self.cell_shift.val();
        self.shift_to_21.d.next = self.shift_to_18.q.val();
        self.shift_at_18.next = self.shift_to_18.q.val();
        self.shift_at_21.next = self.shift_to_21.q.val();
        self.half.d.next = 0.into();
        self.keep.d.next = 0.into();
        for k in 0..self.shifts.n {
            if self.shift_to_18.q.val() == k {
                self.half.d.next = self.first_half.val() << k;
                self.keep.d.next = self.all_bits.val() << k;
            }
        }
        self.half_at_19.next = self.half.q.val();
        self.keep_at_19.next = self.keep.q.val();
        // Bytes: who has some in the next cycle.
        self.rnn_at_16.next = self.kind_at[16].val() == self.rnn_tanh.val()
            || self.kind_at[16].val() == self.rnn_relu.val();
        self.rnn_17.d.next = self.valid_at[16].val()
            && self.rnn_at_16.val()
            && !self.wide_at[16].val()
            && !self.reset.val();
        self.wide_rnn_17.d.next = self.complete_at[16].val()
            && self.rnn_at_16.val()
            && self.wide_at[16].val()
            && !self.reset.val();
        self.reset_19.d.next = self.complete_at[18].val()
            && self.kind_at[18].val() == self.gru_reset.val()
            && !self.reset.val();
        self.lstm_28.d.next = self.complete_at[27].val()
            && self.kind_at[27].val() == self.lstm.val()
            && !self.wide_at[27].val()
            && !self.reset.val();
        self.hidden_29.d.next = self.complete_at[28].val()
            && (self.blend_at[28].val()
                || (self.kind_at[28].val() == self.lstm.val() && self.wide_at[28].val()))
            && !self.reset.val();
        self.rnn_at_17.next = self.rnn_17.q.val();
        self.wide_rnn_at_17.next = self.wide_rnn_17.q.val();
        self.reset_at_19.next = self.reset_19.q.val();
        self.lstm_at_28.next = self.lstm_28.q.val();
        self.hidden_at_29.next = self.hidden_29.q.val();
        self.wide_units.next = self.wide_rnn_17.q.val()
            || (self.reset_19.q.val() && self.wide_at[19].val())
            || (self.hidden_29.q.val() && self.wide_at[29].val());
    }
}

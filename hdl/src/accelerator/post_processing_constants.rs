//! Layer constants that are used late in the pipeline: each changes when the first beat of a pass reaches
//! the stage that uses it, because beats of the pass before may still be ahead of it.

use systole_arch::{isa, timing};

use super::lane_multiplier::MULTIPLIER_BITS;
use crate::rt::prelude::*;

/// Cycles for which the first rank of registers is needed.
const RANK: usize = 8;
/// Stage of the last constant: flags that tell where the first beat is.
const STAGES: usize = 16;

// The next pass cannot show its first beat earlier than this after the one before it did, so that no rank
// is loaded again before everything behind it has taken its constants.
const _: () = assert!(
    timing::START_TO_SLOT + timing::SLOT_TO_VECTOR + timing::POOL + timing::ADD + timing::HOLD
        - timing::BEAT_TO_HOLD
        >= RANK as u64
);

/// Holds each constant for the beats of its pass. The port comments give the cycle after the first beat of
/// the pass in which the output changes.
#[derive(LogicBlock)]
pub struct PostProcessingConstants {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// High in the cycle in which the beat registers show the first beat of a pass.
    pub first_beat: Flag<In>,
    /// Pending field: there is a residual operand.
    pub residual: Sig<In>,
    /// Pending field: the larger of both instead of their sum.
    pub residual_max: Sig<In>,
    /// Pending field.
    pub residual_zero: Sig<In>,
    /// Pending field.
    pub residual_s: Sig<In>,
    /// Pending field.
    pub residual_m: Sig<In>,
    /// Pending field.
    pub zero: Sig<In>,
    /// Pending field.
    pub clamp_low: Sig<In>,
    /// Pending field.
    pub clamp_high: Sig<In>,
    /// Pending field.
    pub table_slot: Sig<In>,
    /// Pending field.
    pub use_table: Sig<In>,
    /// From 5.
    pub residual_zero_at_5: Sig<Out>,
    /// From 6.
    pub residual_s_at_6: Sig<Out>,
    /// From 8; 0 without residual operand.
    pub residual_m_at_8: Sig<Out>,
    /// From 11.
    pub residual_max_at_11: Flag<Out>,
    /// From 12.
    pub zero_at_12: Sig<Out>,
    /// From 13.
    pub clamp_low_at_13: Sig<Out>,
    /// From 13.
    pub clamp_high_at_13: Sig<Out>,
    /// `clamp_low - zero`, from 12.
    pub low_gap_at_12: Sig<Out>,
    /// `clamp_high - zero`, from 12.
    pub high_gap_at_12: Sig<Out>,
    /// From 14.
    pub table_slot_at_14: Sig<Out>,
    /// From 16.
    pub use_table_at_16: Flag<Out>,
    arrived: Vec<FlagReg>,
    residual_zero_1: Reg,
    residual_s_1: Reg,
    residual_m_1: Reg,
    residual_max_1: Reg,
    zero_1: Reg,
    clamp_low_1: Reg,
    clamp_high_1: Reg,
    table_slot_1: Reg,
    use_table_1: Reg,
    residual_max_8: Reg,
    zero_8: Reg,
    clamp_low_8: Reg,
    clamp_high_8: Reg,
    table_slot_8: Reg,
    use_table_8: Reg,
    residual_zero_5: Reg,
    residual_s_6: Reg,
    residual_m_8: Reg,
    residual_max_11: Reg,
    zero_12: Reg,
    clamp_low_13: Reg,
    clamp_high_13: Reg,
    low_gap_12: Reg,
    high_gap_12: Reg,
    table_slot_14: Reg,
    use_table_16: Reg,
    stages: Size,
}

impl PostProcessingConstants {
    /// Registers for one set of constants on its way through the lanes.
    pub fn new() -> Self {
        let slot = isa::TABLE_SLOT.width;
        PostProcessingConstants {
            doc: Doc::new(
                "post_processing_constants",
                "Layer constants: each changes when the first beat of a pass reaches the stage that uses it.\n\
                 A name that ends in a number tells how many cycles after that beat the register changes.",
            )
            .port("first_beat", "the beat registers show the first beat of a pass"),
            clock: Signal::default(),
            reset: Flag::new(),
            first_beat: Flag::new(),
            residual: Sig::uint(1),
            residual_max: Sig::uint(1),
            residual_zero: Sig::int(8),
            residual_s: Sig::uint(isa::RESIDUAL_S.width),
            residual_m: Sig::uint(MULTIPLIER_BITS),
            zero: Sig::int(8),
            clamp_low: Sig::int(8),
            clamp_high: Sig::int(8),
            table_slot: Sig::uint(slot),
            use_table: Sig::uint(1),
            residual_zero_at_5: Sig::int(8),
            residual_s_at_6: Sig::uint(isa::RESIDUAL_S.width),
            residual_m_at_8: Sig::uint(MULTIPLIER_BITS),
            residual_max_at_11: Flag::new(),
            zero_at_12: Sig::int(8),
            clamp_low_at_13: Sig::int(8),
            clamp_high_at_13: Sig::int(8),
            low_gap_at_12: Sig::int(9),
            high_gap_at_12: Sig::int(9),
            table_slot_at_14: Sig::uint(slot),
            use_table_at_16: Flag::new(),
            arrived: FlagReg::lanes(STAGES),
            residual_zero_1: Reg::int(8),
            residual_s_1: Reg::uint(isa::RESIDUAL_S.width),
            residual_m_1: Reg::uint(MULTIPLIER_BITS),
            residual_max_1: Reg::uint(1),
            zero_1: Reg::int(8),
            clamp_low_1: Reg::int(8),
            clamp_high_1: Reg::int(8),
            table_slot_1: Reg::uint(slot),
            use_table_1: Reg::uint(1),
            residual_max_8: Reg::uint(1),
            zero_8: Reg::int(8),
            clamp_low_8: Reg::int(8),
            clamp_high_8: Reg::int(8),
            table_slot_8: Reg::uint(slot),
            use_table_8: Reg::uint(1),
            residual_zero_5: Reg::int(8),
            residual_s_6: Reg::uint(isa::RESIDUAL_S.width),
            residual_m_8: Reg::uint(MULTIPLIER_BITS),
            residual_max_11: Reg::uint(1),
            zero_12: Reg::int(8),
            clamp_low_13: Reg::int(8),
            clamp_high_13: Reg::int(8),
            low_gap_12: Reg::int(9),
            high_gap_12: Reg::int(9),
            table_slot_14: Reg::uint(slot),
            use_table_16: Reg::uint(1),
            stages: Size::new(STAGES),
        }
    }
}

impl Default for PostProcessingConstants {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for PostProcessingConstants {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            residual_zero_1,
            residual_s_1,
            residual_m_1,
            zero_1,
            clamp_low_1
        );
        dff_setup!(self, clock, clamp_high_1, table_slot_1, use_table_1);
        dff_setup!(self, clock, residual_max_1, residual_max_8, residual_max_11);
        dff_setup!(
            self,
            clock,
            zero_8,
            clamp_low_8,
            clamp_high_8,
            table_slot_8,
            use_table_8
        );
        dff_setup!(
            self,
            clock,
            residual_zero_5,
            residual_s_6,
            residual_m_8,
            zero_12,
            clamp_low_13
        );
        dff_setup!(
            self,
            clock,
            clamp_high_13,
            table_slot_14,
            use_table_16,
            low_gap_12,
            high_gap_12
        );
        // `arrived[i]` is high when the first beat is i cycles old; [0] is not used.
        for i in 0..self.stages.n {
            self.arrived[i].clock.next = self.clock.val();
            self.arrived[i].d.next = self.first_beat.val();
            if i > 1 {
                self.arrived[i].d.next = self.arrived[i - 1].q.val();
            }
            if self.reset.val() {
                self.arrived[i].d.next = false;
            }
        }
        if self.first_beat.val() {
            self.residual_zero_1.d.next = self.residual_zero.val();
            self.residual_s_1.d.next = self.residual_s.val();
            self.residual_m_1.d.next = self.residual_m.val();
            if self.residual.val() == 0 {
                self.residual_m_1.d.next = 0.into();
            }
            self.residual_max_1.d.next = self.residual_max.val();
            self.zero_1.d.next = self.zero.val();
            self.clamp_low_1.d.next = self.clamp_low.val();
            self.clamp_high_1.d.next = self.clamp_high.val();
            self.table_slot_1.d.next = self.table_slot.val();
            self.use_table_1.d.next = self.use_table.val();
        }
        if self.arrived[4].q.val() {
            self.residual_zero_5.d.next = self.residual_zero_1.q.val();
        }
        if self.arrived[5].q.val() {
            self.residual_s_6.d.next = self.residual_s_1.q.val();
        }
        if self.arrived[7].q.val() {
            self.residual_m_8.d.next = self.residual_m_1.q.val();
            self.residual_max_8.d.next = self.residual_max_1.q.val();
            self.zero_8.d.next = self.zero_1.q.val();
            self.clamp_low_8.d.next = self.clamp_low_1.q.val();
            self.clamp_high_8.d.next = self.clamp_high_1.q.val();
            self.table_slot_8.d.next = self.table_slot_1.q.val();
            self.use_table_8.d.next = self.use_table_1.q.val();
        }
        if self.arrived[10].q.val() {
            self.residual_max_11.d.next = self.residual_max_8.q.val();
        }
        if self.arrived[11].q.val() {
            self.zero_12.d.next = self.zero_8.q.val();
            self.low_gap_12.d.next = self.clamp_low_8.q.val() - self.zero_8.q.val();
            self.high_gap_12.d.next = self.clamp_high_8.q.val() - self.zero_8.q.val();
        }
        if self.arrived[12].q.val() {
            self.clamp_low_13.d.next = self.clamp_low_8.q.val();
            self.clamp_high_13.d.next = self.clamp_high_8.q.val();
        }
        if self.arrived[13].q.val() {
            self.table_slot_14.d.next = self.table_slot_8.q.val();
        }
        if self.arrived[15].q.val() {
            self.use_table_16.d.next = self.use_table_8.q.val();
        }
        self.residual_zero_at_5.next = self.residual_zero_5.q.val();
        self.residual_s_at_6.next = self.residual_s_6.q.val();
        self.residual_m_at_8.next = self.residual_m_8.q.val();
        self.residual_max_at_11.next = self.residual_max_11.q.val() == 1;
        self.zero_at_12.next = self.zero_12.q.val();
        self.clamp_low_at_13.next = self.clamp_low_13.q.val();
        self.clamp_high_at_13.next = self.clamp_high_13.q.val();
        self.low_gap_at_12.next = self.low_gap_12.q.val();
        self.high_gap_at_12.next = self.high_gap_12.q.val();
        self.table_slot_at_14.next = self.table_slot_14.q.val();
        self.use_table_at_16.next = self.use_table_16.q.val() == 1;
    }
}

//! One lane of a recurrent core: a total becomes a scaled sum, as in the lanes of post-processing.

use systole_arch::Arch;

use crate::accelerator::{LaneMultiplier, LaneShift};
use crate::rt::prelude::*;

const TEXT: &str = "Scaled sum of a gate: ((total + bias) << 16 >> (shift - 8)), saturated to 18 bits, times multiplier, >> 16.\n\
                    Numbers in port comments are cycles after the beat.";

/// Bias, shift and multiplication, without the rounding to bytes of a [`crate::accelerator::Lane`].
#[derive(LogicBlock)]
pub struct RecurrentScale {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Total, at 5.
    pub column: Sig<In>,
    /// Bias, at 5.
    pub bias: Sig<In>,
    /// `s + 8`, at 6.
    pub shift: Sig<In>,
    /// `M`, at 8.
    pub multiplier: Sig<In>,
    /// Scaled sum, at 11.
    pub scaled: Sig<Out>,
    sum: Reg,
    shifter: LaneShift,
    multiply: LaneMultiplier,
}

impl RecurrentScale {
    /// A lane.
    pub fn new() -> Self {
        let (shifter, multiply) = (
            LaneShift::new(Arch::ACCUMULATOR_BITS),
            LaneMultiplier::new(),
        );
        RecurrentScale {
            doc: Doc::new("recurrent_scale", TEXT)
                .port("column", "5: total")
                .port("bias", "5")
                .port("shift", "6")
                .port("multiplier", "8")
                .port("scaled", "11"),
            clock: Signal::default(),
            column: Sig::int(Arch::ACCUMULATOR_BITS),
            bias: Sig::int(Arch::ACCUMULATOR_BITS),
            shift: Sig::uint(shifter.shift.width()),
            multiplier: Sig::uint(multiply.multiplier.width()),
            scaled: Sig::int(multiply.scaled.width()),
            sum: Reg::int(Arch::ACCUMULATOR_BITS),
            shifter,
            multiply,
        }
    }
}

impl Default for RecurrentScale {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for RecurrentScale {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, sum, shifter, multiply);
        self.sum.d.next = self.column.val() + self.bias.val();
        self.shifter.value.next = self.sum.q.val();
        self.shifter.shift.next = self.shift.val();
        self.multiply.operand.next = self.shifter.operand.val();
        self.multiply.multiplier.next = self.multiplier.val();
        self.scaled.next = self.multiply.scaled.val();
    }
}

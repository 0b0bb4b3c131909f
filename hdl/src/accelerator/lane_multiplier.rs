//! The multiplier of a lane, a module of its own so that a vendor's DSP block can stand in for it.

use super::lane_shift::OPERAND_BITS;
use crate::rt::prelude::*;

/// Bits of a multiplier `M`.
pub(super) const MULTIPLIER_BITS: usize = 16;
/// Bits of a product that the scale throws away.
const FRACTION_BITS: usize = 16;

/// `scaled = floor(operand * multiplier / 2^16)`, three registers: operands, product, output.
#[derive(LogicBlock)]
pub struct LaneMultiplier {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Signed operand, 18 bits.
    pub operand: Sig<In>,
    /// Unsigned multiplier, 16 bits.
    pub multiplier: Sig<In>,
    /// High part of the product, 18 bits, three cycles later.
    pub scaled: Sig<Out>,
    /// The same one cycle earlier, from the register of the product.
    pub early: Sig<Out>,
    operand_register: Reg,
    multiplier_register: Reg,
    product: Reg,
    output_register: Reg,
    fraction: Size,
}

impl LaneMultiplier {
    /// A multiplier that synthesis maps as it likes.
    pub fn new() -> Self {
        let product_bits = OPERAND_BITS + MULTIPLIER_BITS;
        LaneMultiplier {
            doc: Doc::new(
                "lane_multiplier",
                "Multiplier of a lane: scaled = (operand * multiplier) >> 16, three registers.",
            )
            .port("early", "scaled, one cycle earlier"),
            clock: Signal::default(),
            operand: Sig::int(OPERAND_BITS),
            multiplier: Sig::uint(MULTIPLIER_BITS),
            scaled: Sig::int(OPERAND_BITS),
            early: Sig::int(OPERAND_BITS),
            operand_register: Reg::int(OPERAND_BITS),
            multiplier_register: Reg::uint(MULTIPLIER_BITS),
            product: Reg::int(product_bits),
            output_register: Reg::int(product_bits - FRACTION_BITS),
            fraction: Size::new(FRACTION_BITS),
        }
    }
}

impl Default for LaneMultiplier {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for LaneMultiplier {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            operand_register,
            multiplier_register,
            product,
            output_register
        );
        self.operand_register.d.next = self.operand.val();
        self.multiplier_register.d.next = self.multiplier.val();
        self.product.d.next = self.operand_register.q.val() * self.multiplier_register.q.val();
        self.output_register.d.next = self.product.q.val() >> self.fraction.n;
        self.early.next = self.product.q.val() >> self.fraction.n;
        self.scaled.next = self.output_register.q.val();
    }
}

//! The end of every layer: a sum with guard bits becomes one int8 value (numerics, sections 3 and 5).

use super::{GUARD_8, rhu, sat, scale};
use crate::integer::Rescale;

/// `y = sat( rhu(sum, 8) + zero, lo, hi )`: the only rounding of an 8-bit result.
#[must_use]
pub const fn requantize(sum: i64, zero: i8, clamp: [i8; 2]) -> i8 {
    sat(
        rhu(sum, GUARD_8) + zero as i64,
        clamp[0] as i64,
        clamp[1] as i64,
    ) as i8
}

/// `scale(q - zero; M, s, G = 8)`: one operand of an addition, a residual operand or a change of scale.
#[must_use]
pub const fn rescale(q: i8, by: Rescale) -> i64 {
    scale(q as i64 - by.zero as i64, by.multiplier, GUARD_8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integer::Multiplier;

    #[test]
    fn rounds_half_up_then_adds_zero_then_clamps() {
        let cases = [
            (128, 0, [-128, 127], 1),
            (127, 0, [-128, 127], 0),
            (-128, 0, [-128, 127], 0),
            (-129, 0, [-128, 127], -1),
            (256 * 127 + 127, 0, [-128, 127], 127),
            (256 * 300, -100, [-128, 127], 127),
            (256 * 200, -100, [-128, 127], 100),
            (-256 * 5, -100, [-100, 127], -100),
            (256 * 50, -100, [-100, -60], -60),
        ];
        for (sum, zero, clamp, y) in cases {
            assert_eq!(
                requantize(sum, zero, clamp),
                y,
                "sum {sum} zero {zero} clamp {clamp:?}"
            );
        }
    }

    #[test]
    fn rescale_covers_the_whole_operand_range() {
        let by = Rescale {
            multiplier: Multiplier { m: 1 << 15, s: 15 },
            zero: -128,
        };
        assert_eq!(rescale(127, by), 255 << 8);
        assert_eq!(rescale(-128, by), 0);
        let by = Rescale { zero: 127, ..by };
        assert_eq!(rescale(-128, by), -(255 << 8));
    }
}

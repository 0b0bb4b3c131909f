//! Real multipliers as 16-bit integers, and scaling an accumulator with one (numerics, section 2).

use super::{NumericsError, sat_bits, shift};
use crate::integer::Multiplier;

/// Guard bits of 8-bit results.
pub const GUARD_8: u32 = 8;

/// Guard bits of 16-bit results.
pub const GUARD_16: u32 = 0;

/// Smallest `s` of a multiplier.
const SHIFT_MIN: i32 = 8;

/// Largest `s` of a multiplier.
const SHIFT_MAX: i32 = 55;

impl Multiplier {
    /// The multiplier that is too small to matter: every product is 0.
    pub const ZERO: Self = Self {
        m: 0,
        s: SHIFT_MAX as u8,
    };

    /// Encodes a real `0 < value < 2^8` as `M * 2^-s`, `M` rounded half up.
    ///
    /// # Errors
    /// [`NumericsError`] when the value is not a positive finite number, or its encoding would need `s < 8`.
    pub fn encode(value: f64) -> Result<Self, NumericsError> {
        if !(value.is_finite() && value > 0.0) {
            return Err(NumericsError::MultiplierNotPositive { value });
        }
        if value < 2f64.powi(-64) {
            return Ok(Self::ZERO);
        }
        let mut e = exponent(value) + 1;
        let mut m = (value * 2f64.powi(16 - e) + 0.5).floor() as i64;
        if m == 1 << 16 {
            m = 1 << 15;
            e += 1;
        }
        let s = 16 - e;
        if s < SHIFT_MIN {
            return Err(NumericsError::MultiplierTooLarge { value });
        }
        if s > SHIFT_MAX {
            return Ok(Self::ZERO);
        }
        Ok(Self {
            m: m as u16,
            s: s as u8,
        })
    }

    /// The real number that is meant, exactly: `M * 2^-s`.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.m) * 2f64.powi(-i32::from(self.s))
    }

    /// Whether `M` and `s` are in their ranges: `M = 0` or `2^15 <= M < 2^16`, and `8 <= s <= 55`.
    #[must_use]
    pub const fn in_range(self) -> bool {
        let s = self.s as i32;
        (self.m == 0 || self.m >= 1 << 15) && s >= SHIFT_MIN && s <= SHIFT_MAX
    }
}

/// `floor(log2 value)` of a normal positive number, from its bits.
fn exponent(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// `acc * m * 2^guard`, floored, through one 18x18 multiplication. For `|acc| < 2^35` and a multiplier in range.
#[must_use]
pub const fn scale(acc: i64, multiplier: Multiplier, guard: u32) -> i64 {
    let t = sat_bits(shift(acc, 16 + guard as i32 - multiplier.s as i32), 18);
    (t * multiplier.m as i64) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodes_range_ends() {
        let cases = [
            (1.0, 1 << 15, 15),
            (0.5, 1 << 15, 16),
            (0.75, 3 << 14, 16),
            (255.99, 65533, 8),
            (2f64.powi(-40), 1 << 15, 55),
            (1.0 - 1e-12, 1 << 15, 15),
            (2f64.powi(-40) * (1.0 - 1e-12), 1 << 15, 55),
        ];
        for (value, m, s) in cases {
            assert_eq!(
                Multiplier::encode(value),
                Ok(Multiplier { m, s }),
                "{value}"
            );
        }
    }

    #[test]
    fn tiny_becomes_zero() {
        for value in [
            2f64.powi(-40) * 0.9,
            2f64.powi(-64),
            1e-300,
            f64::MIN_POSITIVE / 4.0,
        ] {
            assert_eq!(Multiplier::encode(value), Ok(Multiplier::ZERO), "{value}");
        }
        assert_eq!(scale(1 << 33, Multiplier::ZERO, GUARD_8), 0);
        assert_eq!(scale(-(1 << 33), Multiplier::ZERO, GUARD_8), 0);
    }

    #[test]
    fn refuses_what_cannot_be_encoded() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(
                matches!(
                    Multiplier::encode(value),
                    Err(NumericsError::MultiplierNotPositive { .. })
                ),
                "{value}"
            );
        }
        for value in [256.0, 255.9999, 1e300] {
            assert!(
                matches!(
                    Multiplier::encode(value),
                    Err(NumericsError::MultiplierTooLarge { .. })
                ),
                "{value}"
            );
        }
    }

    #[test]
    fn scale_by_one_half_and_by_the_largest() {
        let half = Multiplier { m: 1 << 15, s: 16 };
        assert_eq!(scale(3, half, GUARD_8), 384);
        assert_eq!(scale(-3, half, GUARD_8), -384);
        assert_eq!(scale(-3, half, GUARD_16), -2);
        let largest = Multiplier { m: 65535, s: 8 };
        assert_eq!(scale(1, largest, GUARD_8), 65535);
        assert_eq!(
            scale((1 << 34) - 1, largest, GUARD_8),
            (131_071 * 65535) >> 16
        );
        assert_eq!(
            scale(-(1 << 34), largest, GUARD_8),
            (-131_072 * 65535) >> 16
        );
    }

    proptest! {
        #[test]
        fn encoding_is_within_half_a_unit(mantissa in 1.0f64..2.0, e in -40i32..7) {
            let value = mantissa * 2f64.powi(e);
            let m = Multiplier::encode(value).unwrap();
            prop_assert!(m.in_range());
            prop_assert!((m.value() - value).abs() <= 0.5 * 2f64.powi(e - 15));
        }

        #[test]
        fn scale_is_near_the_exact_product(acc in -(1i64 << 34)..(1i64 << 34), m in 32768u16.., s in 8u8..=55) {
            let multiplier = Multiplier { m, s };
            let exact = acc as f64 * multiplier.value() * 256.0;
            let u = scale(acc, multiplier, GUARD_8);
            let wide = exact.clamp(-131_072.0 * f64::from(m) / 65536.0, 131_071.0 * f64::from(m) / 65536.0);
            prop_assert!((u as f64) <= wide && (u as f64) > wide - 2.0, "{u} {wide}");
        }
    }
}

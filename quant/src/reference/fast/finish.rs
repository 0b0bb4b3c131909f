//! From sums of products to bytes, in f64 (numerics, sections 2, 3 and 5).
//!
//! Shifts that differ from channel to channel and saturation of integers become branches, which real data mispredicts: they cost
//! more than the products. The same in f64 are multiplications, minima and maxima, several channels at once. Every number
//! on the way is exact: sums and their shifts stay below 2^51 and are multiplied by powers of two, the scaled product has 34 bits.

use super::element_wise::{entry, terms};
use crate::integer::{Conv, IntTensor};
use crate::numerics::GUARD_8;

/// Added to a number below 2^51, it leaves no room for a fraction.
const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;
/// Range of 18 bits.
const SATURATED: [f64; 2] = [-131_072.0, 131_071.0];

/// Parameters of a layer, each as one list over channels.
pub(super) struct Finish {
    bias: Vec<f64>,
    /// `2^(16 + G - s)`
    shift: Vec<f64>,
    /// `M * 2^-16`
    multiplier: Vec<f64>,
    residual: Vec<f64>,
    zero: f64,
    clamp: [f64; 2],
}

impl Finish {
    pub(super) fn new(op: &Conv, y: &IntTensor) -> Self {
        let by = op.multipliers.iter();
        let residual = op.residual.map(terms).unwrap_or_default();
        let exponent = |s: u8| 16 + GUARD_8 as i32 - i32::from(s);
        Self {
            bias: op.bias.iter().map(|&bias| bias as f64).collect(),
            shift: by.clone().map(|by| 2f64.powi(exponent(by.s))).collect(),
            multiplier: by.map(|by| f64::from(by.m) / 65_536.0).collect(),
            residual: residual.into_iter().map(|term| term as f64).collect(),
            zero: y.zero.into(),
            clamp: op.clamp.map(f64::from),
        }
    }

    /// Results of the channels from `start` on.
    pub(super) fn run(
        &self,
        start: usize,
        sums: &[f64],
        residual: Option<&[i8]>,
        result: &mut [i8],
    ) {
        let end = start + sums.len();
        let shifts = self.shift[start..end].iter();
        let multipliers = self.multiplier[start..end].iter();
        let scaled = sums
            .iter()
            .zip(&self.bias[start..end])
            .zip(shifts.zip(multipliers))
            .map(|((sum, bias), (shift, multiplier))| product(sum + bias, *shift, *multiplier));
        match residual {
            Some(residual) => {
                for ((y, u), &r) in result.iter_mut().zip(scaled).zip(residual) {
                    *y = self.byte(floor(u) + self.residual[entry(r)]);
                }
            }
            None => {
                for (y, u) in result.iter_mut().zip(scaled) {
                    *y = self.byte(u);
                }
            }
        }
    }

    /// [`crate::numerics::requantize`]. A sum that is not whole yet need not be floored first: the floor of a floor is the floor.
    #[inline]
    fn byte(&self, sum: f64) -> i8 {
        let y = floor((sum + 128.0) / 256.0) + self.zero;
        // The lowest byte of the mantissa is the integer.
        (bound(y, self.clamp) + WHOLE).to_bits() as i8
    }
}

/// [`crate::numerics::scale`] before its last floor.
#[inline]
fn product(acc: f64, shift: f64, multiplier: f64) -> f64 {
    bound(floor(acc * shift), SATURATED) * multiplier
}

/// The next integer below, for `|x| < 2^51`; `f64::floor` is a call on processors of old.
#[inline]
fn floor(x: f64) -> f64 {
    let nearest = (x + WHOLE) - WHOLE;
    nearest - if nearest > x { 1.0 } else { 0.0 }
}

#[inline]
fn bound(x: f64, [low, high]: [f64; 2]) -> f64 {
    let x = if x > low { x } else { low };
    if x < high { x } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integer::Multiplier;
    use crate::numerics::{self, ACCUMULATOR_LIMIT};
    use proptest::prelude::*;

    fn equal(acc: i64, by: Multiplier, term: i64, zero: i8, clamp: [i8; 2]) {
        let finish = Finish {
            bias: vec![(acc / 3) as f64],
            shift: vec![2f64.powi(24 - i32::from(by.s))],
            multiplier: vec![f64::from(by.m) / 65_536.0],
            residual: vec![term as f64; 256],
            zero: zero.into(),
            clamp: clamp.map(f64::from),
        };
        let u = numerics::scale(acc, by, GUARD_8);
        let mut y = [0];
        let sum = (acc - acc / 3) as f64;
        finish.run(0, &[sum], None, &mut y);
        assert_eq!(y[0], numerics::requantize(u, zero, clamp), "{acc} {by:?}");
        finish.run(0, &[sum], Some(&[5]), &mut y);
        assert_eq!(y[0], numerics::requantize(u + term, zero, clamp));
    }

    #[test]
    fn range_ends_and_ties() {
        let ends = [ACCUMULATOR_LIMIT - 1, 1 - ACCUMULATOR_LIMIT, -1, 0, 1];
        for acc in ends {
            for s in 8..=55 {
                for m in [0, 1 << 15, 65_535] {
                    equal(acc, Multiplier { m, s }, 127, -128, [-128, 127]);
                }
            }
        }
        // Halves: every other sum is a tie.
        for acc in -600..600 {
            equal(acc, Multiplier { m: 1 << 15, s: 16 }, 0, 3, [-100, 90]);
        }
    }

    proptest! {
        #[test]
        fn equals_the_integers(
            acc in 1 - ACCUMULATOR_LIMIT..ACCUMULATOR_LIMIT,
            small in 0u32..34,
            m in (1u16 << 15)..,
            s in 8u8..=55,
            term in -(1i64 << 18)..(1 << 18),
            zero: i8,
            ends: [i8; 2],
        ) {
            let clamp = [ends[0].min(ends[1]), ends[0].max(ends[1])];
            equal(acc >> small, Multiplier { m, s }, term, zero, clamp);
        }
    }
}

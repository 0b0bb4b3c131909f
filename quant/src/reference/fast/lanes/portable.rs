//! Sums in plain Rust, for every processor; the compiler finds what vectors there are.

use super::{DEPTH, LANES, Lanes, Sums, Weights};

/// Added to a number below 2^51, it leaves no room for a fraction.
const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Portable;

impl Lanes for Portable {
    type Register = Sums;

    #[inline(always)]
    fn load(self, sums: &Sums) -> Sums {
        *sums
    }

    #[inline(always)]
    fn store(self, register: Sums, sums: &mut Sums) {
        *sums = register;
    }

    #[inline(always)]
    fn add_products(self, mut sums: Sums, weights: &Weights, x: [u8; DEPTH]) -> Sums {
        for n in 0..LANES {
            for k in 0..DEPTH {
                let product = i32::from(weights[n * DEPTH + k]) * i32::from(x[k]);
                sums[n] = sums[n].wrapping_add(product);
            }
        }
        sums
    }

    /// `f64::floor` is a call on processors of old.
    #[inline(always)]
    fn floor(self, x: f64) -> f64 {
        let nearest = (x + WHOLE) - WHOLE;
        nearest - if nearest > x { 1.0 } else { 0.0 }
    }
}

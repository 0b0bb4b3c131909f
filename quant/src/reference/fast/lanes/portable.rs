//! Sums in plain Rust, for every processor; the compiler finds what vectors there are.

use super::{DEPTH, LANES, Lanes, Sums, Weights};

/// Added to a number below 2^51, it leaves no room for a fraction.
const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;

#[derive(Clone, Copy, PartialEq, Eq)]
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

    /// Weights are taken out of words, so that every step is one of 32-bit lanes; bytes at distances of four are not.
    #[inline(always)]
    fn add_products(self, mut sums: Sums, weights: &Weights, x: [u8; DEPTH]) -> Sums {
        let x = x.map(i32::from);
        let (words, _) = weights.as_chunks::<DEPTH>();
        for n in 0..LANES {
            let w = i32::from_le_bytes(words[n].map(|byte| byte as u8));
            let low = ((w << 24) >> 24) * x[0] + ((w << 16) >> 24) * x[1];
            let high = ((w << 8) >> 24) * x[2] + (w >> 24) * x[3];
            sums[n] = sums[n].wrapping_add(low + high);
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

//! From sums of products to bytes, in f64 (numerics, sections 2, 3 and 5).
//!
//! Shifts that differ from channel to channel and saturation of integers become branches, which real data mispredicts: they cost
//! more than the products. The same in f64 are multiplications, minima and maxima, several channels at once. Every number
//! on the way is exact: sums and their shifts stay below 2^51 and are multiplied by powers of two, the scaled product has 34 bits.

use super::lanes::{LANES, Lanes, Sums};
use crate::integer::{Conv, IntTensor, Multiplier, Rescale};
use crate::numerics::GUARD_8;

/// Added to a number below 2^51, it leaves no room for a fraction.
const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;
/// Range of 18 bits.
const SATURATED: [f64; 2] = [-131_072.0, 131_071.0];

/// One number for each output of a panel.
pub(super) type Numbers = [f64; LANES];

/// Biases and multipliers of a layer, panel by panel; what fills the last panel is zero.
pub(super) struct Scaling {
    bias: Vec<Numbers>,
    /// `2^(16 + G - s)`
    shift: Vec<Numbers>,
    /// `M * 2^-16`
    multiplier: Vec<Numbers>,
}

/// Parameters of a convolution.
pub(super) struct Finish {
    scaling: Scaling,
    residual: Option<Term>,
    zero: f64,
    clamp: [f64; 2],
}

/// Scale of the residual operand.
#[derive(Clone, Copy)]
struct Term {
    zero: f64,
    shift: f64,
    multiplier: f64,
}

impl Scaling {
    pub(super) fn new(bias: &[i64], multipliers: &[Multiplier], guard: u32) -> Self {
        let shifts = multipliers.iter().map(|&by| shift(by, guard));
        Self {
            bias: panels(bias.iter().map(|&bias| bias as f64)),
            shift: panels(shifts),
            multiplier: panels(multipliers.iter().map(|by| fraction(*by))),
        }
    }

    /// [`crate::numerics::scale`] before its last floor, of `weight` times the first block, and all others.
    #[inline(always)]
    pub(super) fn product<L: Lanes>(
        &self,
        lanes: L,
        panel: usize,
        weight: f64,
        blocks: &[Sums],
    ) -> Numbers {
        let mut acc = self.bias[panel];
        if let Some((first, others)) = blocks.split_first() {
            add(&mut acc, weight, first);
            for block in others {
                add(&mut acc, 1.0, block);
            }
        }
        let (shift, multiplier) = (&self.shift[panel], &self.multiplier[panel]);
        for n in 0..LANES {
            acc[n] = product(lanes, acc[n], shift[n], multiplier[n]);
        }
        acc
    }
}

impl Finish {
    /// For the outputs from `first` on, as many as `outputs`.
    pub(super) fn new(op: &Conv, y: &IntTensor, first: usize, outputs: usize) -> Self {
        let range = first..first + outputs;
        let term = |by: Rescale| Term {
            zero: by.zero.into(),
            shift: shift(by.multiplier, GUARD_8),
            multiplier: fraction(by.multiplier),
        };
        Self {
            scaling: Scaling::new(&op.bias[range.clone()], &op.multipliers[range], GUARD_8),
            residual: op.residual.map(term),
            zero: y.zero.into(),
            clamp: op.clamp.map(f64::from),
        }
    }

    /// Results of one panel of one pixel; the operand that is added to them is used if the layer has one.
    #[inline(always)]
    pub(super) fn run<L: Lanes>(
        &self,
        lanes: L,
        panel: usize,
        blocks: &[Sums],
        residual: &[i8; LANES],
    ) -> [i8; LANES] {
        let mut u = self.scaling.product(lanes, panel, 1.0, blocks);
        if let Some(by) = self.residual {
            for n in 0..LANES {
                let r = f64::from(residual[n]) - by.zero;
                u[n] += lanes.floor(product(lanes, r, by.shift, by.multiplier));
            }
        }
        let mut y = [0; LANES];
        for n in 0..LANES {
            y[n] = self.byte(lanes, u[n]);
        }
        y
    }

    /// [`crate::numerics::requantize`]. A sum that lacks its last floor needs none: the floor of a floor is the floor.
    #[inline(always)]
    fn byte<L: Lanes>(&self, lanes: L, sum: f64) -> i8 {
        let y = lanes.floor(sum / 256.0 + (0.5 + self.zero));
        // The lowest byte of the mantissa is the integer.
        (bound(y, self.clamp) + WHOLE).to_bits() as i8
    }
}

fn shift(by: Multiplier, guard: u32) -> f64 {
    2f64.powi(16 + guard as i32 - i32::from(by.s))
}

fn fraction(by: Multiplier) -> f64 {
    f64::from(by.m) / 65_536.0
}

fn panels(numbers: impl Iterator<Item = f64>) -> Vec<Numbers> {
    let numbers: Vec<f64> = numbers.collect();
    let panel = |part: &[f64]| {
        let mut panel = [0.0; LANES];
        panel[..part.len()].copy_from_slice(part);
        panel
    };
    numbers.chunks(LANES).map(panel).collect()
}

#[inline(always)]
fn add(acc: &mut Numbers, weight: f64, sums: &Sums) {
    for n in 0..LANES {
        acc[n] += weight * f64::from(sums[n]);
    }
}

#[inline(always)]
fn product<L: Lanes>(lanes: L, acc: f64, shift: f64, multiplier: f64) -> f64 {
    bound(lanes.floor(acc * shift), SATURATED) * multiplier
}

#[inline(always)]
fn bound(x: f64, [low, high]: [f64; 2]) -> f64 {
    let x = if x > low { x } else { low };
    if x < high { x } else { high }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{Instructions, Task};
    use super::*;
    use crate::integer::Multiplier;
    use crate::numerics::{self, ACCUMULATOR_LIMIT};
    use proptest::prelude::*;

    /// One panel through [`Finish::run`].
    struct One<'a>(&'a Finish, [Sums; 2], i8, &'a mut [i8; LANES]);

    impl Task for One<'_> {
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            *self.3 = self.0.run(lanes, 0, &self.1, &[self.2; LANES]);
        }
    }

    /// Every lane, with and without an operand `r` that is added, on every set of instructions.
    fn equal(acc: i64, by: Multiplier, r: i8, term: Rescale, zero: i8, clamp: [i8; 2]) {
        // What fits 32 bits is in two blocks, the rest in the bias.
        let blocks = [acc / 5, acc / 7].map(|part| part.clamp(i32::MIN.into(), i32::MAX.into()));
        let bias = acc - blocks[0] - blocks[1];
        let u = numerics::scale(acc, by, GUARD_8);
        let v = numerics::rescale(r, term);
        for (residual, sum) in [(None, u), (Some(term), u + v)] {
            let op = Conv {
                window: crate::integer::Window::ONE,
                groups: 1,
                weights: Vec::new(),
                bias: vec![bias; LANES],
                multipliers: vec![by; LANES],
                clamp,
                residual,
            };
            let y = IntTensor {
                name: String::new(),
                shape: crate::integer::Shape::vector(LANES),
                scale: 1.0,
                zero,
            };
            let finish = Finish::new(&op, &y, 0, LANES);
            let expected = numerics::requantize(sum, zero, clamp);
            for instructions in Instructions::available() {
                let mut found = [0; LANES];
                let blocks = blocks.map(|part| [part as i32; LANES]);
                instructions.run(One(&finish, blocks, r, &mut found));
                assert_eq!(found, [expected; LANES], "{acc} {by:?} {instructions:?}");
            }
        }
    }

    #[test]
    fn range_ends_and_ties() {
        let ends = [ACCUMULATOR_LIMIT - 1, 1 - ACCUMULATOR_LIMIT, -1, 0, 1];
        let half = Multiplier { m: 1 << 15, s: 16 };
        let mut term = Rescale {
            multiplier: half,
            zero: -128,
        };
        for acc in ends {
            for s in 8..=55 {
                for m in [0, 1 << 15, 65_535] {
                    term.multiplier.s = s;
                    equal(acc, Multiplier { m, s }, 127, term, -128, [-128, 127]);
                }
            }
        }
        // Halves: every other sum is a tie.
        term.multiplier = half;
        for acc in -600..600 {
            equal(acc, half, -127, term, 3, [-100, 90]);
        }
    }

    proptest! {
        #[test]
        fn equals_the_integers(
            acc in 1 - ACCUMULATOR_LIMIT..ACCUMULATOR_LIMIT,
            small in 0u32..34,
            m in (1u16 << 15)..,
            s in 8u8..=55,
            r: i8,
            by in ((1u16 << 15).., 8u8..=55, any::<i8>()),
            zero: i8,
            ends: [i8; 2],
        ) {
            let clamp = [ends[0].min(ends[1]), ends[0].max(ends[1])];
            let term = Rescale { multiplier: Multiplier { m: by.0, s: by.1 }, zero: by.2 };
            equal(acc >> small, Multiplier { m, s }, r, term, zero, clamp);
        }
    }
}

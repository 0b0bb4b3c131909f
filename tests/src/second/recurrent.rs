//! Sections 6, 7 and 8 of the numerics, and `docs/numerics-recurrent.md`: activations and cells, one step at a time.
//!
//! The knots are computed from their definition, as whole fractions of long series, not read from a table.

use super::exact::{floor_div, round_half_up, saturate, scaled};

/// Sigmoid and tanh of section 6.
pub struct Activations {
    sigmoid: Vec<i128>,
    tanh: Vec<i128>,
}

/// `e^-x` with 60 fraction bits, for `x = numerator / 32`, from the series of `e^(1/32)`.
fn exp_minus(numerator: usize) -> i128 {
    const ONE: i128 = 1 << 60;
    // e^(1/32) = sum 1 / (32^k k!).
    let (mut root, mut term, mut k) = (ONE, ONE, 1);
    while term > 0 {
        term /= 32 * k;
        root += term;
        k += 1;
    }
    let mut value = ONE;
    for _ in 0..numerator {
        value = (value << 60) / root;
    }
    value
}

/// `numerator / denominator` in Q0.15, rounded, capped at 32767.
fn knot(numerator: i128, denominator: i128) -> i128 {
    floor_div(2 * 32768 * numerator + denominator, 2 * denominator).min(32767)
}

impl Default for Activations {
    fn default() -> Self {
        let one = 1i128 << 60;
        let sigmoid = (0..257).map(|i| knot(one, one + exp_minus(i)));
        let tanh = (0..257).map(|i| knot(one - exp_minus(2 * i), one + exp_minus(2 * i)));
        Activations {
            sigmoid: sigmoid.collect(),
            tanh: tanh.collect(),
        }
    }
}

impl Activations {
    fn between(knots: &[i128], x: i128) -> i128 {
        let a = x.abs().min(32767);
        let (i, f) = ((a / 128) as usize, a % 128);
        knots[i] + floor_div((knots[i + 1] - knots[i]) * f + 64, 128)
    }

    /// `sigmoid`, Q3.12 to Q0.15.
    pub fn sigmoid(&self, x: i128) -> i128 {
        let y = Self::between(&self.sigmoid, x);
        sat(if x < 0 { 32768 - y } else { y }, 16)
    }

    /// `tanh`, Q3.12 to Q0.15.
    pub fn tanh(&self, x: i128) -> i128 {
        let y = Self::between(&self.tanh, x);
        sat(if x < 0 { -y } else { y }, 16)
    }
}

fn sat(x: i128, bits: u32) -> i128 {
    saturate(x, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
}

/// Weights, bias and multipliers of one part, row after row.
pub struct Part<'a> {
    /// `rows x columns`.
    pub weights: &'a [i8],
    /// Of each row.
    pub bias: &'a [i64],
    /// `(M, s)` of each row.
    pub multipliers: Vec<(u16, u8)>,
}

impl Part<'_> {
    fn row(&self, row: usize, x: &[i128]) -> i128 {
        let mut acc = i128::from(self.bias[row]);
        for (column, value) in x.iter().enumerate() {
            acc += i128::from(self.weights[row * x.len() + column]) * value;
        }
        let (m, s) = self.multipliers[row];
        scaled(acc, m, s, 0)
    }
}

/// Which formulas.
#[derive(Clone, Copy)]
pub enum Formula {
    /// Section 7, with `cs`.
    Lstm(u32),
    /// Section 8.
    GruResetAfter,
    /// Section 8 and its supplement: two passes.
    GruResetBefore,
    /// Section 8, tanh.
    RnnTanh,
    /// Section 8, ReLU.
    RnnRelu,
}

/// One layer.
pub struct Cell<'a> {
    /// Formulas.
    pub formula: Formula,
    /// Units.
    pub units: usize,
    /// 8 or 16 bits of h.
    pub bits: u32,
    /// `u`.
    pub input: Part<'a>,
    /// `v`.
    pub recurrent: Part<'a>,
    /// Tables.
    pub activations: &'a Activations,
}

/// Kept between steps: h (of a GRU `h16`) and c.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Hidden.
    pub h: Vec<i128>,
    /// Cell.
    pub c: Vec<i128>,
}

impl Cell<'_> {
    /// A number of scale 2^-15 as h.
    fn h_of(&self, q15: i128) -> i128 {
        if self.bits == 16 {
            sat(q15, 16)
        } else {
            sat(round_half_up(q15, 8), 8)
        }
    }

    /// A product of scale 2^-30 as h.
    fn h_of_product(&self, q30: i128) -> i128 {
        if self.bits == 16 {
            sat(round_half_up(q30, 15), 16)
        } else {
            sat(round_half_up(q30, 23), 8)
        }
    }

    /// The byte of unit `n` in the sequence.
    pub fn byte(&self, memory: &Memory, n: usize) -> i128 {
        let wide = matches!(
            self.formula,
            Formula::GruResetAfter | Formula::GruResetBefore
        ) || self.bits == 16;
        if wide {
            sat(round_half_up(memory.h[n], 8), 8)
        } else {
            memory.h[n]
        }
    }

    /// One step.
    pub fn step(&self, x: &[i128], before: &Memory) -> Memory {
        let t = self.activations;
        let n = self.units;
        let mut after = before.clone();
        let sum = |gate: usize, unit: usize, h: &[i128]| {
            sat(
                self.input.row(gate * n + unit, x) + self.recurrent.row(gate * n + unit, h) + 1,
                16,
            )
        };
        for unit in 0..n {
            match self.formula {
                Formula::Lstm(cs) => {
                    let a: Vec<i128> = (0..4).map(|gate| sum(gate, unit, &before.h)).collect();
                    let (i, f, g, o) = (
                        t.sigmoid(a[0]),
                        t.sigmoid(a[1]),
                        t.tanh(a[2]),
                        t.sigmoid(a[3]),
                    );
                    let kept = round_half_up(f * before.c[unit], 15);
                    let c = sat(kept + round_half_up(i * g, 30 - cs), 16);
                    after.c[unit] = c;
                    after.h[unit] = self.h_of_product(o * t.tanh(sat(c * (1 << (12 - cs)), 16)));
                }
                Formula::GruResetAfter | Formula::GruResetBefore => {
                    let h: Vec<i128> = before.h.iter().map(|&h16| self.h_of(h16)).collect();
                    let r = t.sigmoid(sum(0, unit, &h));
                    let z = t.sigmoid(sum(1, unit, &h));
                    let row = 2 * n + unit;
                    let a = if matches!(self.formula, Formula::GruResetAfter) {
                        let v = sat(self.recurrent.row(row, &h), 16);
                        sat(self.input.row(row, x) + 1 + round_half_up(r * v, 15), 16)
                    } else {
                        let masked: Vec<i128> = (0..n)
                            .map(|k| self.h_of_product(t.sigmoid(sum(0, k, &h)) * before.h[k]))
                            .collect();
                        sum(2, unit, &masked)
                    };
                    let mixed = (32768 - z) * t.tanh(a) + z * before.h[unit];
                    after.h[unit] = sat(round_half_up(mixed, 15), 16);
                }
                Formula::RnnTanh => after.h[unit] = self.h_of(t.tanh(sum(0, unit, &before.h))),
                Formula::RnnRelu => after.h[unit] = self.h_of(sum(0, unit, &before.h).max(0)),
            }
        }
        after
    }
}

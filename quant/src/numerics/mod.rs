//! The arithmetic every level computes, one small pure function for each formula of `docs/numerics.md`.
//!
//! Nothing outside this module rounds, shifts or saturates on its own: the CPU reference calls these
//! functions, and hardware is compared with them.

mod activation;
mod affine;
mod bias;
pub mod knots;
mod multiplier;
pub mod recurrent;
mod requantize;
mod round;

pub use activation::{sigmoid, tanh};
pub use affine::{dequantize_value, quantize_value};
pub use bias::{accumulator_bound, fold_bias, weighted_bound};
pub use multiplier::{GUARD_8, GUARD_16, scale};
pub use recurrent::CELL_FRACTION_BITS;
pub use requantize::{requantize, rescale};
pub use round::{rhu, sat, sat_bits, shift};

use thiserror::Error;

/// Accumulators have this many bits (numerics, section 3).
pub const ACCUMULATOR_BITS: u32 = 35;

/// Every accumulator stays strictly below this magnitude (numerics, section 4).
pub const ACCUMULATOR_LIMIT: i64 = 1 << (ACCUMULATOR_BITS - 1);

/// A real number that the integer arithmetic cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NumericsError {
    /// Multipliers are positive real numbers.
    #[error("multiplier {value} is not a positive finite number; check the scales it is made of")]
    MultiplierNotPositive {
        /// What was found.
        value: f64,
    },
    /// Multipliers are below 2^8.
    #[error(
        "multiplier {value} is not below 256; the scale of the result is too small for its operand"
    )]
    MultiplierTooLarge {
        /// What was found.
        value: f64,
    },
    /// A folded bias must fit the accumulator.
    #[error(
        "bias {value} in units of the accumulator is outside +-2^34; scales and bias do not fit each other"
    )]
    BiasTooLarge {
        /// `b / (s_x * s_w)`.
        value: f64,
    },
}

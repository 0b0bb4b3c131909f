//! The bias that goes into the accumulator, and the proof that the accumulator never wraps (numerics, sections 3 and 4).

use super::{ACCUMULATOR_LIMIT, NumericsError};

/// `bias' = round(b / (s_x * s_w)) - z_x * sum(w)` with `round(x) = floor(x + 0.5)`.
///
/// # Errors
/// [`NumericsError::BiasTooLarge`] when the rounded term is not inside `+-2^34`.
pub fn fold_bias(
    bias: f64,
    s_x: f64,
    s_w: f64,
    z_x: i8,
    weights: &[i8],
) -> Result<i64, NumericsError> {
    let value = bias / (s_x * s_w);
    if !value.is_finite() || value.abs() >= ACCUMULATOR_LIMIT as f64 {
        return Err(NumericsError::BiasTooLarge { value });
    }
    let sum: i64 = weights.iter().map(|&w| i64::from(w)).sum();
    Ok((value + 0.5).floor() as i64 - i64::from(z_x) * sum)
}

/// `A = |bias'| + sum|w| * 128`: no int8 input makes a larger accumulator. Saturates instead of wrapping.
#[must_use]
pub fn accumulator_bound(bias: i64, weights: &[i8]) -> u64 {
    weighted_bound(bias, weights, 128)
}

/// `|bias'| + sum|w| * largest`: no input of at most this magnitude makes a larger accumulator.
#[must_use]
pub fn weighted_bound(bias: i64, weights: &[i8], largest: u64) -> u64 {
    let sum: u64 = weights.iter().map(|&w| u64::from(w.unsigned_abs())).sum();
    bias.unsigned_abs()
        .saturating_add(sum.saturating_mul(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_the_zero_point() {
        assert_eq!(fold_bias(1.0, 0.5, 0.25, 0, &[1, 2]), Ok(8));
        assert_eq!(fold_bias(1.0, 0.5, 0.25, -128, &[1, 2]), Ok(8 + 384));
        assert_eq!(fold_bias(0.5, 1.0, 1.0, 0, &[]), Ok(1));
        assert_eq!(fold_bias(-0.5, 1.0, 1.0, 0, &[]), Ok(0));
        assert!(fold_bias(1e12, 1e-6, 1e-6, 0, &[]).is_err());
        assert!(fold_bias(f64::NAN, 1.0, 1.0, 0, &[]).is_err());
    }

    #[test]
    fn bound_counts_both_signs_and_saturates() {
        assert_eq!(accumulator_bound(-5, &[127, -127]), 5 + 254 * 128);
        assert_eq!(accumulator_bound(i64::MIN, &[1]), (1 << 63) + 128);
    }
}

//! Between real numbers and int8, on the host only (numerics, section 1).

/// `q = sat(floor(x / scale + 0.5) + zero)` in f64. Infinities saturate; NaN becomes `zero`, callers refuse it before.
#[must_use]
pub fn quantize_value(x: f64, scale: f64, zero: i8) -> i8 {
    let q = (x / scale + 0.5).floor() + f64::from(zero);
    if q.is_nan() {
        zero
    } else {
        q.clamp(-128.0, 127.0) as i8
    }
}

/// `real = scale * (q - zero)` in f64.
#[must_use]
pub fn dequantize_value(q: i8, scale: f64, zero: i8) -> f64 {
    scale * f64::from(i16::from(q) - i16::from(zero))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_and_range_ends() {
        let cases = [
            (0.5, 1),
            (-0.5, 0),
            (1.5, 2),
            (-1.5, -1),
            (127.4, 127),
            (127.5, 127),
            (-128.5, -128),
            (-129.0, -128),
        ];
        for (x, q) in cases {
            assert_eq!(quantize_value(x, 1.0, 0), q, "{x}");
        }
        assert_eq!(quantize_value(f64::INFINITY, 0.1, 3), 127);
        assert_eq!(quantize_value(f64::NEG_INFINITY, 0.1, 3), -128);
        assert_eq!(quantize_value(f64::NAN, 0.1, 3), 3);
    }

    proptest! {
        #[test]
        fn every_integer_survives_the_round_trip(q: i8, zero: i8, scale in 1e-6f64..1e6) {
            prop_assert_eq!(quantize_value(dequantize_value(q, scale, zero), scale, zero), q);
        }
    }
}

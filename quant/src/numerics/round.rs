//! Rounding, saturation and shifts: the vocabulary of `docs/numerics.md`.

/// `rhu(x, s)`: `x / 2^s`, rounded half up (towards plus infinity). For `|x| < 2^62` and `s <= 62`.
#[must_use]
pub const fn rhu(x: i64, s: u32) -> i64 {
    if s == 0 { x } else { (x + (1 << (s - 1))) >> s }
}

/// `sat(x, lo, hi)`: clamp; both ends are inclusive.
#[must_use]
pub const fn sat(x: i64, lo: i64, hi: i64) -> i64 {
    if x < lo {
        lo
    } else if x > hi {
        hi
    } else {
        x
    }
}

/// `satN(x)`: clamp to the signed range of `bits` bits, `1 <= bits <= 63`.
#[must_use]
pub const fn sat_bits(x: i64, bits: u32) -> i64 {
    let half = 1 << (bits - 1);
    sat(x, -half, half - 1)
}

/// `shift(x, k)`: `floor(x * 2^k)`. For `|x| < 2^(63 - k)` and `-63 <= k <= 62`.
#[must_use]
pub const fn shift(x: i64, k: i32) -> i64 {
    if k >= 0 { x << k } else { x >> -k }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, by Euclidean division of wide integers.
    fn floor_div(x: i128, d: i128) -> i64 {
        x.div_euclid(d) as i64
    }

    #[test]
    fn ties_go_up() {
        let cases = [
            (3, 1, 2),
            (-3, 1, -1),
            (1, 1, 1),
            (-1, 1, 0),
            (128, 8, 1),
            (127, 8, 0),
            (-128, 8, 0),
            (-129, 8, -1),
            (5, 0, 5),
        ];
        for (x, s, y) in cases {
            assert_eq!(rhu(x, s), y, "rhu({x}, {s})");
        }
    }

    #[test]
    fn saturation_keeps_both_ends() {
        let cases = [(127, 127), (128, 127), (-128, -128), (-129, -128), (0, 0)];
        for (x, y) in cases {
            assert_eq!(sat_bits(x, 8), y, "sat8({x})");
        }
        assert_eq!(sat_bits(131_072, 18), 131_071);
        assert_eq!(sat_bits(-131_073, 18), -131_072);
    }

    proptest! {
        #[test]
        fn rhu_is_floor_of_x_plus_half(x in -(1i64 << 61)..(1i64 << 61), s in 0u32..60) {
            let d = 1i128 << s;
            prop_assert_eq!(rhu(x, s), floor_div(2 * i128::from(x) + d, 2 * d));
        }

        #[test]
        fn shift_is_floor_of_x_times_power(x in -(1i64 << 40)..(1i64 << 40), k in -45i32..20) {
            let expected = if k >= 0 { x * (1i64 << k) } else { floor_div(i128::from(x), 1i128 << -k) };
            prop_assert_eq!(shift(x, k), expected);
        }
    }
}

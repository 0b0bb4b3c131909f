//! Sections 1 and 2 of the numerics: rounding, saturation, multipliers.

/// Floor of `a / b`, `b > 0`.
pub fn floor_div(a: i128, b: i128) -> i128 {
    let q = a / b;
    if a % b < 0 { q - 1 } else { q }
}

/// `rhu(x, s)`: `x / 2^s` rounded to the nearest integer, halves upwards, as one exact fraction
/// `floor((2x + 2^s) / 2^(s+1))`.
pub fn round_half_up(x: i128, s: u32) -> i128 {
    floor_div(2 * x + (1 << s), 1 << (s + 1))
}

/// The nearest value inside `[lo, hi]`.
pub fn saturate(x: i128, lo: i128, hi: i128) -> i128 {
    if x > hi {
        hi
    } else if x < lo {
        lo
    } else {
        x
    }
}

/// `M` and `s` of a positive real multiplier below 2^8, from the exact binary value of the `f64`.
///
/// Panics outside `0 < m < 2^8`: callers of a test oracle know what they ask.
pub fn encode(m: f64) -> (u16, u8) {
    assert!(m > 0.0 && m < 256.0, "multiplier {m}");
    let bits = m.to_bits();
    let stored = (bits >> 52) as i32;
    let fraction = i128::from(bits & ((1 << 52) - 1));
    // m = mantissa * 2^power, exactly.
    let (mut mantissa, mut power) = if stored == 0 {
        (fraction, -1074)
    } else {
        (fraction + (1 << 52), stored - 1075)
    };
    while mantissa < 1 << 52 {
        mantissa *= 2;
        power -= 1;
    }
    // 2^52 <= mantissa < 2^53, so floor(log2 m) = power + 52 and e is one more.
    let mut e = power + 53;
    // m * 2^(16-e) = mantissa / 2^37.
    let mut top = floor_div(2 * mantissa + (1 << 37), 1 << 38);
    if top == 1 << 16 {
        top = 1 << 15;
        e += 1;
    }
    let s = 16 - e;
    if s > 55 {
        (0, 55)
    } else {
        (top as u16, s as u8)
    }
}

/// `scale(acc; M, s, G)`: the 18-bit operand first, then one product, floored.
pub fn scaled(acc: i128, m: u16, s: u8, guard: u32) -> i128 {
    let k = 16 + guard as i32 - i32::from(s);
    let shifted = if k >= 0 {
        acc * (1 << k)
    } else {
        floor_div(acc, 1 << -k)
    };
    let operand = saturate(shifted, -(1 << 17), (1 << 17) - 1);
    floor_div(operand * i128::from(m), 1 << 16)
}

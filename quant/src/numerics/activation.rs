//! Sigmoid and tanh on 16 bits, by a table of 257 knots and a line between two of them (numerics, section 6).

use super::knots::{SIGMOID, TANH};
use super::sat_bits;

/// Input bits between two knots.
const FRACTION_BITS: u32 = 7;

/// The value of the table at `|x|`, with a straight line between the knots.
const fn interpolate(table: &[i16; 257], x: i64) -> i64 {
    let a = if x < -32767 {
        32767
    } else if x < 0 {
        -x
    } else if x > 32767 {
        32767
    } else {
        x
    };
    let (i, f) = (
        (a >> FRACTION_BITS) as usize,
        a & ((1 << FRACTION_BITS) - 1),
    );
    let (low, high) = (table[i] as i64, table[i + 1] as i64);
    low + (((high - low) * f + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS)
}

/// `sigmoid(x)`, Q3.12 to Q0.15.
#[must_use]
pub const fn sigmoid(x: i64) -> i64 {
    let y = interpolate(&SIGMOID, x);
    sat_bits(if x < 0 { 32768 - y } else { y }, 16)
}

/// `tanh(x)`, Q3.12 to Q0.15.
#[must_use]
pub const fn tanh(x: i64) -> i64 {
    let y = interpolate(&TANH, x);
    sat_bits(if x < 0 { -y } else { y }, 16)
}

#[cfg(test)]
mod tests {
    use super::super::knots::{SIGMOID_CRC, TANH_CRC};
    use super::*;

    #[test]
    fn the_knots_have_their_checksums() {
        for (table, crc) in [(SIGMOID, SIGMOID_CRC), (TANH, TANH_CRC)] {
            let bytes: Vec<u8> = table.iter().flat_map(|knot| knot.to_le_bytes()).collect();
            assert_eq!(crc32fast::hash(&bytes), crc);
        }
        assert_eq!((SIGMOID_CRC, TANH_CRC), (0x557ea39d, 0x820f14c6));
    }

    /// Largest errors over all inputs, as the page of the numerics states them: one unit of sigmoid, four of tanh.
    #[test]
    fn errors_are_as_small_as_promised() {
        let (mut of_sigmoid, mut of_tanh) = (0.0f64, 0.0f64);
        for x in -32768..=32767i64 {
            let real = x as f64 / 4096.0;
            let error = |y: i64, exact: f64| (y as f64 - (exact * 32768.0).min(32767.0)).abs();
            of_sigmoid = of_sigmoid.max(error(sigmoid(x), 1.0 / (1.0 + (-real).exp())));
            of_tanh = of_tanh.max(error(tanh(x), real.tanh()));
        }
        println!("sigmoid {of_sigmoid:.2}, tanh {of_tanh:.2} units");
        assert!(
            of_sigmoid <= 1.3 && of_tanh <= 4.3,
            "{of_sigmoid} {of_tanh}"
        );
    }

    #[test]
    fn ends_and_symmetry() {
        assert_eq!((sigmoid(0), tanh(0)), (16384, 0));
        assert_eq!((sigmoid(32767), tanh(32767)), (32757, 32767));
        assert_eq!((sigmoid(-32768), tanh(-32768)), (11, -32767));
        for x in 1..=32767 {
            assert_eq!(tanh(-x), -tanh(x));
            assert_eq!(sigmoid(-x), 32768 - sigmoid(x));
        }
    }
}

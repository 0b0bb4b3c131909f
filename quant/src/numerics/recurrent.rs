//! The cells of recurrent layers, one small function for each formula (numerics, sections 7 and 8).
//!
//! Gates and tanh are Q0.15, what goes into them is Q3.12. `bits` is the width of the hidden state that feeds the next
//! step: 8 (scale 2^-7) or 16 (scale 2^-15).

use super::{rhu, sat_bits, sigmoid, tanh};

/// Fraction bits of the cell state of an LSTM, smallest and largest.
pub const CELL_FRACTION_BITS: [u8; 2] = [8, 12];

/// `sat16(u + v + 1)`: the two scaled sums become what the activation reads. Each was floored; the 1 takes back the mean.
#[must_use]
pub const fn preactivation(u: i64, v: i64) -> i64 {
    sat_bits(u + v + 1, 16)
}

/// `c' = sat16( rhu(f * c, 15) + rhu(i * g, 30 - cs) )` from the preactivations of i, f, g.
#[must_use]
pub const fn lstm_cell([a_i, a_f, a_g]: [i64; 3], c: i64, cs: u32) -> i64 {
    let kept = rhu(sigmoid(a_f) * c, 15);
    let added = rhu(sigmoid(a_i) * tanh(a_g), 30 - cs);
    sat_bits(kept + added, 16)
}

/// `h = sat8( rhu(o * tanh(sat16(c' << (12 - cs))), 23) )`, or `sat16( rhu(.., 15) )`.
#[must_use]
pub const fn lstm_hidden(a_o: i64, c: i64, cs: u32, bits: u32) -> i64 {
    let n = sat_bits(c << (12 - cs), 16);
    narrow(sigmoid(a_o) * tanh(n), 15, bits)
}

/// A product or state with `fraction` bits below 2^-15 as a hidden state: rounded once.
const fn narrow(x: i64, fraction: u32, bits: u32) -> i64 {
    sat_bits(rhu(x, fraction + 16 - bits), bits)
}

/// The hidden state of the next product from a state of 16 bits: `sat8( rhu(h16, 8) )`, or `h16` itself.
#[must_use]
pub const fn hidden_of(h16: i64, bits: u32) -> i64 {
    narrow(h16, 0, bits)
}

/// The byte a sequence shows for a hidden state of `bits` bits.
#[must_use]
pub const fn sequence_byte(h: i64, bits: u32) -> i8 {
    sat_bits(rhu(h, bits - 8), 8) as i8
}

/// `n = tanh( sat16( u_n + 1 + rhu(r * sat16(v_n), 15) ) )`: the reset gate after the recurrent product.
#[must_use]
pub const fn gru_candidate_after(u_n: i64, v_n: i64, r: i64) -> i64 {
    tanh(sat_bits(u_n + 1 + rhu(r * sat_bits(v_n, 16), 15), 16))
}

/// `rh = sat8( rhu(r * h16, 23) )`, or `sat16( rhu(.., 15) )`: the reset gate before the recurrent product.
#[must_use]
pub const fn gru_reset(r: i64, h16: i64, bits: u32) -> i64 {
    narrow(r * h16, 15, bits)
}

/// `h16' = sat16( rhu((32768 - z) * n + z * h16, 15) )`.
#[must_use]
pub const fn gru_blend(z: i64, n: i64, h16: i64) -> i64 {
    sat_bits(rhu((32768 - z) * n + z * h16, 15), 16)
}

/// `h = sat8( rhu(tanh(a), 8) )`, or `tanh(a)`.
#[must_use]
pub const fn rnn_tanh(a: i64, bits: u32) -> i64 {
    narrow(tanh(a), 0, bits)
}

/// `h = sat8( rhu(max(0, a), 8) )`, or `max(0, a)`: `a` has the unit of the hidden state, divided by 256.
#[must_use]
pub const fn rnn_relu(a: i64, bits: u32) -> i64 {
    narrow(if a > 0 { a } else { 0 }, 0, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floors_are_taken_back() {
        assert_eq!(preactivation(3, 4), 8);
        assert_eq!(preactivation(32767, 0), 32767);
        assert_eq!(preactivation(-32768, -5), -32768);
        assert_eq!(preactivation(-40000, 40000), 1);
    }

    #[test]
    fn cells_worked_out_by_hand() {
        // i = f = 1/2, g = 0: half of the state, rounded half up.
        assert_eq!(lstm_cell([0, 0, 0], 5, 11), 3);
        assert_eq!(lstm_cell([0, 0, 0], -5, 11), -2);
        // i = 1/2, g = tanh(1) = 24956: 24956 / 2 in units of 2^-11 is 779.9.
        assert_eq!(lstm_cell([0, 0, 4096], 0, 11), 780);
        assert_eq!(lstm_cell([32767, 32767, 32767], 32767, 12), 32767);
        assert_eq!(lstm_cell([32767, 32767, -32768], -32768, 12), -32768);
        // o = 1/2, tanh(1) = 24956: 24956 / 512 = 48.7.
        assert_eq!(lstm_hidden(0, 1 << 11, 11, 8), 49);
        assert_eq!(lstm_hidden(0, 1 << 11, 11, 16), 12478);
        // A large state is cut to the range of tanh, and a hidden state of one does not exist.
        assert_eq!(lstm_hidden(32767, 32767, 8, 8), 127);
        assert_eq!(lstm_hidden(32767, -32768, 8, 8), -128);
    }

    #[test]
    fn gru_worked_out_by_hand() {
        assert_eq!(gru_blend(16384, 100, 201), 151);
        assert_eq!(gru_blend(0, -32767, 5), -32767);
        assert_eq!(gru_blend(32767, 32767, -32768), -32766);
        assert_eq!(gru_reset(16384, 3 << 8, 8), 2);
        assert_eq!(gru_reset(16384, 3, 16), 2);
        assert_eq!(gru_candidate_after(-1, 0, 32767), 0);
        assert_eq!(gru_candidate_after(4095, 0, 0), tanh(4096));
        assert_eq!(gru_candidate_after(0, 1 << 20, 16384), tanh(16385));
    }

    #[test]
    fn plain_cells_and_bytes() {
        assert_eq!((rnn_tanh(4096, 8), rnn_tanh(-4096, 16)), (97, -24956));
        assert_eq!(
            (rnn_relu(128, 8), rnn_relu(127, 8), rnn_relu(-9, 8)),
            (1, 0, 0)
        );
        assert_eq!((rnn_relu(32767, 8), rnn_relu(32767, 16)), (127, 32767));
        assert_eq!((hidden_of(-129, 8), hidden_of(-129, 16)), (-1, -129));
        assert_eq!(
            (sequence_byte(127, 8), sequence_byte(-32768, 16)),
            (127, -128)
        );
        assert_eq!((sequence_byte(128, 16), sequence_byte(32767, 16)), (1, 127));
    }
}

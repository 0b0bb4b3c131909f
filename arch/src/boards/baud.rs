//! The rate of the UART: the core clock divided by a whole number, and how far that is from what the host uses.

use serde::Serialize;

use super::frequency::{Frequency, mhz};

/// The rate may be wrong by so many millionths: a frame of ten bits then ends a fifth of a bit off at most.
pub const MOST_PPM: u64 = 20_000;
/// Fewest clock cycles of a bit: its middle is found within a sixteenth.
pub const FEWEST_CYCLES: u64 = 8;

/// A divider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Divisor {
    /// Clock cycles of one bit.
    pub cycles: u64,
    /// How far the rate is off, in millionths, rounded up.
    pub error_ppm: u64,
}

/// Why there is no divider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaudError {
    /// A bit is too short.
    #[error("{baud} baud of {} MHz leaves {cycles} clock cycles for a bit, less than {FEWEST_CYCLES}", mhz(*clock))]
    Fast {
        /// Clock, Hz.
        clock: u64,
        /// Rate.
        baud: u64,
        /// Cycles of a bit.
        cycles: u64,
    },
    /// The nearest rate is too far off.
    #[error("{} MHz / {cycles} misses {baud} baud by {:.2} %, more than {} %", mhz(*clock), *ppm as f64 / 1e4, MOST_PPM / 10_000)]
    Inexact {
        /// Clock, Hz.
        clock: u64,
        /// Rate.
        baud: u64,
        /// Cycles of a bit.
        cycles: u64,
        /// How far off.
        ppm: u64,
    },
}

/// The divider nearest to a rate.
///
/// # Errors
/// [`BaudError`]: too few cycles for a bit, or a rate that is more than 2 % off.
pub fn divisor(clock: u64, baud: u64) -> Result<Divisor, BaudError> {
    let cycles = (clock + baud / 2).checked_div(baud).unwrap_or(0);
    if cycles < FEWEST_CYCLES {
        return Err(BaudError::Fast {
            clock,
            baud,
            cycles,
        });
    }
    let ppm = Frequency::scaled(clock, 1, cycles).deviation_ppm(baud);
    match ppm {
        0..=MOST_PPM => Ok(Divisor {
            cycles,
            error_ppm: ppm,
        }),
        _ => Err(BaudError::Inexact {
            clock,
            baud,
            cycles,
            ppm,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_by_hand() {
        let of = |clock, baud| divisor(clock, baud).map(|d| (d.cycles, d.error_ppm));
        assert_eq!(of(100_000_000, 3_000_000), Ok((33, 10_102)));
        assert_eq!(of(48_000_000, 3_000_000), Ok((16, 0)));
        assert_eq!(of(54_000_000, 115_200), Ok((469, 534)));
        let fast = divisor(20_000_000, 3_000_000).unwrap_err().to_string();
        assert_eq!(
            fast,
            "3000000 baud of 20 MHz leaves 7 clock cycles for a bit, less than 8"
        );
        let off = divisor(25_600_000, 3_000_000).unwrap_err().to_string();
        assert_eq!(
            off,
            "25.6 MHz / 9 misses 3000000 baud by 5.19 %, more than 2 %"
        );
        assert!(divisor(25_600_000, 0).is_err());
    }
}

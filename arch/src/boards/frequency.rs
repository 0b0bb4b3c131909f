//! Frequencies as quotients of whole numbers, so that a limit is never met by rounding.

use serde::Serialize;
use std::cmp::Ordering;

/// A frequency: `numerator / denominator` Hz.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Frequency {
    numerator: u64,
    denominator: u64,
}

impl Frequency {
    /// `hz * multiply / divide`.
    pub fn scaled(hz: u64, multiply: u64, divide: u64) -> Self {
        Frequency {
            numerator: hz.saturating_mul(multiply),
            denominator: divide.max(1),
        }
    }

    /// To the nearest Hz.
    pub fn hz(&self) -> u64 {
        self.numerator.saturating_add(self.denominator / 2) / self.denominator
    }

    /// Whether it lies between two frequencies, both included.
    pub fn within(&self, [low, high]: [u64; 2]) -> bool {
        self.compare(low) != Ordering::Less && self.compare(high) != Ordering::Greater
    }

    /// Less, equal or more than `hz`.
    pub fn compare(&self, hz: u64) -> Ordering {
        u128::from(self.numerator).cmp(&self.times(hz))
    }

    /// How far from `hz`, in millionths of it, rounded up.
    pub fn deviation_ppm(&self, hz: u64) -> u64 {
        let off = self.distance(hz) * 1_000_000;
        let ppm = off.div_ceil(self.times(hz).max(1));
        u64::try_from(ppm).unwrap_or(u64::MAX)
    }

    /// Whether it is nearer to `hz` than another one.
    pub fn nearer(&self, other: &Frequency, hz: u64) -> Ordering {
        let (mine, theirs) = (self.distance(hz), other.distance(hz));
        let (m, t) = (u128::from(other.denominator), u128::from(self.denominator));
        mine.saturating_mul(m).cmp(&theirs.saturating_mul(t))
    }

    /// Distance from `hz`, in units of `1 / denominator` Hz.
    fn distance(&self, hz: u64) -> u128 {
        u128::from(self.numerator).abs_diff(self.times(hz))
    }

    fn times(&self, hz: u64) -> u128 {
        u128::from(hz) * u128::from(self.denominator)
    }
}

/// Hz as MHz, exact and without trailing zeros.
pub fn mhz(hz: u64) -> String {
    let (whole, rest) = (hz / 1_000_000, hz % 1_000_000);
    match rest {
        0 => whole.to_string(),
        _ => format!("{whole}.{rest:06}").trim_end_matches('0').into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_met_exactly() {
        let third = Frequency::scaled(100, 1, 3);
        assert_eq!(third.hz(), 33);
        assert!(third.within([33, 34]) && !third.within([34, 35]) && !third.within([0, 33]));
        assert!(Frequency::scaled(99, 1, 3).within([33, 33]));
        assert_eq!(Frequency::scaled(101, 1, 1).deviation_ppm(100), 10_000);
        assert_eq!(
            Frequency::scaled(300, 1, 1).nearer(&third, 0),
            Ordering::Greater
        );
    }

    #[test]
    fn megahertz_are_exact() {
        assert_eq!(mhz(12_000_000), "12");
        assert_eq!(mhz(100_500_000), "100.5");
        assert_eq!(mhz(3_125), "0.003125");
    }
}

//! Counts of values in bins, and the ranges that follow from them.

use super::{Method, Range, Scale};

/// Number of bins.
const BINS: usize = 2048;

/// Fractions of the full range that are tried, and how often each end is searched in turn.
const STEPS: usize = 64;
const ROUNDS: usize = 3;

/// Values counted in bins of equal width over a fixed range.
#[derive(Debug, Clone)]
pub struct Histogram {
    full: Range,
    counts: Vec<u64>,
}

impl Histogram {
    /// An empty histogram over a range; values outside count in the outermost bins.
    #[must_use]
    pub fn new(full: Range) -> Self {
        Self {
            full,
            counts: vec![0; BINS],
        }
    }

    /// Counts values.
    pub fn add(&mut self, values: impl IntoIterator<Item = f32>) {
        let factor = BINS as f64 / (self.full.hi - self.full.lo).max(f64::MIN_POSITIVE);
        for value in values {
            let bin = ((f64::from(value) - self.full.lo) * factor) as usize;
            self.counts[bin.min(BINS - 1)] += 1;
        }
    }

    /// Adds the counts of another histogram over the same range.
    pub fn merge(&mut self, other: &Self) {
        for (own, more) in self.counts.iter_mut().zip(&other.counts) {
            *own += more;
        }
    }

    /// The range a method chooses.
    #[must_use]
    pub fn range(&self, method: Method) -> Range {
        match method {
            Method::MinMax => self.full,
            Method::Percentile(percent) => self.percentile(percent),
            Method::Mse => self.least_error(),
        }
    }

    fn width(&self) -> f64 {
        (self.full.hi - self.full.lo) / BINS as f64
    }

    /// Drops bins from both ends while at most `100 - percent` percent of all values are lost at each.
    fn percentile(&self, percent: f64) -> Range {
        let total: u64 = self.counts.iter().sum();
        let allowed = ((100.0 - percent.clamp(50.0, 100.0)) / 100.0 * total as f64) as u64;
        let lost_bins = |counts: &mut dyn Iterator<Item = &u64>| {
            let mut lost = 0;
            counts
                .take_while(|&&count| {
                    lost += count;
                    lost <= allowed
                })
                .count() as f64
        };
        let below = lost_bins(&mut self.counts.iter());
        let above = lost_bins(&mut self.counts.iter().rev());
        Range::new(
            self.full.lo + below * self.width(),
            self.full.hi - above * self.width(),
        )
    }

    /// Shrinks one end after the other to where the squared error is least.
    fn least_error(&self) -> Range {
        let mut best = self.full;
        let mut least = self.error(best);
        for _ in 0..ROUNDS {
            for step in 1..=STEPS {
                let fraction = step as f64 / STEPS as f64;
                for candidate in [
                    Range {
                        hi: self.full.hi * fraction,
                        ..best
                    },
                    Range {
                        lo: self.full.lo * fraction,
                        ..best
                    },
                ] {
                    let error = self.error(candidate);
                    if error < least {
                        (best, least) = (candidate, error);
                    }
                }
            }
        }
        best
    }

    /// Sum of squared differences between values (bin centres) and what int8 makes of them.
    fn error(&self, range: Range) -> f64 {
        let Scale { scale, zero } = range.scale();
        let (lo, hi) = (-128.0 - f64::from(zero), 127.0 - f64::from(zero));
        let squared = |(bin, &count): (usize, &u64)| {
            let x = self.full.lo + (bin as f64 + 0.5) * self.width();
            let error = x - scale * (x / scale + 0.5).floor().clamp(lo, hi);
            error * error * count as f64
        };
        self.counts
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0)
            .map(squared)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10,000 values between -1 and 1 and one outlier.
    fn with_outlier() -> Histogram {
        let mut histogram = Histogram::new(Range::new(-1.0, 50.0));
        histogram.add(
            (0..10_000)
                .map(|i| (i as f32 / 5_000.0) - 1.0)
                .chain([50.0]),
        );
        histogram
    }

    #[test]
    fn methods_differ_in_what_they_do_with_an_outlier() {
        let histogram = with_outlier();
        assert_eq!(
            histogram.range(Method::MinMax),
            Range { lo: -1.0, hi: 50.0 }
        );
        let percentile = histogram.range(Method::Percentile(99.9));
        assert!(
            percentile.hi < 1.1 && percentile.lo < -0.9,
            "{percentile:?}"
        );
        let mse = histogram.range(Method::Mse);
        assert!(histogram.error(mse) <= histogram.error(Range::new(-1.0, 50.0)));
        assert_eq!(
            histogram.range(Method::Percentile(100.0)),
            Range { lo: -1.0, hi: 50.0 }
        );
    }

    #[test]
    fn least_error_keeps_a_uniform_distribution_whole() {
        let mut histogram = Histogram::new(Range::new(0.0, 10.0));
        histogram.add((0..20_000).map(|i| i as f32 / 2_000.0));
        let range = histogram.range(Method::Mse);
        assert!(range.hi > 9.8, "{range:?}");
    }
}

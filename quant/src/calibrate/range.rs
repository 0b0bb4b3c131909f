//! A range of real values and the int8 scale that covers it.

/// A closed range that contains zero.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Range {
    /// At most 0.
    pub lo: f64,
    /// At least 0.
    pub hi: f64,
}

/// Scale and zero of an int8 tensor (numerics, section 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Real value of one step.
    pub scale: f64,
    /// The integer that stands for real zero.
    pub zero: i8,
}

impl Range {
    /// The smallest range that contains both values and zero, so that real zero is exact.
    #[must_use]
    pub fn new(lo: f64, hi: f64) -> Self {
        Self {
            lo: lo.min(0.0),
            hi: hi.max(0.0),
        }
    }

    /// The smallest range that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }

    /// 255 steps over the range. A range of nothing but zero gets steps of 1/128.
    #[must_use]
    pub fn scale(self) -> Scale {
        let span = self.hi - self.lo;
        if span < f64::from(f32::MIN_POSITIVE) {
            return Scale {
                scale: 1.0 / 128.0,
                zero: 0,
            };
        }
        let scale = span / 255.0;
        let zero = (-128.0 - self.lo / scale + 0.5).floor();
        Scale {
            scale,
            zero: zero.clamp(-128.0, 127.0) as i8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{dequantize_value, quantize_value};

    #[test]
    fn zero_is_exact_and_the_ends_are_reached() {
        for (lo, hi) in [
            (0.0, 255.0),
            (-1.0, 1.0),
            (-3.0, 0.5),
            (-7.0, 0.0),
            (2.0, 9.0),
        ] {
            let Scale { scale, zero } = Range::new(lo, hi).scale();
            assert_eq!(dequantize_value(zero, scale, zero), 0.0);
            for x in [lo, hi] {
                let back = dequantize_value(quantize_value(x, scale, zero), scale, zero);
                assert!((back - x).abs() <= scale, "{x} becomes {back}");
            }
        }
        assert_eq!(
            Range::new(0.0, 255.0).scale(),
            Scale {
                scale: 1.0,
                zero: -128
            }
        );
    }
}

//! Axes: round tick values, and positions on them.

/// A linear or logarithmic axis between two values and two positions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) logarithmic: bool,
}

impl Axis {
    pub(super) fn linear(from: f64, to: f64, start: f64, end: f64) -> Self {
        Axis {
            from,
            to,
            start,
            end,
            logarithmic: false,
        }
    }

    pub(super) fn logarithmic(from: f64, to: f64, start: f64, end: f64) -> Self {
        Axis {
            from,
            to,
            start,
            end,
            logarithmic: true,
        }
    }

    /// Position of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let scaled = |v: f64| {
            if self.logarithmic {
                v.max(1e-12).log2()
            } else {
                v
            }
        };
        let span = scaled(self.to) - scaled(self.from);
        let share = if span == 0.0 {
            0.0
        } else {
            (scaled(value) - scaled(self.from)) / span
        };
        self.start + share * (self.end - self.start)
    }

    /// Round values inside the axis: about `count` steps of 1, 2 or 5, or powers of two.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic {
            let (low, high) = (
                self.from.log2().ceil() as i32,
                self.to.log2().floor() as i32,
            );
            let step = ((high - low) / count.max(1) as i32).max(1);
            return (low..=high)
                .step_by(step as usize)
                .map(|e| 2f64.powi(e))
                .collect();
        }
        let rough = (self.to - self.from) / count.max(1) as f64;
        if rough <= 0.0 || !rough.is_finite() {
            return vec![self.from];
        }
        let magnitude = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|f| f * magnitude)
            .into_iter()
            .find(|s| *s >= rough)
            .unwrap_or(rough);
        let first = (self.from / step).ceil() as i64;
        let last = (self.to / step).floor() as i64;
        (first..=last).map(|n| n as f64 * step).collect()
    }
}

/// Two decimals at most, without trailing zeros: coordinates.
pub(super) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A name that fits `limit` characters.
pub(super) fn shortened(name: &str, limit: usize) -> String {
    if name.chars().count() <= limit {
        return name.to_owned();
    }
    let tail: String = name
        .chars()
        .skip(name.chars().count() + 1 - limit)
        .collect();
    format!("\u{2026}{tail}")
}

/// `12k`, `3.5M`: axis labels.
pub(super) fn brief(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            Axis::linear(0.0, 50_287.0, 0.0, 1.0).ticks(6),
            [0.0, 10e3, 20e3, 30e3, 40e3, 50e3]
        );
        assert_eq!(
            Axis::logarithmic(0.7, 20.0, 0.0, 1.0).ticks(8),
            [1.0, 2.0, 4.0, 8.0, 16.0]
        );
        assert_eq!(Axis::linear(3.0, 3.0, 0.0, 1.0).ticks(5), [3.0]);
    }

    #[test]
    fn labels() {
        assert_eq!(
            [brief(0.25), brief(1500.0), brief(2e6)],
            ["0.25", "1.5k", "2M"]
        );
        assert_eq!(shortened("model/block/conv", 8), "\u{2026}ck/conv");
    }
}

//! Time on the wall and on the processor: on a machine that others use too they are far apart.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What one piece of work took.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// On the wall, seconds.
    pub wall: f64,
    /// On processors, seconds.
    pub cpu: f64,
}

/// Whose processor time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The work stays on the thread that measures.
    One,
    /// The work is shared among the threads of the process.
    All,
}

impl Threads {
    fn cpu(self) -> f64 {
        let clock = match self {
            Threads::One => ClockId::ThreadCPUTime,
            Threads::All => ClockId::ProcessCPUTime,
        };
        Duration::try_from(clock_gettime(clock)).map_or(0.0, |time| time.as_secs_f64())
    }

    /// Does `work` and measures it.
    ///
    /// # Errors
    /// The error of `work`.
    pub fn measure<T>(self, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Time)> {
        let (start, cpu) = (Instant::now(), self.cpu());
        let result = work()?;
        let time = Time {
            wall: start.elapsed().as_secs_f64(),
            cpu: self.cpu() - cpu,
        };
        Ok((result, time))
    }
}

/// Lower quartile, median and upper quartile.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// A quarter of the values is below.
    pub low: f64,
    /// The middle.
    pub median: f64,
    /// A quarter of the values is above.
    pub high: f64,
}

impl Spread {
    /// The spread of some values, not a number if there are none.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
            sorted.get(index).copied().unwrap_or(f64::NAN)
        };
        Spread {
            low: at(0.25),
            median: at(0.5),
            high: at(0.75),
        }
    }
}

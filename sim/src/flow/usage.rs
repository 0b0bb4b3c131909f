//! Processor time and memory of the tools that this process has waited for.

use std::time::Instant;

/// A point in time, to measure from.
pub(super) struct Usage {
    start: Instant,
    cpu: f64,
}

/// What was used since then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Used {
    pub(super) wall_seconds: f64,
    pub(super) cpu_seconds: f64,
    /// Largest memory of any child so far, MiB.
    pub(super) peak_mib: u64,
}

impl Usage {
    pub(super) fn begin() -> Self {
        Usage {
            start: Instant::now(),
            cpu: children().0,
        }
    }

    pub(super) fn end(&self) -> Used {
        let (cpu, peak_mib) = children();
        Used {
            wall_seconds: self.start.elapsed().as_secs_f64(),
            cpu_seconds: cpu - self.cpu,
            peak_mib,
        }
    }
}

/// Seconds of processor time of all children that were waited for, and the memory of the largest, MiB.
#[cfg(unix)]
fn children() -> (f64, u64) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return (0.0, 0);
    };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let kib = u64::try_from(usage.max_rss()).unwrap_or_default();
    (micros as f64 / 1e6, kib / 1024)
}

#[cfg(not(unix))]
fn children() -> (f64, u64) {
    (0.0, 0)
}

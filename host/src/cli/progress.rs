//! Stages with their times: a bar on a terminal, one line each elsewhere.

use std::io::IsTerminal;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows stages on standard error and notes how long they took.
pub(crate) struct Progress {
    seconds: Vec<(String, f64)>,
    quiet: bool,
}

impl Progress {
    /// Stages are announced unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Progress {
            seconds: Vec::new(),
            quiet,
        }
    }

    /// Runs one stage of `length` steps (0: unknown). The closure advances the bar.
    pub(crate) fn stage<T>(
        &mut self,
        name: &str,
        length: usize,
        work: impl FnOnce(&ProgressBar) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let bar = self.bar(name, length);
        let start = Instant::now();
        let result = work(&bar);
        let seconds = start.elapsed().as_secs_f64();
        bar.finish_and_clear();
        if result.is_ok() && !self.quiet {
            eprintln!("{name:>12}  {seconds:7.2} s");
        }
        self.seconds.push((name.to_owned(), seconds));
        result
    }

    /// Seconds of each stage so far.
    pub(crate) fn seconds(&self) -> Vec<(String, f64)> {
        self.seconds.clone()
    }

    fn bar(&self, name: &str, length: usize) -> ProgressBar {
        let bar = if length == 0 {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::new(length as u64)
        };
        if self.quiet || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let template = if length == 0 {
            "{prefix:>12}  {spinner}"
        } else {
            "{prefix:>12}  [{bar:32}] {pos}/{len} {eta}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        if length == 0 {
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
        }
        bar
    }
}

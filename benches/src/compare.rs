//! Two sides in turn: the same work by us and by them, round after round, and the ratio of each round.

use crate::clock::{Spread, Threads, Time};

/// Rounds that are measured, after [`WARM_UP`] that are not.
const ROUNDS: usize = 41;
const WARM_UP: usize = 3;

/// What is compared, and how fast we want to be.
pub struct Row<'a> {
    /// First column.
    pub name: &'a str,
    /// Inferences of one round.
    pub count: usize,
    /// Who works.
    pub threads: Threads,
    /// Their time divided by ours must reach this.
    pub goal: f64,
}

/// The head of the table that [`Row::run`] prints.
pub fn head() {
    println!(
        "\n{:<34} {:>9} {:>9}  {:>28}  {:>10}",
        "median time of one inference", "ours", "theirs", "ratio, and middle half of it", "goal"
    );
}

impl Row<'_> {
    /// Measures, prints a line, and tells whether the goal was met.
    ///
    /// On one thread the ratio is one of processor time. On all threads it is one of wall time, because waiting for
    /// each other counts.
    ///
    /// # Errors
    /// The errors of the two sides.
    pub fn run(
        &self,
        mut ours: impl FnMut() -> anyhow::Result<()>,
        mut theirs: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..WARM_UP + ROUNDS {
            let ((), a) = self.threads.measure(&mut ours)?;
            let ((), b) = self.threads.measure(&mut theirs)?;
            if round >= WARM_UP {
                rounds.push((self.seconds(a), self.seconds(b)));
            }
        }
        let each = |time: f64| time / self.count as f64 * 1e6;
        let ours = each(Spread::of(rounds.iter().map(|(a, _)| *a)).median);
        let theirs = each(Spread::of(rounds.iter().map(|(_, b)| *b)).median);
        let ratio = Spread::of(rounds.iter().map(|(a, b)| b / a));
        let met = ratio.median >= self.goal;
        println!(
            "{:<34} {ours:>6.1} us {theirs:>6.1} us  {:>13.2}x ({:>4.2} to {:>4.2})  {:>4} {}",
            self.name,
            ratio.median,
            ratio.low,
            ratio.high,
            format!("{}x", self.goal),
            verdict(met),
        );
        Ok(met)
    }

    fn seconds(&self, time: Time) -> f64 {
        match self.threads {
            Threads::One => time.cpu,
            Threads::All => time.wall,
        }
    }
}

/// How a goal ended.
#[must_use]
pub fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

//! What a campaign counts.

use std::collections::BTreeMap;

use systole::board_process::{Event, FaultPlan};
use systole::link::FaultCounts;

/// Counts of connections with one kind of board and one network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Connections.
    pub connections: u64,
    /// Runs that ended with the right result.
    pub right: u64,
    /// Errors by kind.
    pub errors: BTreeMap<&'static str, u64>,
    /// Damaged bytes, to the board and to the host.
    pub damage: [FaultCounts; 2],
    /// Bytes that passed.
    pub bytes: u64,
    /// Restarts of boards.
    pub restarts: u64,
    /// Ports that disappeared.
    pub pulls: u64,
    /// Lines that were cut.
    pub cuts: u64,
    /// Bursts of random bytes.
    pub garbage: u64,
}

fn sum(counts: &FaultCounts) -> u64 {
    counts.dropped + counts.flipped + counts.duplicated + counts.inserted
}

impl Tally {
    /// All faults.
    #[must_use]
    pub fn faults(&self) -> u64 {
        let single = self.restarts + self.pulls + self.cuts + self.garbage;
        self.damage.iter().map(sum).sum::<u64>() + single
    }

    /// Damaged bytes of both directions: dropped, flipped, duplicated, inserted.
    #[must_use]
    pub fn damaged(&self) -> [u64; 4] {
        let [a, b] = self.damage;
        [
            a.dropped + b.dropped,
            a.flipped + b.flipped,
            a.duplicated + b.duplicated,
            a.inserted + b.inserted,
        ]
    }

    /// Adds what a board did.
    pub fn count(&mut self, plan: &FaultPlan) {
        self.connections += 1;
        self.bytes += plan.bytes();
        for (all, one) in self.damage.iter_mut().zip(plan.counts()) {
            all.dropped += one.dropped;
            all.flipped += one.flipped;
            all.duplicated += one.duplicated;
            all.inserted += one.inserted;
        }
        for event in &plan.happened {
            *match event {
                Event::Restart => &mut self.restarts,
                Event::Pull => &mut self.pulls,
                Event::Cut => &mut self.cuts,
                Event::Garbage(_) => &mut self.garbage,
            } += 1;
        }
    }

    /// Adds the counts of others.
    pub fn add(&mut self, other: &Tally) {
        self.connections += other.connections;
        self.right += other.right;
        self.bytes += other.bytes;
        self.restarts += other.restarts;
        self.pulls += other.pulls;
        self.cuts += other.cuts;
        self.garbage += other.garbage;
        for (kind, count) in &other.errors {
            *self.errors.entry(kind).or_default() += count;
        }
        for (all, one) in self.damage.iter_mut().zip(&other.damage) {
            all.dropped += one.dropped;
            all.flipped += one.flipped;
            all.duplicated += one.duplicated;
            all.inserted += one.inserted;
        }
    }
}

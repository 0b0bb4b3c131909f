//! What goes wrong between terminal and board, planned in advance so that it can be repeated.

use crate::link::{Damage, FaultCounts, FaultRates};
use std::collections::VecDeque;

/// Something that happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The board is reset, or loses its power for a moment.
    Restart,
    /// The cable to the computer is pulled: the port disappears.
    Pull,
    /// The line to the board is cut: the port stays, and nothing passes any more.
    Cut,
    /// A burst of so many random bytes in each direction.
    Garbage(usize),
}

/// Faults of one connection.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    to_board: Damage,
    to_host: Damage,
    /// At which byte of both directions together, in order.
    events: VecDeque<(u64, Event)>,
    bytes: u64,
    /// Events that happened.
    pub happened: Vec<Event>,
}

impl FaultPlan {
    /// Rates for each byte in each direction, and single events by the number of bytes before them. Equal seeds give equal faults.
    #[must_use]
    pub fn new(rates: FaultRates, events: &[(u64, Event)], seed: u64) -> Self {
        let mut events = events.to_vec();
        events.sort_by_key(|(at, _)| *at);
        FaultPlan {
            to_board: Damage::new(rates, seed),
            to_host: Damage::new(rates, !seed),
            events: events.into(),
            bytes: 0,
            happened: Vec::new(),
        }
    }

    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        FaultPlan::new(FaultRates::default(), &[], 0)
    }

    /// Damaged bytes of both directions.
    #[must_use]
    pub fn counts(&self) -> [FaultCounts; 2] {
        [self.to_board.counts, self.to_host.counts]
    }

    /// Bytes of both directions that passed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn towards_board(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.bytes += bytes.len() as u64;
        self.to_board.apply(bytes)
    }

    pub(super) fn towards_host(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.bytes += bytes.len() as u64;
        self.to_host.apply(bytes)
    }

    /// Random bytes for a burst.
    pub(super) fn garbage(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.to_board.random() as u8).collect()
    }

    /// The next event, if it is due.
    pub(super) fn due(&mut self) -> Option<Event> {
        let (at, _) = self.events.front()?;
        if *at > self.bytes {
            return None;
        }
        let (_, event) = self.events.pop_front()?;
        self.happened.push(event);
        Some(event)
    }
}

//! A line that loses, damages, repeats and invents bytes, reproducibly: what the driver is tested on.

use super::transport::{Transport, TransportError};

/// Probability of each fault for each byte, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaultRates {
    /// A byte disappears.
    pub dropped: f64,
    /// One bit of a byte flips.
    pub flipped: f64,
    /// A byte arrives twice.
    pub duplicated: f64,
    /// A random byte arrives before it.
    pub inserted: f64,
}

/// How many faults there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultCounts {
    /// Bytes that disappeared.
    pub dropped: u64,
    /// Bytes with a flipped bit.
    pub flipped: u64,
    /// Bytes that arrived twice.
    pub duplicated: u64,
    /// Bytes that nobody sent.
    pub inserted: u64,
}

/// Damages bytes.
#[derive(Debug, Clone)]
pub struct Damage {
    rates: FaultRates,
    state: u64,
    /// What it did so far.
    pub counts: FaultCounts,
}

impl Damage {
    /// Equal seeds give equal faults.
    #[must_use]
    pub fn new(rates: FaultRates, seed: u64) -> Self {
        Damage {
            rates,
            state: seed ^ 0x9E37_79B9_7F4A_7C15,
            counts: FaultCounts::default(),
        }
    }

    /// SplitMix64.
    pub fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn happens(&mut self, rate: f64) -> bool {
        ((self.random() >> 11) as f64) < rate * (1u64 << 53) as f64
    }

    /// What arrives of these bytes.
    pub fn apply(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 8);
        for &byte in bytes {
            if self.happens(self.rates.inserted) {
                self.counts.inserted += 1;
                out.push(self.random() as u8);
            }
            if self.happens(self.rates.dropped) {
                self.counts.dropped += 1;
                continue;
            }
            let mut flip = 0;
            if self.happens(self.rates.flipped) {
                self.counts.flipped += 1;
                flip = 1 << (self.random() % 8);
            }
            out.push(byte ^ flip);
            if self.happens(self.rates.duplicated) {
                self.counts.duplicated += 1;
                out.push(byte);
            }
        }
        out
    }
}

/// A transport with faults in both directions.
pub struct Faulty<T> {
    inner: T,
    damage: Damage,
}

impl<T: Transport> Faulty<T> {
    /// Wraps a transport. Equal seeds give equal faults.
    pub fn new(inner: T, rates: FaultRates, seed: u64) -> Self {
        Faulty {
            inner,
            damage: Damage::new(rates, seed),
        }
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let bytes = self.damage.apply(bytes);
        self.inner.send(&bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let mut bytes = self.inner.receive(want)?;
        while !bytes.is_empty() {
            let damaged = self.damage.apply(&bytes);
            if !damaged.is_empty() {
                return Ok(damaged);
            }
            // All of them were lost: what the host sees is silence until more arrives.
            bytes = self.inner.receive(want)?;
        }
        Ok(bytes)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.inner.pass(cycles)
    }
}

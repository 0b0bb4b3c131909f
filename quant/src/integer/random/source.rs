//! A small deterministic source of random numbers (SplitMix64, Steele, Lea and Flood 2014).

/// Deterministic random numbers; the same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A source with the given seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `lo` to `hi`, both inclusive.
    pub const fn between(&mut self, lo: usize, hi: usize) -> usize {
        lo + (self.bits() % (hi - lo + 1) as u64) as usize
    }

    /// A number from `lo` to `hi`, both inclusive.
    pub const fn signed(&mut self, lo: i64, hi: i64) -> i64 {
        lo + (self.bits() % (hi - lo + 1) as u64) as i64
    }

    /// True once in `n` times.
    pub const fn one_in(&mut self, n: usize) -> bool {
        self.between(1, n) == 1
    }

    /// One of several values.
    pub fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.between(0, values.len() - 1)]
    }

    /// An int8 value; every eighth is a range end or next to zero.
    pub fn byte(&mut self) -> i8 {
        if self.one_in(8) {
            *self.pick(&[i8::MIN, i8::MAX, 0, -1, 1])
        } else {
            self.bits() as i8
        }
    }

    /// A weight in `[-127, 127]`, range ends more often than by chance.
    pub fn weight(&mut self) -> i8 {
        self.byte().max(-127)
    }
}

//! Decisions drawn from fuzzer bytes: when they run out, every decision is 0.

/// The bytes that are left.
pub struct Source<'a>(pub &'a [u8]);

impl<'a> Source<'a> {
    /// One byte.
    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// At most `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (part, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        part
    }

    /// A number of four bytes.
    pub fn word(&mut self) -> u32 {
        self.take(4)
            .iter()
            .fold(0, |word, &byte| word << 8 | u32::from(byte))
    }

    /// A number of eight bytes.
    pub fn long(&mut self) -> u64 {
        u64::from(self.word()) << 32 | u64::from(self.word())
    }

    /// One of `values`, which are not empty.
    pub fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[usize::from(self.byte()) % values.len()]
    }

    /// A number from 0 to `most`.
    pub fn up_to(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % (most + 1)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

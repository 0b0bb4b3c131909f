//! Sixteen sums at once: the one trait between the arithmetic of layers and what the processor can do.
//!
//! Code that is generic over [`Lanes`] and `#[inline(always)]` is compiled once for each set of instructions by
//! [`Instructions::run`]. All sets compute in integers, or in f64 that is exact, so all give the same bytes.

mod portable;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vector instructions and their detection")]
mod x86;

use std::fmt;

use portable::Portable;
#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512};

/// Sums that are computed at once.
pub(super) const LANES: usize = 16;
/// Products that are added to each sum at once.
pub(super) const DEPTH: usize = 4;

/// Sixteen outputs, four weights of each.
pub(super) type Weights = [i8; LANES * DEPTH];
/// One number for each of sixteen outputs.
pub(super) type Sums = [i32; LANES];

/// Sixteen sums in registers.
pub(super) trait Lanes: Copy {
    type Register: Copy;

    fn load(self, sums: &Sums) -> Self::Register;

    fn store(self, register: Self::Register, sums: &mut Sums);

    /// Adds to sum `n` the products of weights `4 n` to `4 n + 3` and the four bytes of `x`; wraps at 32 bits.
    fn add_products(
        self,
        sums: Self::Register,
        weights: &Weights,
        x: [u8; DEPTH],
    ) -> Self::Register;

    /// The next integer below, for `|x| < 2^51`.
    fn floor(self, x: f64) -> f64;
}

/// Work that is compiled for each set of instructions; `run` must be `#[inline(always)]`, as all that it calls.
pub(super) trait Task {
    fn run<L: Lanes>(self, lanes: L);
}

/// The instructions that the fast reference computes with. The bytes are the same with all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Instructions(Set);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Portable),
}

impl Instructions {
    /// All sets that this processor has, the fastest first. The last one is portable.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let sets = [
            #[cfg(target_arch = "x86_64")]
            Avx512::detect().map(Set::Avx512),
            #[cfg(target_arch = "x86_64")]
            Avx2::detect().map(Set::Avx2),
            Some(Set::Portable(Portable)),
        ];
        sets.into_iter().flatten().map(Self).collect()
    }

    /// The fastest set that this processor has.
    #[must_use]
    pub fn best() -> Self {
        let portable = Self(Set::Portable(Portable));
        Self::available().first().copied().unwrap_or(portable)
    }

    /// Does `task` with this set.
    pub(super) fn run<T: Task>(self, task: T) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(lanes) => lanes.run(task),
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(lanes) => lanes.run(task),
            Set::Portable(lanes) => task.run(lanes),
        }
    }
}

impl fmt::Debug for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(_) => "AVX-512 VNNI",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(_) => "AVX2",
            Set::Portable(_) => "portable",
        })
    }
}

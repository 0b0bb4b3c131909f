//! Sums with the vector instructions of x86-64 processors, if the one at hand has them.
//!
//! This is the only unsafe code of the crate. Each type here is the proof that the processor has its instructions, as
//! nothing but `detect` makes one. Memory is read and written through references to arrays of the full width only.

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi32, _mm256_and_si256, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_slli_epi16, _mm256_srai_epi16, _mm256_srli_epi16,
    _mm256_storeu_si256, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_storeu_si512,
};

use super::{DEPTH, LANES, Lanes, Sums, Task, Weights};

/// 512-bit vectors with VNNI: four products for each of sixteen sums in one instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx512(());

/// 256-bit vectors: two products of 16-bit numbers for each of eight sums in one instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        all.then_some(Self(()))
    }

    pub(super) fn run<T: Task>(self, task: T) {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
        fn compiled<T: Task>(lanes: Avx512, task: T) {
            task.run(lanes);
        }
        // SAFETY: `detect` made `self`, so the processor has these instructions.
        unsafe { compiled(self, task) }
    }
}

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(super) fn run<T: Task>(self, task: T) {
        #[target_feature(enable = "avx2")]
        fn compiled<T: Task>(lanes: Avx2, task: T) {
            task.run(lanes);
        }
        // SAFETY: `detect` made `self`, so the processor has these instructions.
        unsafe { compiled(self, task) }
    }
}

impl Lanes for Avx512 {
    type Register = __m512i;

    #[inline(always)]
    fn load(self, sums: &Sums) -> __m512i {
        // SAFETY: as in `run`; 64 bytes are read, `sums` has as many.
        unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, register: __m512i, sums: &mut Sums) {
        // SAFETY: as in `run`; 64 bytes are written, `sums` has as many.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), register) }
    }

    #[inline(always)]
    fn add_products(self, sums: __m512i, weights: &Weights, x: [u8; DEPTH]) -> __m512i {
        // SAFETY: as in `run`; 64 bytes are read, `weights` has as many.
        unsafe {
            let weights = _mm512_loadu_si512(weights.as_ptr().cast());
            _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(i32::from_le_bytes(x)), weights)
        }
    }

    #[inline(always)]
    fn floor(self, x: f64) -> f64 {
        x.floor()
    }
}

/// Sums of eight outputs each.
type Halves = [__m256i; 2];

impl Lanes for Avx2 {
    type Register = Halves;

    #[inline(always)]
    fn load(self, sums: &Sums) -> Halves {
        let (low, high) = sums.split_at(LANES / 2);
        // SAFETY: as in `run`; 32 bytes are read from each half, which has as many.
        unsafe {
            [
                _mm256_loadu_si256(low.as_ptr().cast()),
                _mm256_loadu_si256(high.as_ptr().cast()),
            ]
        }
    }

    #[inline(always)]
    fn store(self, register: Halves, sums: &mut Sums) {
        let (low, high) = sums.split_at_mut(LANES / 2);
        // SAFETY: as in `run`; 32 bytes are written to each half, which has as many.
        unsafe {
            _mm256_storeu_si256(low.as_mut_ptr().cast(), register[0]);
            _mm256_storeu_si256(high.as_mut_ptr().cast(), register[1]);
        }
    }

    /// Bytes at even and at odd places become 16-bit numbers, whose products are added in pairs: nothing can overflow.
    #[inline(always)]
    fn add_products(self, mut sums: Halves, weights: &Weights, x: [u8; DEPTH]) -> Halves {
        let halves = weights.split_at(LANES * DEPTH / 2);
        // SAFETY: as in `run`; 32 bytes are read from each half, which has as many.
        unsafe {
            let x = _mm256_set1_epi32(i32::from_le_bytes(x));
            let x_even = _mm256_and_si256(x, _mm256_set1_epi16(0xff));
            let x_odd = _mm256_srli_epi16::<8>(x);
            for (sums, weights) in sums.iter_mut().zip([halves.0, halves.1]) {
                let weights = _mm256_loadu_si256(weights.as_ptr().cast());
                let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(weights));
                let odd = _mm256_srai_epi16::<8>(weights);
                let even = _mm256_madd_epi16(even, x_even);
                let odd = _mm256_madd_epi16(odd, x_odd);
                *sums = _mm256_add_epi32(*sums, _mm256_add_epi32(even, odd));
            }
        }
        sums
    }

    #[inline(always)]
    fn floor(self, x: f64) -> f64 {
        x.floor()
    }
}

//! A device against the CPU reference and against the schedule: bytes and cycles, no tolerance.

use super::feed::Feed;
use systole::device::Counters;

/// What a comparison found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Comparison {
    /// Images compared.
    pub(crate) images: usize,
    /// First image whose bytes differ.
    pub(crate) first_difference: Option<usize>,
    /// Counters of the first run.
    pub(crate) counters: Option<Counters>,
    /// Whether all counts of all runs agree with the schedule; `None` without counters.
    pub(crate) cycles_equal: Option<bool>,
}

impl Comparison {
    /// Runs the device on every image. `expected` holds the outputs of the CPU reference.
    pub(crate) fn run(
        feed: &mut Feed,
        inputs: &[Vec<Vec<i8>>],
        expected: &[Vec<Vec<i8>>],
        step: impl Fn(),
    ) -> anyhow::Result<Self> {
        let mut comparison = Comparison::default();
        for (index, (inputs, expected)) in inputs.iter().zip(expected).enumerate() {
            let result = feed.sample(inputs)?;
            if result.outputs != *expected {
                comparison.first_difference.get_or_insert(index);
            }
            if let Some(counters) = result.counters {
                let equal = comparison.cycles_equal.unwrap_or(true);
                comparison.cycles_equal = Some(equal && result.as_scheduled);
                comparison.counters.get_or_insert(counters);
            }
            comparison.images += 1;
            step();
        }
        Ok(comparison)
    }

    /// Whether every byte agreed; `None` if nothing was compared.
    pub(crate) fn bit_equal(&self) -> Option<bool> {
        (self.images > 0).then_some(self.first_difference.is_none())
    }
}

//! A device against the CPU reference and against the schedule: bytes and cycles, no tolerance.

use systole::device::{Counters, Session};
use systole::program::Program;

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
        session: &mut dyn Session,
        program: &Program,
        inputs: &[Vec<Vec<i8>>],
        expected: &[Vec<Vec<i8>>],
        step: impl Fn(),
    ) -> anyhow::Result<Self> {
        let mut comparison = Comparison::default();
        for (index, (inputs, expected)) in inputs.iter().zip(expected).enumerate() {
            let result = session.run(inputs)?;
            if result.outputs != *expected {
                comparison.first_difference.get_or_insert(index);
            }
            if let Some(counters) = result.counters {
                let equal = as_scheduled(program, &counters);
                comparison.cycles_equal = Some(comparison.cycles_equal.unwrap_or(true) && equal);
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

/// Total and the start of every instruction.
fn as_scheduled(program: &Program, counters: &Counters) -> bool {
    counters.cycles == program.cycles() && counters.starts == program.starts
}

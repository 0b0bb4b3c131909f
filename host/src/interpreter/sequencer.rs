//! When instructions start and which faults they raise: the sequencer without the datapath.

use systole_arch::map::FAULTS;
use systole_arch::timing::FETCH;

/// Sticky faults of one run, as bits of the fault byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults(pub u8);

impl Faults {
    /// No fault.
    pub const NONE: Faults = Faults(0);

    /// Adds a fault by its name in [`FAULTS`].
    pub fn raise(&mut self, name: &str) {
        if let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) {
            self.0 |= 1 << fault.bit;
        }
    }

    /// Names and meanings of the faults that are set.
    #[must_use]
    pub fn list(self) -> Vec<(&'static str, &'static str)> {
        FAULTS
            .iter()
            .filter(|fault| self.0 >> fault.bit & 1 != 0)
            .map(|fault| (fault.name, fault.doc))
            .collect()
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self
            .list()
            .iter()
            .map(|(name, doc)| format!("{name} ({doc})"))
            .collect();
        f.write_str(&names.join("; "))
    }
}

/// Cycle at which the instruction after one of this duration starts, and the faults that its duration raises.
pub(super) fn next_start(
    start: u64,
    duration: u32,
    issue_length: u128,
    faults: &mut Faults,
) -> u64 {
    let duration = u64::from(duration);
    if duration < FETCH {
        faults.raise("late_fetch");
    }
    let duration = duration.max(FETCH);
    if u128::from(duration) < issue_length {
        faults.raise("overrun");
    }
    start + duration
}

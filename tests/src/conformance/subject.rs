//! The devices under test, each with the list of what it skips.

use systole::device::{Device, DeviceError, Interpreter};
use systole_arch::Arch;

use super::{Mismatch, Operator, line};

/// Something that a device is not asked for, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// It has no clock: neither cycles nor starts nor other counters.
    Counters(&'static str),
    /// It cannot execute an operator.
    Operator(Operator, &'static str),
}

/// Opens a device for programs of one configuration.
pub type Open = fn(&Arch) -> Result<Box<dyn Device>, DeviceError>;

/// How a device is had.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// It executes graphs instead of programs.
    Reference,
    /// It executes programs.
    Programs(Open),
}

/// A device under test.
#[derive(Clone, Copy)]
pub struct Subject {
    /// Its name in commands and tables.
    pub name: &'static str,
    /// All that it is not asked for.
    pub skips: &'static [Skip],
    pub(super) kind: Kind,
}

/// Every device. A new one gets a line here.
pub const SUBJECTS: [Subject; 4] = [
    Subject {
        name: "cpu",
        skips: &[Skip::Counters(
            "the CPU reference executes graphs and has no clock",
        )],
        kind: Kind::Reference,
    },
    Subject::of("interpreter", &[], |_| Ok(Box::new(Interpreter))),
    Subject::of("link", &[], |arch| Ok(Box::new(line::model(arch)))),
    Subject::of("rtl", &[], |arch| Ok(Box::new(line::rtl(arch)?))),
];

impl Subject {
    /// A device that executes programs.
    #[must_use]
    pub const fn of(name: &'static str, skips: &'static [Skip], open: Open) -> Self {
        let kind = Kind::Programs(open);
        Subject { name, skips, kind }
    }

    /// The device of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SUBJECTS.into_iter().find(|subject| subject.name == name)
    }

    /// Opens the device for programs of one configuration; `None` for one that executes graphs.
    ///
    /// # Errors
    /// [`Mismatch::Device`]: it cannot be had.
    pub fn open(&self, arch: &Arch) -> Option<Result<Box<dyn Device>, Mismatch>> {
        match self.kind {
            Kind::Reference => None,
            Kind::Programs(open) => Some(open(arch).map_err(Mismatch::device(self.name))),
        }
    }

    /// Why an operator is skipped.
    #[must_use]
    pub fn skipped(&self, operator: Operator) -> Option<&'static str> {
        self.skips.iter().find_map(|skip| match skip {
            Skip::Operator(skipped, why) if *skipped == operator => Some(*why),
            _ => None,
        })
    }

    /// Whether its counters are compared.
    #[must_use]
    pub fn counts(&self) -> bool {
        let counters = |skip: &Skip| matches!(skip, Skip::Counters(_));
        !self.skips.iter().any(counters)
    }
}

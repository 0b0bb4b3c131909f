//! Planted errors: each one breaks one line of the product, and a named test has to notice it.
//!
//! A test suite that passes shows little if it also passes on a broken program. The lists in `tests/mutants/`
//! hold the errors as data; [`campaign`] plants them one by one in a copy of the workspace and runs their tests.
//! The result is in `docs/mutants.md`.

pub mod campaign;
mod command;
mod error;
mod known;
mod list;
mod plant;
pub mod report;
mod scratch;

pub use command::{Finished, TestCommand};
pub use error::MutantError;
pub use list::{Mutant, load};
pub use plant::{Misses, plant};
pub use scratch::Scratch;

use serde::{Deserialize, Serialize};

/// Who noticed a planted error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// A test failed.
    Test,
    /// The program does not compile any more.
    Compiler,
    /// A test did not end in time.
    Clock,
}

/// What became of one planted error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Noticed, as it should be.
    Caught(Witness),
    /// The test passes on the broken program: a test is missing.
    Survived,
    /// The text to replace does not occur exactly once: the list has to follow the code.
    Stale {
        /// How often it occurs.
        found: usize,
    },
    /// The test says nothing: it fails, or runs nothing, without the planted error as well.
    NoBaseline(String),
    /// The test is skipped on this machine; its own words.
    LeftOut(String),
    /// Time was up before its turn.
    Waiting,
}

impl Outcome {
    /// Whether the lists, the tests or the code need work because of this outcome.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Outcome::Survived | Outcome::Stale { .. } | Outcome::NoBaseline(_)
        )
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Caught(Witness::Test) => f.write_str("caught"),
            Outcome::Caught(Witness::Compiler) => f.write_str("caught by the compiler"),
            Outcome::Caught(Witness::Clock) => f.write_str("caught by the time limit"),
            Outcome::Survived => f.write_str("SURVIVED"),
            Outcome::Stale { found } => write!(f, "STALE: its text occurs {found} times"),
            Outcome::NoBaseline(why) => write!(f, "NO BASELINE: {why}"),
            Outcome::LeftOut(why) => write!(f, "left out: {why}"),
            Outcome::Waiting => f.write_str("not planted yet"),
        }
    }
}

//! One suite for everything that executes programs: random layers, and every device has to give the same integers
//! in the predicted cycles.
//!
//! A [`Case`] is one layer (or a small network) of a known form. [`Expected`] is what the plain-loop reference and the
//! compiler say about it: every tensor, the start of every instruction. A [`Subject`] is a device under test with the
//! list of what it skips; [`Bench::check`] compares. A failing case is made smaller by [`minimise`], and printed as one
//! line from which it can be run again. [`campaign`] runs thousands.

mod bench;
mod build;
pub mod campaign;
mod case;
mod draw;
mod expected;
mod line;
mod mismatch;
mod operator;
mod recurrent;
pub mod report;
mod shrink;
mod size;
mod steps;
mod subject;

pub use bench::{Bench, Tally};
pub use case::{Case, Direction};
pub use draw::draw;
pub use expected::{Expected, Unfit};
pub use mismatch::Mismatch;
pub use operator::Operator;
pub use shrink::minimise;
pub use size::{SHORT, SIZES, Size};
pub use subject::{Open, SUBJECTS, Skip, Subject};

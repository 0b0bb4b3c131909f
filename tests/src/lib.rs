//! The conformance suite that every device runs, and the independent second implementation of the numerics.
//!
//! Nothing here is part of the product; it exists so that every claim of the product has a check that can fail.

pub mod cells;
pub mod conformance;
pub mod estimates;
#[cfg(unix)]
pub mod faults;
pub mod marks;
pub mod mutants;
pub mod second;

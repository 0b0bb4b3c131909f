//! Executes integer graphs on the CPU, twice: `oracle` in plain loops that follow `docs/numerics.md` word by word,
//! and `fast` for real data sets. Both give the same bytes; everything else is compared with them.

mod error;
pub mod fast;
pub mod oracle;
mod trace;

pub use error::ReferenceError;
pub use trace::{Steps, Trace, final_states};

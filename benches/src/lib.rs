//! What the benchmarks share: clocks, comparisons in turn, the machine, models, and the other runtime.
//!
//! A time alone says more about the machine than about the code. So two sides are measured in one run, in turn, and
//! what is reported is the ratio of each round; times are printed beside the state of the machine.

pub mod clock;
pub mod compare;
pub mod machine;
pub mod models;
pub mod tract;

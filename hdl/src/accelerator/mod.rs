//! The accelerator, one module for each box of `docs/microarchitecture.md`.

mod lane;
mod lane_multiplier;
mod lane_shift;

pub use lane::Lane;
pub use lane_multiplier::LaneMultiplier;
pub use lane_shift::LaneShift;

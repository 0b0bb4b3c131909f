//! A second implementation of `docs/numerics.md`, written from that page alone.
//!
//! It shares no code, no types and no tricks with the first one: unbounded integers stand as `i128`, rounding is
//! written as exact division, multipliers are encoded from the bits of the `f64`, images are walked element by
//! element with padding spelled out. It is slow, and that is fine: where two people read the page and write the same
//! integers, the page is unambiguous.

pub mod evaluate;
mod exact;
mod layers;
pub mod recurrent;

pub use exact::{encode, floor_div, round_half_up, saturate, scaled};
pub use layers::{
    Affine, Convolution, Image, Pool, add, average_pool, concat_channels, convolution, lookup,
    max_pool, requantized,
};

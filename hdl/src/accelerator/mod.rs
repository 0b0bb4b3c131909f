//! The accelerator, one module for each box of `docs/microarchitecture.md`.

mod activation_memory;
mod activation_memory_bank;
mod address_generator;
mod address_generator_fields;
mod address_generator_loops;
mod address_generator_walk;
mod aligner;
mod aligner_mask;
mod aligner_rotator;
mod lane;
mod lane_multiplier;
mod lane_shift;
mod sequencer;
mod sequencer_fetch;
mod token_delay;

pub use activation_memory::ActivationMemory;
pub use activation_memory_bank::Bank;
pub use address_generator::AddressGenerator;
pub use address_generator_fields::AddressFields;
pub use address_generator_loops::PassLoops;
pub use address_generator_walk::Walk;
pub use aligner::Aligner;
pub use aligner_mask::FillMask;
pub use aligner_rotator::Rotator;
pub use lane::Lane;
pub use lane_multiplier::LaneMultiplier;
pub use lane_shift::LaneShift;
pub use sequencer::Sequencer;
pub use sequencer_fetch::ProgramFetch;
pub use token_delay::TokenDelay;

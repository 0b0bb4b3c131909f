//! The byte link of the accelerator: frame receiver, transmitter, and the host port that carries requests out.
//!
//! Work in progress by the maintainer of the array; do not start another one here.

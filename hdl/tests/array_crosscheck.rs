//! The array: the same random vectors in Rust and in Verilog, lint-clean.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::{Multipliers, timing};
use systole_hdl::array::{
    Accumulators, Array, ArraySizes, MaxPool, Multiplier, MultiplierKind, PlaneAccumulators,
};
use systole_hdl::rt::crosscheck::Crosscheck;
use systole_hdl::rt::prelude::Block;

fn agrees<B: Block>(crosscheck: Crosscheck<B>) {
    crosscheck.run().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn multipliers() {
    for kind in [
        MultiplierKind::Generic,
        MultiplierKind::Rows,
        MultiplierKind::Ecp5Rows,
        MultiplierKind::Ecp5Dsp,
    ] {
        agrees(Crosscheck::new("multiplier", || Multiplier::new(kind, 8)).cycles(3000));
    }
    for bits in [2, 5, 12, 16] {
        let generic = || Multiplier::new(MultiplierKind::Generic, bits);
        agrees(Crosscheck::new("multiplier", generic).cycles(3000));
    }
}

#[test]
fn arrays() {
    for (rows, cols) in [(2, 2), (4, 4), (8, 12), (16, 8)] {
        let sizes = ArraySizes {
            rows,
            cols,
            data_bits: 8,
            depth: 16,
            vector_latency: timing::SLOT_TO_VECTOR as usize,
        };
        for multipliers in Multipliers::ALL {
            agrees(Crosscheck::new("array", || Array::new(&sizes, multipliers)).cycles(600));
        }
    }
}

#[test]
fn accumulators_and_max_pool() {
    for lanes in [1, 2, 8, 32] {
        agrees(Crosscheck::new("accumulators", || {
            Accumulators::with_bits(lanes, 21, 35)
        }));
        agrees(Crosscheck::new("plane_accumulators", || {
            PlaneAccumulators::new(lanes, 21)
        }));
        agrees(Crosscheck::new("max_pool", || MaxPool::new(lanes)));
    }
}

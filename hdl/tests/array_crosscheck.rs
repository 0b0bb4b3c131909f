//! The array and the cores made of it: the same random vectors in Rust and in Verilog, lint-clean.

use systole_arch::{Multipliers, timing};
use systole_hdl::array::{Accumulators, Array, ArraySizes, MaxPool, Multiplier, MultiplierKind};
use systole_hdl::cores::{MatmulCore, MatmulSizes};
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
        agrees(Crosscheck::new("multiplier", || Multiplier::new(kind)).cycles(3000));
    }
}

#[test]
fn arrays() {
    for (rows, cols) in [(2, 2), (4, 4), (8, 12), (16, 8)] {
        let sizes = ArraySizes {
            rows,
            cols,
            depth: 16,
            vector_latency: timing::SLOT_TO_VECTOR as usize,
        };
        for multipliers in [
            Multipliers::Generic,
            Multipliers::Lut,
            Multipliers::Ecp5Mixed,
        ] {
            agrees(Crosscheck::new("array", || Array::new(&sizes, multipliers)).cycles(600));
        }
    }
}

#[test]
fn accumulators_and_max_pool() {
    for lanes in [1, 2, 8, 32] {
        agrees(Crosscheck::new("accumulators", || {
            Accumulators::new(lanes, 21)
        }));
        agrees(Crosscheck::new("max_pool", || MaxPool::new(lanes)));
    }
}

#[test]
fn matmul_core() {
    for (rows, cols) in [(2, 2), (4, 8), (8, 8)] {
        let sizes = MatmulSizes {
            rows,
            cols,
            acc_bits: 32,
            activation_words: 16,
            weight_words: 16,
        };
        let check = Crosscheck::new("matmul", || MatmulCore::new(&sizes, Multipliers::Generic))
            .cycles(3000);
        agrees(check.shape(|block, cycle, random| {
            block.reset.next = cycle < 2;
            // Small jobs, so that all loops end; sizes stay what they are while a job runs.
            block.m_rows.next = 3.into();
            block.k_steps.next = 2.into();
            block.n_tiles.next = 2.into();
            block.keep_weights.next = random.one_in(2);
        }));
    }
}

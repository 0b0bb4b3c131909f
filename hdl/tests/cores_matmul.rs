//! The matrix multiplication core: products, stalls on every stream, number formats, and cycles.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod cores_common;

use cores_common::{Job, Random, array, reset, run, wrap};
use proptest::prelude::*;
use systole_hdl::cores::{CoreArray, MatmulCore, MatmulOptions};
use systole_hdl::rt::Sim;
use systole_hdl::rt::spoil_collisions;

/// One product on a core whose memories may be larger.
fn check(
    sim: &mut Sim<MatmulCore>,
    a: &CoreArray,
    shape: [usize; 3],
    gaps: u64,
    random: &mut Random,
) {
    let [m, steps, tiles] = shape;
    let (k, n) = (steps * a.rows, tiles * a.cols);
    let options = MatmulOptions {
        array: *a,
        m,
        k,
        n,
        testbench: None,
    };
    let group = options.sizes().group();
    let left = random.numbers(m * k, a.data_bits);
    let right = random.numbers(k * n, a.data_bits);
    for (port, value) in [("m_rows", m), ("k_steps", steps), ("n_tiles", tiles)] {
        sim.set(port, value as i64).unwrap();
    }
    let mut weights = vec![];
    let mask = (1 << a.data_bits) - 1;
    for tile in 0..tiles {
        for inner in 0..k {
            for first in (0..a.cols).step_by(group) {
                let at = inner * n + tile * a.cols + first;
                weights.push(
                    (0..group).fold(0, |w, i| w | (right[at + i] & mask) << (a.data_bits * i)),
                );
            }
        }
    }
    let job = Job {
        weights,
        activations: left.clone(),
        vectors: m * tiles,
        gaps,
        in_order: false,
    };
    let outcome = run(sim, a, &job, random);
    let mut expected = vec![];
    for tile in 0..tiles {
        for row in 0..m {
            for c in 0..a.cols {
                let products = (0..k).map(|i| left[row * k + i] * right[i * n + tile * a.cols + c]);
                expected.push(wrap(products.sum(), a.acc_bits));
            }
        }
    }
    assert_eq!(outcome.results, expected, "{a:?}: {shape:?}");
    assert_eq!(outcome.lasts, [m * tiles - 1], "{a:?}: {shape:?}");
    if gaps == 0 {
        assert_eq!(outcome.cycles, options.cycles(), "{a:?}: {shape:?}");
        assert_eq!(sim.get("cycles").unwrap() as usize, options.cycles());
    }
}

fn core(array: CoreArray, [m, steps, tiles]: [usize; 3]) -> Sim<MatmulCore> {
    let options = MatmulOptions {
        array,
        m,
        k: steps * array.rows,
        n: tiles * array.cols,
        testbench: None,
    };
    options.check().unwrap_or_else(|e| panic!("{e}"));
    let mut sim = Sim::new(spoil_collisions(|| MatmulCore::new(&options.sizes())));
    reset(&mut sim);
    sim
}

#[test]
fn products_one_after_the_other() {
    let mut random = Random::new(11);
    for (rows, cols, bits, acc) in [
        (2, 2, 8, 32),
        (4, 4, 8, 16),
        (4, 8, 12, 30),
        (8, 8, 8, 32),
        (16, 8, 8, 35),
        (4, 4, 16, 48),
        (2, 4, 2, 20),
    ] {
        let a = array(rows, cols, bits, acc);
        let mut sim = core(a, [40, 5, 4]);
        for gaps in [0, 5, 0, 8] {
            let mut below = |n: u64| 1 + (random.next() % n) as usize;
            let shape = [below(9), below(5), below(4)];
            check(&mut sim, &a, shape, gaps, &mut random);
        }
        check(&mut sim, &a, [1, 1, 1], 0, &mut random);
        check(&mut sim, &a, [40, 1, 3], 0, &mut random);
        // Results come five times as fast as they are taken: the queue is full most of the time.
        check(&mut sim, &a, [40, 1, 3], 8, &mut random);
    }
}

#[test]
fn without_stalls_every_cycle_is_a_slot() {
    let a = array(8, 8, 8, 32);
    let options = MatmulOptions {
        array: a,
        m: 64,
        k: 64,
        n: 64,
        testbench: None,
    };
    assert_eq!(options.cycles(), 64 * 8 * 8 + 19);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn random_products(
        rows in 1u32..4, cols in 0usize..3, data_bits in 2usize..17, extra in 0usize..12,
        m in 1usize..8, steps in 1usize..5, tiles in 1usize..4, gaps in 0u64..7, seed: u64,
    ) {
        let a = array(1 << rows, [2, 4, 8][cols], data_bits, 2 * data_bits + extra);
        let shape = [m, steps, tiles];
        check(&mut core(a, shape), &a, shape, gaps, &mut Random::new(seed));
    }
}

//! The array against plain sums of products: values, and the exact cycle in which they appear.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::{Arch, Multipliers, Timing, timing};
use systole_hdl::array::{
    Accumulators, Array, ArraySizes, MaxPool, Multiplier, MultiplierKind, PlaneAccumulators,
};
use systole_hdl::rt::Sim;
use systole_hdl::rt::spoil_collisions;

/// Small deterministic generator: the tests need no distribution, only variety.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn byte(&mut self) -> i64 {
        match self.next() % 8 {
            0 => -128,
            1 => 127,
            n => i64::from((self.next() + n) as u8 as i8),
        }
    }
}

#[test]
fn multipliers_of_every_kind_multiply() {
    for kind in [
        MultiplierKind::Generic,
        MultiplierKind::Rows,
        MultiplierKind::Ecp5Rows,
        MultiplierKind::Ecp5Dsp,
    ] {
        let mut sim = Sim::new(Multiplier::new(kind, 8));
        let mut random = Random(7);
        let mut expected = vec![];
        for cycle in 0..500 {
            let (w, x) = (random.byte(), random.byte());
            sim.set("weight", w).unwrap();
            sim.set("x", x).unwrap();
            expected.push(w * x);
            sim.tick().unwrap();
            if cycle + 1 >= timing::MULTIPLY as usize {
                assert_eq!(
                    sim.get("product").unwrap(),
                    expected[cycle + 1 - timing::MULTIPLY as usize]
                );
            }
        }
    }
}

/// Loads random weights, feeds random slots, compares every column in every cycle.
fn check_array(rows: usize, cols: usize, slots: usize) {
    let sizes = ArraySizes {
        rows,
        cols,
        data_bits: 8,
        depth: 16,
        vector_latency: timing::SLOT_TO_VECTOR as usize,
    };
    let (group, groups) = (sizes.group(), sizes.groups());
    let mut sim = Sim::new(spoil_collisions(|| {
        Array::new(&sizes, Multipliers::Generic)
    }));
    let mut random = Random((rows * 100 + cols) as u64);
    let weights: Vec<i64> = (0..16 * rows * cols)
        .map(|_| random.byte().max(-127))
        .collect();
    sim.set("write_enable", 1).unwrap();
    for step in 0..16 {
        for row in 0..rows {
            for g in 0..groups {
                let at = (step * rows + row) * cols + g * group;
                let word = (0..group).fold(0, |word, i| word | (weights[at + i] & 0xff) << (8 * i));
                for (port, value) in [
                    ("write_row", row),
                    ("write_group", g),
                    ("write_address", step),
                ] {
                    sim.set(port, value as i64).unwrap();
                }
                sim.set("write_data", word).unwrap();
                sim.tick().unwrap();
            }
        }
    }
    sim.set("write_enable", 0).unwrap();
    for _ in 0..rows + 2 {
        sim.tick().unwrap();
    }
    let steps: Vec<usize> = (0..slots).map(|_| random.next() as usize % 16).collect();
    let vectors: Vec<Vec<i64>> = (0..slots)
        .map(|_| (0..rows).map(|_| random.byte()).collect())
        .collect();
    let arch = Arch {
        rows,
        cols,
        weight_depth: 16,
        lanes: 1,
        ..Arch::preset("8x8").unwrap()
    };
    let latency = Timing::new(&arch).slot_to_sum() as usize;
    let ahead = timing::SLOT_TO_VECTOR as usize;
    for cycle in 0..slots + latency {
        // Registers show the slot in its cycle: inputs of this cycle, outputs of this cycle.
        sim.set("weight", *steps.get(cycle).unwrap_or(&0) as i64)
            .unwrap();
        for r in 0..rows {
            let vector = cycle.checked_sub(ahead).and_then(|slot| vectors.get(slot));
            sim.set(&format!("vector${r}"), vector.map_or(0, |v| v[r]))
                .unwrap();
        }
        sim.settle().unwrap();
        if let Some(slot) = cycle.checked_sub(latency) {
            for c in 0..cols {
                let sum: i64 = (0..rows)
                    .map(|r| weights[(steps[slot] * rows + r) * cols + c] * vectors[slot][r])
                    .sum();
                assert_eq!(
                    sim.get(&format!("sums${c}")).unwrap(),
                    sum,
                    "{rows}x{cols} slot {slot} column {c}"
                );
            }
        }
        sim.tick().unwrap();
    }
}

#[test]
fn every_size_gives_sums_of_products_at_the_documented_cycle() {
    for (rows, cols) in [(2, 2), (4, 4), (2, 8), (8, 2), (4, 12), (8, 8)] {
        check_array(rows, cols, 40);
    }
}

#[test]
fn accumulators_start_at_first() {
    let mut sim = Sim::new(Accumulators::with_bits(3, 20, 35));
    let mut random = Random(3);
    let mut totals = [0i64; 3];
    for cycle in 0..300 {
        let first = cycle == 0 || random.next().is_multiple_of(4);
        sim.set("first", i64::from(first)).unwrap();
        for (c, total) in totals.iter_mut().enumerate() {
            let sum = (random.next() % (1 << 20)) as i64 - (1 << 19);
            sim.set(&format!("sums${c}"), sum).unwrap();
            *total = if first { sum } else { *total + sum };
        }
        sim.tick().unwrap();
        for (c, total) in totals.iter().enumerate() {
            assert_eq!(sim.get(&format!("totals${c}")).unwrap(), *total);
        }
    }
}

/// Bits beyond 35 are dropped, whatever comes.
#[test]
fn a_second_plane_counts_256_times_less() {
    let mut sim = Sim::new(PlaneAccumulators::new(3, 20));
    let mut random = Random(4);
    let mut totals = [0i64; 3];
    for cycle in 0..600 {
        let first = cycle == 0 || random.next().is_multiple_of(4);
        let plane = random.next().is_multiple_of(3);
        sim.set("first", i64::from(first)).unwrap();
        sim.set("next_plane", i64::from(plane)).unwrap();
        for (c, total) in totals.iter_mut().enumerate() {
            let sum = (random.next() % (1 << 20)) as i64 - (1 << 19);
            sim.set(&format!("sums${c}"), sum).unwrap();
            let before = match (first, plane) {
                (true, _) => 0,
                (false, true) => *total << 8,
                (false, false) => *total,
            };
            *total = (before + sum) << 29 >> 29;
        }
        sim.tick().unwrap();
        for (c, total) in totals.iter().enumerate() {
            assert_eq!(sim.get(&format!("totals${c}")).unwrap(), *total);
        }
    }
}

#[test]
fn max_pool_keeps_the_largest() {
    let mut sim = Sim::new(MaxPool::new(4));
    let mut random = Random(5);
    let (mut maxima, mut earlier) = ([0i64; 4], [0i64; 4]);
    for cycle in 0..300 {
        let first = cycle == 0 || random.next().is_multiple_of(4);
        sim.set("first", i64::from(first)).unwrap();
        for (i, maximum) in maxima.iter_mut().enumerate() {
            let x = random.byte();
            sim.set(&format!("vector${i}"), x).unwrap();
            *maximum = if first { x } else { x.max(*maximum) };
        }
        sim.tick().unwrap();
        for (i, maximum) in earlier.iter().enumerate() {
            assert_eq!(sim.get(&format!("maxima${i}")).unwrap(), *maximum);
        }
        earlier = maxima;
    }
}

#[test]
#[ignore = "prints the Verilog of an array, for reading"]
fn print_array() {
    let sizes = ArraySizes {
        rows: 4,
        cols: 8,
        data_bits: 8,
        depth: 16,
        vector_latency: timing::SLOT_TO_VECTOR as usize,
    };
    println!(
        "{}",
        systole_hdl::rt::emit("array", &Array::new(&sizes, Multipliers::Generic)).unwrap()
    );
}

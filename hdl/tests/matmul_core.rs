//! The matrix multiplication core: products, stalls on every stream, and cycles.

use systole_arch::Multipliers;
use systole_hdl::cores::{MatmulCore, MatmulSizes};
use systole_hdl::rt::Sim;

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
        i64::from(self.next() as u8 as i8)
    }
}

/// One job on the core; `gaps` in ten cycles without an offer or without room. Returns the core's cycle count.
fn job(
    sim: &mut Sim<MatmulCore>,
    sizes: &MatmulSizes,
    [m, k, n]: [usize; 3],
    gaps: u64,
    random: &mut Random,
) -> u64 {
    let (rows, cols, group) = (sizes.rows, sizes.cols, sizes.cols.min(4));
    let left: Vec<i64> = (0..m * k * rows).map(|_| random.byte()).collect();
    let right: Vec<i64> = (0..k * rows * n * cols).map(|_| random.byte()).collect();
    for (port, value) in [
        ("m_rows", m),
        ("k_steps", k),
        ("n_tiles", n),
        ("s_axis_tvalid", 0),
        ("m_axis_tready", 0),
    ] {
        sim.set(port, value as i64).unwrap();
    }
    let mut words = vec![];
    for tile in 0..n {
        for inner in 0..k * rows {
            for first in (0..cols).step_by(group) {
                let at = inner * n * cols + tile * cols + first;
                words.push((0..group).fold(0, |w, i| w | (right[at + i] & 0xff) << (8 * i)));
            }
        }
    }
    let (mut word, mut beat, mut got) = (0, 0, vec![]);
    for _ in 0..200_000 {
        let mut offer = |_| random.next() % 10 >= gaps;
        let offers = [
            offer(0) && word < words.len(),
            offer(1) && beat < m * k,
            offer(2),
        ];
        sim.set("s_weight_tvalid", i64::from(offers[0])).unwrap();
        sim.set("s_weight_tdata", *words.get(word).unwrap_or(&0))
            .unwrap();
        sim.set("s_axis_tvalid", i64::from(offers[1])).unwrap();
        for r in 0..rows {
            sim.set(
                &format!("s_axis_tdata${r}"),
                *left.get(beat * rows + r).unwrap_or(&0),
            )
            .unwrap();
        }
        sim.set("m_axis_tready", i64::from(offers[2])).unwrap();
        sim.settle().unwrap();
        word += usize::from(offers[0] && sim.get("s_weight_tready").unwrap() == 1);
        beat += usize::from(offers[1] && sim.get("s_axis_tready").unwrap() == 1);
        let mut last = false;
        if offers[2] && sim.get("m_axis_tvalid").unwrap() == 1 {
            for c in 0..cols {
                got.push(sim.get(&format!("m_axis_tdata${c}")).unwrap());
            }
            last = sim.get("m_axis_tlast").unwrap() == 1;
        }
        sim.tick().unwrap();
        if last {
            break;
        }
    }
    let mut expected = vec![];
    for tile in 0..n {
        for row in 0..m {
            for c in 0..cols {
                let products = (0..k * rows)
                    .map(|i| left[row * k * rows + i] * right[i * n * cols + tile * cols + c]);
                expected.push(products.sum::<i64>());
            }
        }
    }
    assert_eq!(got, expected, "{rows}x{cols}: {m} x {k} x {n}");
    sim.get("cycles").unwrap() as u64
}

#[test]
fn products_with_and_without_stalls() {
    let mut random = Random(11);
    for (rows, cols) in [(2, 2), (4, 4), (4, 8), (8, 8)] {
        let sizes = MatmulSizes {
            rows,
            cols,
            acc_bits: 32,
            activation_words: 64,
            weight_words: 32,
        };
        let mut sim = Sim::new(MatmulCore::new(&sizes, Multipliers::Generic));
        sim.set("reset", 1).unwrap();
        sim.tick().unwrap();
        sim.set("reset", 0).unwrap();
        for gaps in [0, 5, 0, 8] {
            let shape = [
                1 + random.next() as usize % 9,
                1 + random.next() as usize % 5,
                1 + random.next() as usize % 4,
            ];
            job(&mut sim, &sizes, shape, gaps, &mut random);
        }
        job(&mut sim, &sizes, [1, 1, 1], 0, &mut random);
        job(&mut sim, &sizes, [40, 1, 3], 0, &mut random);
    }
}

#[test]
fn without_stalls_every_cycle_is_a_slot() {
    let sizes = MatmulSizes {
        rows: 4,
        cols: 4,
        acc_bits: 32,
        activation_words: 64,
        weight_words: 32,
    };
    let mut sim = Sim::new(MatmulCore::new(&sizes, Multipliers::Generic));
    let cycles = job(&mut sim, &sizes, [8, 4, 4], 0, &mut Random(1));
    // Slots, the way through the array, one cycle in the queue.
    assert_eq!(cycles, 8 * 4 * 4 + sizes.latency() as u64 + 2);
}

#[test]
#[ignore = "writes the core and its test bench into SYSTOLE_OUT"]
fn write_core() {
    let folder = std::env::var("SYSTOLE_OUT").unwrap();
    let sizes = MatmulSizes {
        rows: 8,
        cols: 8,
        acc_bits: 32,
        activation_words: 512,
        weight_words: 64,
    };
    let job = systole_hdl::cores::MatmulJob {
        m: 64,
        k: 64,
        n: 64,
        seed: 1,
    };
    for (name, text) in
        systole_hdl::cores::matmul_files(&sizes, Multipliers::Generic, Some(job)).unwrap()
    {
        std::fs::write(std::path::Path::new(&folder).join(name), text).unwrap();
    }
}

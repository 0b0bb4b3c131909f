//! What the tests of the cores share: random numbers, and a core driven through its streams in the Rust simulation.

use std::fmt::Debug;

use rust_hdl::core::prelude::Block;
use systole_arch::Multipliers;
use systole_hdl::cores::CoreArray;
use systole_hdl::rt::Sim;

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    /// Signed numbers of `bits` bits, the ends of the range included.
    pub(crate) fn numbers(&mut self, count: usize, bits: usize) -> Vec<i64> {
        let low = -(1i64 << (bits - 1));
        let number = |random: u64| match random % 8 {
            0 => low,
            1 => -low - 1,
            _ => low + ((random >> 3) % (1 << bits)) as i64,
        };
        (0..count).map(|_| number(self.next())).collect()
    }
}

pub(crate) fn array(rows: usize, cols: usize, data_bits: usize, acc_bits: usize) -> CoreArray {
    CoreArray {
        rows,
        cols,
        data_bits,
        acc_bits,
        multipliers: Multipliers::Generic,
    }
}

/// What `acc_bits` bits keep of a sum.
pub(crate) fn wrap(value: i64, acc_bits: usize) -> i64 {
    value << (64 - acc_bits) >> (64 - acc_bits)
}

/// What came out of a core.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Results, all lanes of all vectors.
    pub(crate) results: Vec<i64>,
    /// Numbers of the vectors that carried `tlast`.
    pub(crate) lasts: Vec<usize>,
    /// Cycles from the first activation word to the last result, both included.
    pub(crate) cycles: usize,
}

/// The streams of a job.
pub(crate) struct Job {
    /// Words of `s_weight`.
    pub(crate) weights: Vec<i64>,
    /// Lanes of `s_axis`, word by word.
    pub(crate) activations: Vec<i64>,
    /// Result vectors to wait for.
    pub(crate) vectors: usize,
    /// Of ten cycles, those without an offer or without room, in each stream.
    pub(crate) gaps: u64,
    /// Activations wait for the weights, so that cycles can be counted.
    pub(crate) in_order: bool,
}

/// Runs a job. An offer, once made, stays until it is taken.
pub(crate) fn run<B: Block>(
    sim: &mut Sim<B>,
    array: &CoreArray,
    job: &Job,
    random: &mut Random,
) -> Outcome {
    let (mut weight, mut word, mut started) = (0, 0, None);
    let mut offers = [false; 2];
    let mut outcome = Outcome {
        results: vec![],
        lasts: vec![],
        cycles: 0,
    };
    let words = job.activations.len() / array.rows;
    for cycle in 0..400_000 {
        let mut pause = || random.next() % 10 < job.gaps;
        offers[0] = weight < job.weights.len() && (offers[0] || !pause());
        let waits = job.in_order && weight < job.weights.len();
        offers[1] = word < words && !waits && (offers[1] || !pause());
        let ready = !pause();
        sim.set("s_weight_tvalid", i64::from(offers[0])).unwrap();
        sim.set("s_weight_tdata", *job.weights.get(weight).unwrap_or(&0))
            .unwrap();
        sim.set("s_axis_tvalid", i64::from(offers[1])).unwrap();
        for r in 0..array.rows {
            let value = *job.activations.get(word * array.rows + r).unwrap_or(&0);
            sim.set(&format!("s_axis_tdata${r}"), value).unwrap();
        }
        sim.set("m_axis_tready", i64::from(ready)).unwrap();
        sim.settle().unwrap();
        if offers[0] && sim.get("s_weight_tready").unwrap() == 1 {
            (weight, offers[0]) = (weight + 1, false);
        }
        if offers[1] && sim.get("s_axis_tready").unwrap() == 1 {
            (word, offers[1]) = (word + 1, false);
            started.get_or_insert(cycle);
        }
        if ready && sim.get("m_axis_tvalid").unwrap() == 1 {
            if sim.get("m_axis_tlast").unwrap() == 1 {
                outcome.lasts.push(outcome.results.len() / array.cols);
            }
            for c in 0..array.cols {
                outcome
                    .results
                    .push(sim.get(&format!("m_axis_tdata${c}")).unwrap());
            }
        }
        sim.tick().unwrap();
        if outcome.results.len() == job.vectors * array.cols {
            outcome.cycles = cycle + 1 - started.unwrap_or(cycle);
            // Nothing else comes.
            sim.set("s_axis_tvalid", 0).unwrap();
            sim.set("s_weight_tvalid", 0).unwrap();
            sim.settle().unwrap();
            assert_eq!(sim.get("m_axis_tvalid").unwrap(), 0, "a result too many");
            return outcome;
        }
    }
    panic!("only {} numbers came", outcome.results.len());
}

pub(crate) fn reset<B: Block>(sim: &mut Sim<B>) {
    sim.set("reset", 1).unwrap();
    sim.tick().unwrap();
    sim.set("reset", 0).unwrap();
}

//! The recurrent cores: hidden states equal to plain integers, stalls on every stream, cycles in closed form, Verilog equal to Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod recurrent_layer;
mod recurrent_model;

use proptest::prelude::*;
use systole_hdl::cores::{RecurrentCore, RecurrentData, RecurrentKind, RecurrentOptions};
use systole_hdl::rt::crosscheck::{Crosscheck, Random};
use systole_hdl::rt::{Sim, spoil_collisions};

use recurrent_layer::{LSTM, layer, options};

type Words = Vec<(Vec<i64>, bool)>;

/// A core, and what of its layer has been sent.
struct Bench {
    sim: Sim<RecurrentCore>,
    options: RecurrentOptions,
}

/// Words of all streams of a job.
struct Streams {
    weights: Vec<i64>,
    parameters: Vec<[u32; 2]>,
    steps: Words,
    expected: Words,
}

impl Streams {
    fn new(o: &RecurrentOptions, data: &RecurrentData, load: bool) -> Self {
        let pack = |word: &Vec<i64>| word.iter().rev().fold(0, |all, w| all << 8 | w & 255);
        let mut streams = Streams {
            weights: o.weight_stream(&data.weights).iter().map(pack).collect(),
            parameters: o.parameter_stream(&data.parameters),
            steps: vec![],
            expected: vec![],
        };
        if !load {
            (streams.weights, streams.parameters) = (vec![], vec![]);
        }
        for sequence in &data.sequences {
            // Nobody reads the bytes that fill up a step.
            streams.steps.extend(o.input_stream(sequence, 93));
            streams.expected.extend(o.result_stream(sequence));
        }
        streams
    }
}

impl Bench {
    fn new(options: &RecurrentOptions) -> Self {
        options.check().unwrap_or_else(|e| panic!("{e}"));
        let mut bench = Bench {
            sim: Sim::new(spoil_collisions(|| RecurrentCore::new(options))),
            options: *options,
        };
        bench.reset();
        bench
    }

    fn reset(&mut self) {
        self.sim.set("reset", 1).unwrap();
        self.sim.tick().unwrap();
        self.sim.set("reset", 0).unwrap();
    }

    /// One cycle: offers the words, returns which of the streams moved and the result word.
    fn cycle(&mut self, offers: [bool; 4], words: (i64, [u32; 2], &(Vec<i64>, bool))) -> Moved {
        let sim = &mut self.sim;
        let valid = [
            "s_weight_tvalid",
            "s_param_tvalid",
            "s_axis_tvalid",
            "m_axis_tready",
        ];
        for (port, offer) in valid.iter().zip(offers) {
            sim.set(port, i64::from(offer)).unwrap();
        }
        sim.set("s_weight_tdata", words.0).unwrap();
        for (lane, word) in words.1.iter().enumerate() {
            sim.set(&format!("s_param_tdata${lane}"), i64::from(*word))
                .unwrap();
        }
        for (lane, byte) in words.2.0.iter().enumerate() {
            sim.set(&format!("s_axis_tdata${lane}"), *byte).unwrap();
        }
        sim.set("s_axis_tlast", i64::from(words.2.1)).unwrap();
        sim.settle().unwrap();
        let answer = [
            "s_weight_tready",
            "s_param_tready",
            "s_axis_tready",
            "m_axis_tvalid",
        ];
        let mut both = [false; 4];
        for ((both, port), offer) in both.iter_mut().zip(answer).zip(offers) {
            *both = offer && sim.get(port).unwrap() == 1;
        }
        let result = both[3].then(|| {
            let byte = |lane| sim.get(&format!("m_axis_tdata${lane}")).unwrap();
            let bytes = (0..self.options.lanes).map(byte).collect();
            (bytes, sim.get("m_axis_tlast").unwrap() == 1)
        });
        sim.tick().unwrap();
        Moved { both, result }
    }

    /// Sends a job; of ten cycles, every stream pauses in `gaps`. Ends after `limit` results. Returns results, and cycles from
    /// the first word of a step to the last result.
    fn run(&mut self, s: &Streams, gaps: u64, limit: usize, random: &mut Random) -> (Words, usize) {
        let nothing = (vec![0; self.options.rows], false);
        let (mut at, mut offers, mut started) = ([0; 3], [false; 3], None);
        let lengths = [s.weights.len(), s.parameters.len(), s.steps.len()];
        let mut results = vec![];
        for cycle in 0..2_000_000 {
            let loaded = at[0] == lengths[0] && at[1] == lengths[1];
            for stream in 0..3 {
                let waits = stream == 2 && gaps == 0 && !loaded;
                let pause = random.below(10) < gaps;
                offers[stream] =
                    at[stream] < lengths[stream] && !waits && (offers[stream] || !pause);
            }
            let ready = random.below(10) >= gaps;
            let words = (
                s.weights.get(at[0]).copied().unwrap_or(0),
                s.parameters.get(at[1]).copied().unwrap_or([0; 2]),
                s.steps.get(at[2]).unwrap_or(&nothing),
            );
            let moved = self.cycle([offers[0], offers[1], offers[2], ready], words);
            for stream in 0..3 {
                if moved.both[stream] {
                    (at[stream], offers[stream]) = (at[stream] + 1, false);
                }
            }
            if moved.both[2] && started.is_none() {
                started = Some(cycle);
            }
            results.extend(moved.result);
            if results.len() == limit {
                return (results, cycle + 1 - started.unwrap_or(cycle));
            }
        }
        panic!("only {} words came of {:?}", results.len(), self.options);
    }

    fn check(&mut self, data: &RecurrentData, load: bool, gaps: u64, random: &mut Random) {
        let streams = Streams::new(&self.options, data, load);
        let o = self.options;
        let (results, cycles) = self.run(&streams, gaps, streams.expected.len(), random);
        assert_eq!(results, streams.expected, "{o:?}");
        if gaps == 0 {
            let steps = data
                .sequences
                .iter()
                .map(|s| s.inputs.len() / o.inputs)
                .sum();
            assert_eq!(cycles, o.cycles(steps), "{o:?}, {steps} steps");
        }
        // Nothing else comes.
        let nothing = (vec![0; o.rows], false);
        for _ in 0..100 {
            let moved = self.cycle([false, false, false, true], (0, [0; 2], &nothing));
            assert_eq!(moved.result, None, "a result too many");
        }
    }
}

struct Moved {
    both: [bool; 4],
    result: Option<(Vec<i64>, bool)>,
}

#[test]
fn layers_with_and_without_stalls() {
    let mut random = Random::new(1);
    let mut bytes = vec![];
    for (kind, array, sizes) in [
        (LSTM, [8, 8, 4], [11, 13]),
        (LSTM, [2, 2, 1], [1, 1]),
        (LSTM, [2, 2, 2], [5, 6]),
        (LSTM, [4, 8, 2], [3, 9]),
        (LSTM, [8, 8, 8], [17, 10]),
        (LSTM, [16, 4, 4], [20, 3]),
        (RecurrentKind::Lstm { cell_bits: 8 }, [8, 4, 4], [9, 4]),
        (RecurrentKind::Lstm { cell_bits: 12 }, [4, 12, 4], [6, 10]),
        (RecurrentKind::Gru, [8, 8, 4], [11, 13]),
        (RecurrentKind::Gru, [2, 4, 1], [1, 1]),
        (RecurrentKind::Gru, [4, 4, 2], [5, 9]),
        (RecurrentKind::Gru, [8, 16, 8], [7, 9]),
    ] {
        let o = options(kind, array, sizes);
        let data = layer(&o, &[3, 1, 4, 1, 1, 2], &mut random);
        for gaps in [0, 6] {
            Bench::new(&o).check(&data, true, gaps, &mut random);
        }
        bytes.extend(data.sequences.iter().flat_map(|s| s.hidden.clone()));
    }
    // The layers are neither silent nor saturated.
    let middle = bytes.iter().filter(|b| (8..120).contains(&b.abs())).count();
    assert!(middle * 3 > bytes.len(), "{middle} of {}", bytes.len());
}

#[test]
fn cycles_do_not_depend_on_which_side_is_slower() {
    let mut random = Random::new(2);
    // Long steps to load, long latency, many beats, many units.
    for (array, sizes) in [
        ([2, 8, 2], [30, 2]),
        ([8, 4, 4], [3, 3]),
        ([8, 8, 1], [5, 5]),
        ([4, 4, 4], [4, 16]),
        ([2, 4, 1], [1, 2]),
        ([4, 4, 1], [1, 4]),
    ] {
        for kind in [LSTM, RecurrentKind::Gru] {
            let o = options(kind, array, sizes);
            for steps in [1, 2, 3, 6] {
                let data = layer(&o, &[steps], &mut random);
                Bench::new(&o).check(&data, true, 0, &mut random);
            }
        }
    }
}

#[test]
fn later_sequences_use_the_weights_that_are_there() {
    let mut random = Random::new(3);
    for kind in [LSTM, RecurrentKind::Gru] {
        let o = options(kind, [4, 8, 4], [6, 7]);
        let data = layer(&o, &[2, 3, 1, 1, 2], &mut random);
        let mut bench = Bench::new(&o);
        for (n, sequence) in data.sequences.iter().enumerate() {
            let one = RecurrentData {
                sequences: vec![sequence.clone()],
                ..data.clone()
            };
            bench.check(&one, n == 0, [0, 5][n % 2], &mut random);
        }
    }
}

#[test]
fn reset_drops_a_job_and_takes_other_weights() {
    let mut random = Random::new(4);
    let o = options(LSTM, [4, 4, 2], [5, 6]);
    let mut bench = Bench::new(&o);
    for results in [1, 2, 5, 9, 14, 20] {
        let data = layer(&o, &[4, 3], &mut random);
        let streams = Streams::new(&o, &data, true);
        bench.run(&streams, results as u64 % 5, results, &mut random);
        bench.reset();
        let data = layer(&o, &[2, 1], &mut random);
        bench.check(&data, true, 0, &mut random);
        bench.reset();
    }
}

/// While nobody takes results, the core stops in front of its queue, and loses nothing.
#[test]
fn a_queue_that_is_never_emptied_stops_the_core() {
    let mut random = Random::new(5);
    let o = options(LSTM, [4, 4, 4], [3, 6]);
    let data = layer(&o, &[9], &mut random);
    let streams = Streams::new(&o, &data, true);
    let mut bench = Bench::new(&o);
    bench.run(&streams, 0, 1, &mut random);
    let nothing = (vec![0; o.rows], false);
    for _ in 0..3000 {
        bench.cycle([false; 4], (0, [0; 2], &nothing));
    }
    // The steps that were sent before the first result, with the words that follow it.
    let mut words = 1;
    for _ in 0..1000 {
        let moved = bench.cycle([false, false, false, true], (0, [0; 2], &nothing));
        if let Some(result) = moved.result {
            assert_eq!(result, streams.expected[words]);
            words += 1;
        }
    }
    assert!(words >= 3 * o.words(), "{words}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn random_sizes(
        rows in 1u32..5, cols in 0usize..5, lanes in 0u32..4, cell_bits in 7usize..13, inputs in 1usize..20, hidden in 1usize..16,
        lengths in proptest::collection::vec(1usize..4, 1..4), gaps in 0u64..8, seed: u64,
    ) {
        let kind = if cell_bits == 7 { RecurrentKind::Gru } else { RecurrentKind::Lstm { cell_bits } };
        let o = options(kind, [1 << rows, [2, 4, 8, 12, 16][cols], 1 << lanes], [inputs, hidden]);
        prop_assume!(o.check().is_ok());
        let mut random = Random::new(seed);
        let data = layer(&o, &lengths, &mut random);
        Bench::new(&o).check(&data, true, gaps / 2 * 2, &mut random);
    }
}

#[test]
fn rust_and_verilog_agree() {
    for (kind, array, sizes) in [
        (LSTM, [2, 4, 1], [3, 3]),
        (LSTM, [4, 4, 4], [5, 4]),
        (RecurrentKind::Gru, [2, 2, 2], [3, 2]),
        (RecurrentKind::Gru, [8, 8, 8], [9, 8]),
    ] {
        let o = options(kind, array, sizes);
        Crosscheck::new(kind.name(), || RecurrentCore::new(&o))
            .cycles(4000)
            .shape(|block, cycle, random| {
                block.reset.next = cycle < 2 || random.one_in(2000);
                block.s_axis_tlast.next = random.one_in(4);
            })
            .run()
            .unwrap_or_else(|e| panic!("{e}"));
    }
}

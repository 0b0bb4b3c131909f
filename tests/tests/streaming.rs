//! A signal in chunks is the signal: any split gives the outputs and the states of one run, on every device that executes
//! programs, in the predicted cycles. `SYSTOLE_CASES` is the number of splits for each device and size.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use systole::device::{Cpu, Device, Stream};
use systole_arch::Arch;
use systole_quant::integer::random::{Builder, Form};
use systole_quant::integer::{Cell, IntGraph, RecurrentState, Shape, StepAxis, Window};
use systole_quant::reference::{Steps, oracle};
use systole_tests::cells::CELLS;
use systole_tests::conformance::{SHORT, SIZES, Size, Subject};

/// The form of a network and the lengths of the chunks; numbers come from the seed.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    cells: Vec<Cell>,
    hidden: usize,
    /// Bits of the hidden states, one for each layer.
    bits: Vec<u8>,
    /// Extent across the steps, and channels of a frame.
    frame: [usize; 2],
    axis: StepAxis,
    /// A convolution within each frame comes first.
    convolution: bool,
    /// What comes behind: nothing, a layer for every step, a layer for the last step.
    end: usize,
    initial: bool,
    chunks: Vec<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    let form = (
        prop::collection::vec(
            (
                prop::sample::select(&CELLS[..]),
                prop::sample::select(&[8, 16][..]),
            ),
            1..=2,
        ),
        1..=16usize,
        [1..=4usize, 1..=12usize],
        prop::sample::select(&[StepAxis::Rows, StepAxis::Columns][..]),
    );
    let rest = (any::<bool>(), 0..3usize, any::<bool>());
    let chunks = prop::collection::vec(1..=6usize, 1..=5);
    (any::<u64>(), form, rest, chunks).prop_map(|(seed, form, rest, chunks)| Case {
        seed,
        cells: form.0.iter().map(|layer| layer.0).collect(),
        bits: form.0.iter().map(|layer| layer.1).collect(),
        hidden: form.1,
        frame: form.2,
        axis: form.3,
        convolution: rest.0,
        end: rest.1,
        initial: rest.2,
        chunks,
    })
}

impl Case {
    /// The network over the whole signal, and the signal.
    fn build(&self) -> (IntGraph, Vec<Vec<i8>>) {
        let mut b = Builder::new(self.seed);
        let steps: usize = self.chunks.iter().sum();
        let [across, channels] = self.frame;
        let rows = self.axis == StepAxis::Rows;
        let oriented = |along: usize, across: usize| {
            if rows {
                [along, across]
            } else {
                [across, along]
            }
        };
        let [h, w] = oriented(steps, across);
        let mut x = b.input(Shape::new(h, w, channels));
        if self.convolution {
            let [top, left] = oriented(0, 1);
            let window = Window {
                kernel: oriented(1, 2),
                stride: oriented(1, 2),
                dilation: [1, 1],
                pads: [top, left, 0, 0],
            };
            let few = 1 + channels / 2;
            x = b.conv(x, window, 1, few, None).unwrap_or(x);
        }
        let mut axis = self.axis;
        for (&cell, &hidden_bits) in self.cells.iter().zip(&self.bits) {
            let form = Form {
                cell,
                steps: axis,
                reverse: false,
                hidden: self.hidden,
                hidden_bits,
                initial: self.initial,
            };
            x = b.recurrent_layer(x, form);
            axis = StepAxis::Rows;
        }
        if self.end == 2 {
            x = b.part(x, [steps - 1, 0, 0], Shape::vector(self.hidden));
        }
        if self.end > 0 {
            b.conv(x, Window::ONE, 1, 5, None).unwrap();
        }
        b.finish()
    }
}

/// State number `n` of a layer.
fn state_after(steps: &Steps, n: usize, hidden: usize) -> RecurrentState {
    let part = |values: &[i16]| {
        values
            .chunks(hidden)
            .nth(n)
            .map_or_else(Vec::new, <[i16]>::to_vec)
    };
    RecurrentState {
        hidden: part(&steps.hidden),
        cell: part(&steps.cell),
    }
}

/// Feeds the chunks; after each one outputs and states are those of one run over everything so far. Then once more, from
/// the beginning.
fn check(case: &Case, device: &dyn Device, arch: &Arch, counts: bool) -> Result<(), TestCaseError> {
    let (graph, signal) = case.build();
    let whole = oracle::trace(&graph, &signal, &graph.initial_states()).unwrap();
    let mut stream = Stream::open(&graph, arch, device, case.chunks[0])
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    for _ in 0..2 {
        let (mut at, mut outputs) = (0, Vec::new());
        for &length in &case.chunks {
            let chunk = graph.cut_steps(&signal, at..at + length).unwrap();
            let result = stream
                .feed(&chunk)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            at += length;
            let prefix = graph.with_steps(at).unwrap();
            let begin = graph.cut_steps(&signal, 0..at).unwrap();
            let expected = oracle::run(&prefix, &begin).unwrap();
            for (found, &id) in result.outputs.iter().zip(&graph.outputs) {
                let so_far = &expected[id];
                prop_assert_eq!(
                    found,
                    &so_far[so_far.len() - found.len()..],
                    "output at {}",
                    at
                );
            }
            outputs.push(result.outputs);
            let states: Vec<RecurrentState> = whole
                .steps
                .iter()
                .map(|steps| state_after(steps, at - 1, case.hidden))
                .collect();
            prop_assert_eq!(stream.states().unwrap(), states, "states at {}", at);
            if counts {
                let cycles = result.counters.unwrap().cycles;
                prop_assert_eq!(cycles, stream.program().cycles());
            }
        }
        let ends = graph.outputs.iter().map(|&id| whole.tensors[id].clone());
        prop_assert_eq!(
            graph.join_steps(&outputs).unwrap(),
            ends.collect::<Vec<_>>()
        );
        stream.reset();
    }
    Ok(())
}

fn number(cases: u32) -> u32 {
    let given = std::env::var("SYSTOLE_CASES").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(cases)
}

fn any_split(device: &str, size: Size, count: u32) {
    let arch = size.arch();
    let device = match Subject::named(device).unwrap().open(&arch).unwrap() {
        Ok(device) => device,
        Err(mismatch) => {
            let missing = mismatch.missing_tool();
            let reason = missing.unwrap_or_else(|| panic!("{mismatch}"));
            println!("SKIPPED: streaming on {device}: {reason}");
            return;
        }
    };
    run(count, |case| check(case, device.as_ref(), &arch, true));
}

fn run(count: u32, check: impl Fn(&Case) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: number(count),
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&cases(), |case| check(&case));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\nsmallest: {case:?}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn interpreter() {
    for size in SHORT {
        any_split("interpreter", size, 100);
    }
    any_split("interpreter", SIZES[0], 50);
}

#[test]
fn cpu() {
    let arch = SIZES[1].arch();
    run(100, |case| {
        let (graph, _) = case.build();
        check(case, &Cpu::new(Arc::new(graph)), &arch, false)
    });
}

#[test]
fn link() {
    any_split("link", SHORT[1], 10);
}

#[test]
fn rtl_4x12() {
    any_split("rtl", SHORT[0], 12);
}

#[test]
fn rtl_8x4() {
    any_split("rtl", SHORT[1], 12);
}

#[test]
fn rtl_4x4() {
    any_split("rtl", SHORT[2], 12);
}

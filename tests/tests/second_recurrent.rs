//! The second implementation of recurrent layers gives the same states, at least `SYSTOLE_OUTPUTS` of them (one million
//! unless told) for every cell, and the same activations everywhere.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::env;

use systole_quant::integer::random::{self, Kind, Random};
use systole_quant::integer::{Cell, GateSums, LayerOp, Recurrent, RecurrentState, StepAxis};
use systole_quant::numerics;
use systole_quant::reference::{Trace, oracle};
use systole_tests::second::recurrent::{self as second, Activations, Formula, Memory, Part};

fn wanted() -> usize {
    let given = env::var("SYSTOLE_OUTPUTS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(1_000_000)
}

#[test]
fn activations_everywhere() {
    let tables = Activations::default();
    for x in -40_000..=40_000 {
        assert_eq!(
            i128::from(numerics::sigmoid(x)),
            tables.sigmoid(x.into()),
            "sigmoid({x})"
        );
        assert_eq!(
            i128::from(numerics::tanh(x)),
            tables.tanh(x.into()),
            "tanh({x})"
        );
    }
}

fn part(sums: &GateSums) -> Part<'_> {
    Part {
        weights: &sums.weights,
        bias: &sums.bias,
        multipliers: sums.multipliers.iter().map(|m| (m.m, m.s)).collect(),
    }
}

fn formula(cell: Cell) -> Formula {
    match cell {
        Cell::Lstm { cell_fraction_bits } => Formula::Lstm(cell_fraction_bits.into()),
        Cell::Gru {
            linear_before_reset: true,
        } => Formula::GruResetAfter,
        Cell::Gru {
            linear_before_reset: false,
        } => Formula::GruResetBefore,
        Cell::Rnn { relu: false } => Formula::RnnTanh,
        Cell::Rnn { relu: true } => Formula::RnnRelu,
    }
}

fn memory(state: &RecurrentState) -> Memory {
    let wide = |values: &[i16]| values.iter().map(|&v| v.into()).collect();
    Memory {
        h: wide(&state.hidden),
        c: wide(&state.cell),
    }
}

/// Compares every state and every byte of one layer; returns their number.
fn compare(
    op: &Recurrent,
    shape: [usize; 3],
    x: &[i8],
    trace: &Trace,
    y: &[i8],
    tables: &Activations,
) -> usize {
    let [h, w, c] = shape;
    let cell = second::Cell {
        formula: formula(op.cell),
        units: op.hidden,
        bits: op.hidden_bits.into(),
        input: part(&op.input),
        recurrent: part(&op.recurrent),
        activations: tables,
    };
    let count = if op.steps == StepAxis::Rows { h } else { w };
    let mut state = memory(&op.initial);
    let order: Vec<usize> = if op.reverse {
        (0..count).rev().collect()
    } else {
        (0..count).collect()
    };
    let mut compared = 0;
    for t in order {
        let at =
            |y: usize, x_at: usize, channel: usize| i128::from(x[(y * w + x_at) * c + channel]);
        let mut vector = vec![];
        for other in 0..(if op.steps == StepAxis::Rows { w } else { h }) {
            for channel in 0..c {
                vector.push(if op.steps == StepAxis::Rows {
                    at(t, other, channel)
                } else {
                    at(other, t, channel)
                });
            }
        }
        state = cell.step(&vector, &state);
        for unit in 0..op.hidden {
            let place = t * op.hidden + unit;
            assert_eq!(
                i128::from(trace.steps[0].hidden[place]),
                state.h[unit],
                "step {t} unit {unit}"
            );
            assert_eq!(
                i128::from(y[place]),
                cell.byte(&state, unit),
                "step {t} unit {unit}"
            );
            compared += 2;
            if let Some(&c) = state.c.get(unit) {
                assert_eq!(
                    i128::from(trace.steps[0].cell[place]),
                    c,
                    "step {t} unit {unit}"
                );
                compared += 1;
            }
        }
    }
    compared
}

fn agree(kind: Kind) {
    let tables = Activations::default();
    let (mut compared, mut seed, mut saturated) = (0, 0, 0usize);
    while compared < wanted() {
        let (graph, inputs) = random::one_layer(seed, kind);
        let trace = oracle::trace(&graph, &inputs, &graph.initial_states()).unwrap();
        let layer = &graph.layers[0];
        let LayerOp::Recurrent(op) = &layer.op else {
            panic!("{kind:?} is a recurrent layer");
        };
        let shape = graph.tensors[layer.inputs[0]].shape;
        let x = &trace.tensors[layer.inputs[0]];
        let y = &trace.tensors[layer.output];
        compared += compare(op, [shape.h, shape.w, shape.c], x, &trace, y, &tables);
        let ends = trace.steps[0].cell.iter().chain(&trace.steps[0].hidden);
        saturated += ends.filter(|&&v| v == i16::MAX || v == i16::MIN).count();
        seed += 1;
    }
    println!(
        "{kind:?}: {compared} states of {seed} random layers agree, {saturated} at an end of 16 bits"
    );
}

macro_rules! cells {
    ($($name:ident $kind:ident)*) => { $( #[test] fn $name() { agree(Kind::$kind); } )* };
}

cells! {
    lstm Lstm
    gru Gru
    gru_with_reset_first GruResetFirst
    rnn Rnn
    rnn_with_relu RnnRelu
}

/// The formulas alone, with ties and range ends at every place.
#[test]
fn formulas_at_ties_and_ends() {
    use numerics::recurrent::{gru_blend, gru_candidate_after, gru_reset, lstm_cell, lstm_hidden};
    let tables = Activations::default();
    let mut random = Random::new(3);
    let ends = [-32768, -32767, -1, 0, 1, 32767];
    let number = |random: &mut Random| match random.between(0, 3) {
        0 => *random.pick(&ends),
        1 => random.signed(-256, 255) * 128,
        _ => random.signed(-32768, 32767),
    };
    let rounded = |x: i128, s: u32| systole_tests::second::round_half_up(x, s);
    let cut = |x: i128, bits: u32| {
        systole_tests::second::saturate(x, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    };
    for _ in 0..wanted() {
        let [a, b, d, c] = [(); 4].map(|()| number(&mut random));
        let cs = random.between(8, 12) as u32;
        let (wide, bits) = if random.one_in(2) { (23, 8) } else { (15, 16) };
        let i_g = tables.sigmoid(a.into()) * tables.tanh(d.into());
        let expected = cut(
            rounded(tables.sigmoid(b.into()) * i128::from(c), 15) + rounded(i_g, 30 - cs),
            16,
        );
        assert_eq!(i128::from(lstm_cell([a, b, d], c, cs)), expected);
        let n = cut(i128::from(c) << (12 - cs), 16);
        let expected = cut(
            rounded(tables.sigmoid(a.into()) * tables.tanh(n), wide),
            bits,
        );
        assert_eq!(i128::from(lstm_hidden(a, c, cs, bits)), expected);
        let (z, h) = (tables.sigmoid(a.into()), i128::from(c));
        let blended = cut(rounded((32768 - z) * i128::from(b) + z * h, 15), 16);
        assert_eq!(i128::from(gru_blend(z as i64, b, c)), blended);
        assert_eq!(
            i128::from(gru_reset(z as i64, c, bits)),
            cut(rounded(z * h, wide), bits)
        );
        let v = i128::from(b) * 3;
        let candidate = tables.tanh(cut(i128::from(d) + 1 + rounded(z * cut(v, 16), 15), 16));
        assert_eq!(
            i128::from(gru_candidate_after(d, b * 3, z as i64)),
            candidate
        );
    }
}

//! The rules of recurrent layers and slices: each one is broken alone, and named in the error. Nothing a file can hold panics.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole_quant::integer::random::{Kind, one_layer};
use systole_quant::integer::{
    Cell, GraphError, IntGraph, LayerOp, Multiplier, Recurrent, StepAxis,
};

/// The first random LSTM with 8 bits of h and several units and inputs.
fn lstm() -> IntGraph {
    let fits = |graph: &IntGraph| {
        let (_, op) = graph.recurrent_layers().next().unwrap();
        op.hidden_bits == 8 && op.hidden > 2 && op.input.weights.len() > 8 * op.hidden
    };
    (0..)
        .map(|seed| one_layer(seed, Kind::Lstm).0)
        .find(fits)
        .unwrap()
}

fn broken(change: impl FnOnce(&mut Recurrent)) -> GraphError {
    let mut graph = lstm();
    let LayerOp::Recurrent(op) = &mut graph.layers[0].op else {
        panic!("the layer is an LSTM");
    };
    change(op);
    graph.validate().unwrap_err()
}

#[test]
fn counts_and_ranges() {
    let count = |error: GraphError, name: &str| match error {
        GraphError::Count { what, .. } => assert_eq!(what, name),
        other => panic!("{other}"),
    };
    count(
        broken(|op| op.input.weights.truncate(3)),
        "the input weights",
    );
    count(
        broken(|op| op.recurrent.weights.truncate(3)),
        "the recurrent weights",
    );
    count(broken(|op| op.input.bias.push(0)), "the input bias");
    count(broken(|op| op.recurrent.bias.push(0)), "the recurrent bias");
    count(
        broken(|op| op.input.multipliers.truncate(1)),
        "the input multipliers",
    );
    count(
        broken(|op| op.recurrent.multipliers.truncate(1)),
        "the recurrent multipliers",
    );
    count(broken(|op| op.initial.hidden.push(0)), "the hidden state");
    count(broken(|op| op.initial.cell.truncate(1)), "the cell state");
    let error = broken(|op| op.input.weights[3] = -128);
    assert!(
        matches!(error, GraphError::Weight { index: 3, .. }),
        "{error}"
    );
    let error = broken(|op| op.recurrent.multipliers[1] = Multiplier { m: 1, s: 20 });
    assert!(
        matches!(error, GraphError::Multiplier { m: 1, .. }),
        "{error}"
    );
    let error = broken(|op| op.initial.hidden[1] = -129);
    assert!(
        matches!(
            error,
            GraphError::HiddenState {
                unit: 1,
                found: -129,
                bits: 8,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn parameters() {
    for (error, name) in [
        (broken(|op| op.hidden = 0), "hidden units"),
        (broken(|op| op.hidden = usize::MAX), "hidden units"),
        (broken(|op| op.hidden_bits = 12), "bits of the hidden state"),
        (
            broken(|op| {
                op.cell = Cell::Lstm {
                    cell_fraction_bits: 13,
                }
            }),
            "fraction bits of the cell state",
        ),
        (
            broken(|op| {
                op.cell = Cell::Lstm {
                    cell_fraction_bits: 7,
                }
            }),
            "fraction bits of the cell state",
        ),
    ] {
        assert!(
            matches!(&error, GraphError::Recurrent { what, .. } if *what == name),
            "{error}"
        );
    }
    let mut graph = lstm();
    let y = graph.layers[0].output;
    graph.tensors[y].scale = 0.01;
    assert!(matches!(
        graph.validate(),
        Err(GraphError::HiddenScale { .. })
    ));
    graph.tensors[y].scale = 1.0 / 128.0;
    graph.tensors[y].zero = 1;
    assert!(matches!(
        graph.validate(),
        Err(GraphError::HiddenScale { zero: 1, .. })
    ));
    graph.tensors[y].zero = 0;
    graph.tensors[y].shape.h += 1;
    assert!(matches!(
        graph.validate(),
        Err(GraphError::ResultShape { .. })
    ));
}

/// Neither sum may reach 2^34; a hidden state of 16 bits counts as such.
#[test]
fn the_accumulator_proof_holds_for_both_sums() {
    let row = |error: GraphError, name: &str| match error {
        GraphError::GateAccumulator { part, row: 0, .. } => assert_eq!(part, name),
        other => panic!("{other}"),
    };
    row(broken(|op| op.input.bias[0] = 1 << 34), "input");
    row(broken(|op| op.recurrent.bias[0] = -(1 << 34)), "recurrent");
    row(broken(|op| op.recurrent.bias[0] = i64::MIN), "recurrent");
    let room = |op: &Recurrent, largest: i64| {
        let sum: i64 = op.recurrent.weights[..op.hidden]
            .iter()
            .map(|&w| i64::from(w).abs())
            .sum();
        (1 << 34) - sum * largest
    };
    let mut graph = lstm();
    let LayerOp::Recurrent(op) = &mut graph.layers[0].op else {
        panic!("the layer is an LSTM");
    };
    op.recurrent.bias[0] = room(op, 128) - 1;
    assert_eq!(graph.validate(), Ok(()));
    row(
        broken(|op| op.recurrent.bias[0] = room(op, 128)),
        "recurrent",
    );
    let wide = |op: &mut Recurrent| {
        op.hidden_bits = 16;
        op.recurrent.bias[0] = room(op, 128) - 1;
    };
    row(broken(wide), "recurrent");
}

#[test]
fn a_slice_lies_inside_its_operand() {
    for axis in 0..3 {
        for far in [100, usize::MAX] {
            let (mut graph, _) = one_layer(4, Kind::Slice);
            let LayerOp::Slice { begin } = &mut graph.layers[0].op else {
                panic!("the layer is a slice");
            };
            begin[axis] = far;
            assert!(matches!(graph.validate(), Err(GraphError::Slice { .. })));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever numbers a file holds, validation answers, and what it accepts runs.
    #[test]
    fn hostile_layers_never_panic(
        seed in 0u64..500, kind in prop::sample::select(&Kind::SEQUENCE[1..]), hidden: u16, bits: u8, cs: u8, columns: bool,
    ) {
        let (mut graph, data) = one_layer(seed, kind);
        if let LayerOp::Recurrent(op) = &mut graph.layers[0].op {
            op.steps = if columns { StepAxis::Columns } else { StepAxis::Rows };
            match seed % 4 {
                0 => op.hidden = hidden.into(),
                1 => op.hidden_bits = bits,
                2 => op.cell = Cell::Lstm { cell_fraction_bits: cs },
                _ => op.cell = Cell::Rnn { relu: false },
            }
        }
        if graph.validate().is_ok() {
            systole_quant::reference::oracle::run(&graph, &data).unwrap();
        }
    }
}

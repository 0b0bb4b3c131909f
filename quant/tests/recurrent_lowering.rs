//! Small recurrent models of every kind become integer graphs that compute what the float graph computes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Noise;
use common::onnx_writer::{Model, int, ints, string};
use common::recurrent::{Layer, strings};
use ndarray::ArrayD;
use rten_onnx::onnx::AttributeProto;
use systole_quant::calibrate::Dataset;
use systole_quant::import::{ImportOptions, import_bytes};
use systole_quant::integer::{IntGraph, LayerOp, StepAxis};
use systole_quant::lower::lower;
use systole_quant::quantize::{Options, Quantized, quantize};

/// Quantizes on noise and checks that every layer follows the float graph.
#[track_caller]
fn follows(model: &Model, least: f64, options: &Options) -> Quantized {
    let graph = import_bytes(&model.bytes(), "model", &ImportOptions::default()).unwrap();
    let mut noise = Noise(11);
    let mut sample = || {
        let array = |id: &systole_quant::float::TensorId| {
            let shape = graph.shape(*id);
            let values = noise.list(shape.iter().product());
            ArrayD::from_shape_vec(shape, values).unwrap()
        };
        graph.inputs.iter().map(array).collect::<Vec<_>>()
    };
    let data = Dataset {
        samples: (0..24).map(|_| sample()).collect(),
    };
    let quantized = quantize(&graph, &data, options).unwrap();
    let names: Vec<_> = quantized.graph.layers.iter().map(|l| l.op.name()).collect();
    println!("{names:?}: {:.1?} dB", quantized.sqnr_db);
    for (layer, db) in quantized.graph.layers.iter().zip(&quantized.sqnr_db) {
        assert!(
            db.unwrap() >= least,
            "{}: {db:?} dB of {names:?}",
            layer.name
        );
    }
    quantized
}

fn kinds(graph: &IntGraph) -> Vec<&'static str> {
    graph.layers.iter().map(|layer| layer.op.name()).collect()
}

/// A sequence `[T, 1, I]`, every cell, both widths of h.
#[test]
fn every_cell_follows_the_float_graph() {
    let cells: [(&str, Vec<AttributeProto>); 5] = [
        ("LSTM", vec![]),
        ("GRU", vec![int("linear_before_reset", 1)]),
        ("GRU", vec![int("linear_before_reset", 0)]),
        ("RNN", vec![]),
        ("RNN", vec![strings("activations", &["Relu"])]),
    ];
    for (op, attributes) in cells {
        for (hidden_bits, reverse) in [(8, false), (16, true)] {
            let layer = Layer { op, ..Layer::LSTM };
            let mut attributes = attributes.clone();
            if reverse {
                attributes.push(string("direction", "reverse"));
            }
            let model = Model::new().input("x", &[20, 1, 6]);
            let model = layer
                .add(model, &mut Noise(5), "x", &[], &["y"], attributes)
                .output("y");
            let options = Options {
                hidden_bits,
                ..Options::default()
            };
            let quantized = follows(&model, 30.0, &options);
            let shape = quantized.graph.tensors[quantized.graph.outputs[0]].shape;
            assert_eq!((shape.h, shape.w, shape.c), (20, 1, 5));
            assert_eq!(quantized.over_time[0].hidden_db.len(), 20);
            let cells = if op == "LSTM" { 20 } else { 0 };
            assert_eq!(quantized.over_time[0].cell_db.len(), cells);
        }
    }
}

/// Two directions become channels; a second layer and a classifier of each step read them.
#[test]
fn stacked_bidirectional_layers_join_channels() {
    let first = Layer {
        directions: 2,
        ..Layer::LSTM
    };
    let second = Layer {
        op: "GRU",
        directions: 2,
        inputs: 10,
        hidden: 3,
    };
    let noise = &mut Noise(6);
    let mut model = Model::new()
        .input("x", &[1, 9, 6])
        .integers("flat", &[3], &[9, 1, 10]);
    model = model.node("Transpose", &["x"], &["s"], vec![ints("perm", &[1, 0, 2])]);
    model = first.add(model, noise, "s", &[], &["y1"], vec![]);
    model = model.node(
        "Transpose",
        &["y1"],
        &["t1"],
        vec![ints("perm", &[0, 2, 1, 3])],
    );
    model = model.node("Reshape", &["t1", "flat"], &["r1"], vec![]);
    model = second.add(model, noise, "r1", &[], &["y2"], vec![]);
    model = model.integers("flat2", &[3], &[9, 1, 6]);
    model = model.node(
        "Transpose",
        &["y2"],
        &["t2"],
        vec![ints("perm", &[0, 2, 1, 3])],
    );
    model = model.node("Reshape", &["t2", "flat2"], &["r2"], vec![]);
    model = model
        .weights("fc", &[6, 4], &noise.list(24))
        .node("MatMul", &["r2", "fc"], &["z"], vec![])
        .output("z");
    let quantized = follows(&model, 25.0, &Options::default());
    let graph = &quantized.graph;
    assert_eq!(
        kinds(graph),
        ["LSTM", "LSTM", "Concat", "GRU", "GRU", "Concat", "Conv"]
    );
    for layer in &graph.layers {
        if let LayerOp::Concat(concat) = &layer.op {
            assert_eq!(concat.axis, 2);
        }
    }
    assert!(
        graph
            .recurrent_layers()
            .map(|(_, op)| op.reverse)
            .eq([false, true, false, true])
    );
}

/// The last states of both directions, batch first, into a classifier.
#[test]
fn last_states_are_slices() {
    let noise = &mut Noise(7);
    let layer = Layer {
        directions: 2,
        ..Layer::LSTM
    };
    let mut model = Model::new()
        .opset(14)
        .input("x", &[1, 9, 6])
        .integers("flat", &[2], &[1, 10]);
    model = layer.add(model, noise, "x", &[], &["", "h"], vec![int("layout", 1)]);
    model = model.node("Reshape", &["h", "flat"], &["r"], vec![]);
    model = model
        .weights("fc", &[10, 4], &noise.list(40))
        .node("MatMul", &["r", "fc"], &["z"], vec![])
        .output("z");
    let quantized = follows(&model, 25.0, &Options::default());
    assert_eq!(
        kinds(&quantized.graph),
        ["LSTM", "Slice", "LSTM", "Slice", "Concat", "Conv"]
    );
}

/// Columns of an image are the steps: no byte is moved. Rows and columns are the steps: only the shape changes.
#[test]
fn images_become_sequences() {
    let noise = &mut Noise(8);
    let conv = |noise: &mut Noise| {
        let model =
            Model::new()
                .input("x", &[1, 1, 3, 8])
                .weights("w", &[4, 1, 3, 3], &noise.list(36));
        model.node(
            "Conv",
            &["x", "w"],
            &["c"],
            vec![ints("pads", &[1, 1, 1, 1])],
        )
    };
    let mut model = conv(noise).integers("flat", &[3], &[8, 1, 12]);
    model = model.node(
        "Transpose",
        &["c"],
        &["t"],
        vec![ints("perm", &[3, 0, 1, 2])],
    );
    model = model.node("Reshape", &["t", "flat"], &["s"], vec![]);
    model = Layer {
        inputs: 12,
        ..Layer::LSTM
    }
    .add(model, noise, "s", &[], &["y"], vec![])
    .output("y");
    let quantized = follows(&model, 25.0, &Options::default());
    assert_eq!(kinds(&quantized.graph), ["Conv", "LSTM"]);
    let (_, op) = quantized.graph.recurrent_layers().next().unwrap();
    assert_eq!(op.steps, StepAxis::Columns);

    let mut model = conv(noise).integers("flat", &[3], &[24, 1, 4]);
    model = model.node(
        "Transpose",
        &["c"],
        &["t"],
        vec![ints("perm", &[2, 3, 0, 1])],
    );
    model = model.node("Reshape", &["t", "flat"], &["s"], vec![]);
    model = Layer {
        inputs: 4,
        ..Layer::LSTM
    }
    .add(model, noise, "s", &[], &["y"], vec![])
    .output("y");
    let quantized = follows(&model, 25.0, &Options::default());
    assert_eq!(kinds(&quantized.graph), ["Conv", "Reshape", "LSTM"]);
}

/// States as constants and as inputs of the model; the last cell state as an output.
#[test]
fn states_are_constants_or_given() {
    let noise = &mut Noise(9);
    let mut model = Model::new().input("x", &[7, 1, 6]).weights(
        "h0",
        &[1, 1, 5],
        &[0.5, -0.25, 0.0, 1.0, -1.0],
    );
    model = model.weights("c0", &[1, 1, 5], &[1.5, -0.25, 0.0, 3.0, -1.0]);
    model = Layer::LSTM
        .add(model, noise, "x", &["", "h0", "c0"], &["y"], vec![])
        .output("y");
    let quantized = follows(&model, 30.0, &Options::default());
    let state = &quantized.graph.initial_states()[0];
    assert_eq!(state.hidden, [64, -32, 0, 127, -128]);
    let LayerOp::Recurrent(op) = &quantized.graph.layers[0].op else {
        panic!()
    };
    let systole_quant::integer::Cell::Lstm {
        cell_fraction_bits: cs,
    } = op.cell
    else {
        panic!()
    };
    let unit = f64::from(1u32 << cs);
    assert_eq!(
        state.cell,
        [1.5, -0.25, 0.0, 3.0, -1.0].map(|c| (c * unit) as i16)
    );

    let both = Layer {
        directions: 2,
        ..Layer::LSTM
    };
    let mut model = Model::new()
        .input("x", &[7, 1, 6])
        .input("h0", &[2, 1, 5])
        .input("c0", &[2, 1, 5]);
    model = both
        .add(
            model,
            noise,
            "x",
            &["", "h0", "c0"],
            &["y", "", "c"],
            vec![],
        )
        .output("y")
        .output("c");
    let quantized = follows(&model, 30.0, &Options::default());
    assert_eq!(
        (quantized.graph.inputs.len(), quantized.graph.outputs.len()),
        (1, 1)
    );
    assert!(
        quantized
            .over_time
            .iter()
            .all(|t| t.hidden_db[0].unwrap() > 30.0),
        "the given states were used"
    );
}

/// A hidden state joins data of another scale only through a change of scale.
#[test]
fn skip_connections_change_the_scale() {
    let noise = &mut Noise(10);
    let mut model = Model::new()
        .input("x", &[7, 1, 6])
        .weights("big", &[1], &[5.0]);
    model = model.integers("axis", &[1], &[1]);
    model = Layer::LSTM.add(model, noise, "x", &[], &["y"], vec![]);
    model = model.node("Squeeze", &["y", "axis"], &["s"], vec![]);
    model = model.node("Mul", &["x", "big"], &["x20"], vec![]);
    model = model
        .node("Concat", &["s", "x20"], &["z"], vec![int("axis", 2)])
        .output("z");
    let quantized = follows(&model, 10.0, &Options::default());
    assert_eq!(kinds(&quantized.graph), ["LSTM", "Conv", "Table", "Concat"]);
}

fn refusal(model: Model) -> String {
    let graph = import_bytes(&model.bytes(), "model", &ImportOptions::default()).unwrap();
    lower(&graph).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_lowered_is_refused_by_name() {
    let noise = &mut Noise(12);
    let lengths = 5i32.to_le_bytes().to_vec();
    let model = Model::new().input("x", &[7, 1, 6]).raw(
        "n",
        rten_onnx::onnx::DataType::INT32,
        &[1],
        lengths,
    );
    let message = refusal(
        Layer::LSTM
            .add(model, noise, "x", &["n"], &["y"], vec![])
            .output("y"),
    );
    assert!(
        message.contains("'LSTM_y'") && message.contains("sequence_lens"),
        "{message}"
    );

    let model = Model::new()
        .input("x", &[7, 1, 6])
        .input("w", &[1, 20, 6])
        .weights("r", &[1, 20, 5], &noise.list(100));
    let message = refusal(
        model
            .node("LSTM", &["x", "w", "r"], &["y"], vec![])
            .output("y"),
    );
    assert!(
        message.contains("'LSTM_y'") && message.contains('W'),
        "{message}"
    );

    // Channels of an image as steps: the bytes would have to be moved.
    let mut model =
        Model::new()
            .input("i", &[1, 1, 3, 2])
            .weights("k", &[7, 1, 1, 1], &noise.list(7));
    model = model
        .node("Conv", &["i", "k"], &["c"], vec![])
        .integers("flat", &[3], &[7, 1, 6]);
    model = model.node(
        "Transpose",
        &["c"],
        &["t"],
        vec![ints("perm", &[1, 0, 2, 3])],
    );
    model = model.node("Reshape", &["t", "flat"], &["s"], vec![]);
    let message = refusal(
        Layer::LSTM
            .add(model, noise, "s", &[], &["y"], vec![])
            .output("y"),
    );
    assert!(
        message.contains("'LSTM_y'") && message.contains("rows or columns"),
        "{message}"
    );

    let mut model = Layer::LSTM.add(
        Model::new().input("x", &[7, 1, 6]),
        noise,
        "x",
        &[],
        &["y", "", "c"],
        vec![],
    );
    model = model.node("Relu", &["c"], &["z"], vec![]).output("z");
    assert!(refusal(model).contains("'Relu_z'"));
}

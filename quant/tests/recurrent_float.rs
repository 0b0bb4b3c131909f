//! RNN, LSTM and GRU in float: what onnxruntime computed, in every direction, layout and batch, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Model, float, int, ints, raw_tensor, string, tensor};
use ndarray::{ArrayD, Axis};
use rten_onnx::onnx::{AttributeProto, DataType};
use systole_quant::float::{Graph, Runner, Value};
use systole_quant::import::{ImportOptions, import_bytes, parse_bytes};
use systole_quant::npz::Npz;

const LENGTHS: [i32; 3] = [5, 2, 4];

fn golden() -> Npz {
    let bytes = include_bytes!("golden/recurrent.npz");
    Npz::from_bytes(bytes, "recurrent.npz").unwrap()
}

fn array(npz: &Npz, name: &str) -> ArrayD<f32> {
    npz.array(name).unwrap().as_float().unwrap().clone()
}

fn strings(name: &str, values: &[&str]) -> AttributeProto {
    AttributeProto {
        s: None,
        strings: values.iter().map(|v| v.to_string()).collect(),
        r#type: None,
        ..string(name, "")
    }
}

fn constant(model: Model, name: &str, values: &ArrayD<f32>) -> Model {
    let shape: Vec<i64> = values.shape().iter().map(|&d| d as i64).collect();
    model.weights(name, &shape, &values.iter().copied().collect::<Vec<_>>())
}

/// The model of one case, `kind.direction.variant.layout`, with everything but X constant, and its X.
fn case(npz: &Npz, name: &str) -> (Model, ArrayD<f32>) {
    let parts: Vec<&str> = name.split('.').collect();
    let &[kind, direction, variant, layout] = parts.as_slice() else {
        panic!("{name}");
    };
    let (directions, batch_first) = (
        1 + usize::from(direction == "bidirectional"),
        layout == "layout1",
    );
    let mut x = array(npz, "x");
    if batch_first {
        x = x
            .permuted_axes(vec![1, 0, 2])
            .as_standard_layout()
            .into_owned();
    }
    let shape: Vec<i64> = x.shape().iter().map(|&d| d as i64).collect();
    let mut model = Model::new().opset(14).input("X", &shape);
    for part in ["W", "R", "B"] {
        let all = array(npz, &format!("{kind}.{part}"));
        model = constant(
            model,
            part,
            &all.slice_axis(Axis(0), (0..directions).into()).to_owned(),
        );
    }
    let mut attributes = vec![
        string("direction", direction),
        int("layout", i64::from(batch_first)),
        int("hidden_size", 3),
    ];
    let op = match kind {
        "lstm" => "LSTM",
        "gru_0" | "gru_1" => {
            attributes.push(int("linear_before_reset", i64::from(kind == "gru_1")));
            "GRU"
        }
        _ => {
            let activation = if kind == "rnn_relu" { "Relu" } else { "Tanh" };
            attributes.push(strings("activations", &vec![activation; directions]));
            "RNN"
        }
    };
    let (mut inputs, mut outputs) = (vec!["X", "W", "R", "B"], vec!["Y", "Y_h"]);
    if variant != "plain" {
        inputs.extend([if variant == "lengths" { "lens" } else { "" }, "h0"]);
        let bytes = LENGTHS.iter().flat_map(|n| n.to_le_bytes()).collect();
        model = model.raw("lens", DataType::INT32, &[3], bytes);
        for state in ["h0", "c0"] {
            let mut values = array(npz, state)
                .slice_axis(Axis(0), (0..directions).into())
                .to_owned();
            if batch_first {
                values = values
                    .permuted_axes(vec![1, 0, 2])
                    .as_standard_layout()
                    .into_owned();
            }
            model = constant(model, state, &values);
        }
    }
    if op == "LSTM" {
        outputs.push("Y_c");
        if variant != "plain" {
            inputs.push("c0");
        }
    }
    model = model.node(op, &inputs, &outputs, attributes);
    for output in outputs {
        model = model.output(output);
    }
    (model, x)
}

fn difference(graph: &Graph, x: &ArrayD<f32>, expected: &ArrayD<f32>) -> f32 {
    let outputs = Runner::new(graph).run(&[Value::Float(x.clone())]).unwrap();
    let found: Vec<f32> = outputs
        .iter()
        .flat_map(|v| v.as_float().unwrap().iter().copied())
        .collect();
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

#[test]
fn outputs_equal_onnxruntime() {
    let npz = golden();
    let names: Vec<&String> = npz
        .arrays
        .keys()
        .filter(|name| name.matches('.').count() == 3)
        .collect();
    assert_eq!(names.len(), 5 * 3 * 3 * 2);
    for name in names {
        let (model, x) = case(&npz, name);
        let (bytes, expected) = (model.bytes(), array(&npz, name));
        let options = ImportOptions::default();
        for graph in [
            parse_bytes(&bytes, name, &options),
            import_bytes(&bytes, name, &options),
        ] {
            let found = difference(&graph.unwrap(), &x, &expected);
            assert!(found < 1e-6, "{name}: {found:e}");
        }
    }
}

/// After import each node has one direction, unless its sequences have different lengths.
#[test]
fn import_leaves_one_form() {
    let npz = golden();
    let (model, _) = case(&npz, "lstm.bidirectional.states.layout1");
    let graph = import_bytes(&model.bytes(), "model", &ImportOptions::default()).unwrap();
    let names: Vec<_> = graph.nodes.iter().map(|n| n.op.name()).collect();
    assert_eq!(
        names.iter().filter(|n| **n == "LSTM").count(),
        2,
        "{names:?}"
    );
    let (model, _) = case(&npz, "lstm.bidirectional.lengths.layout1");
    let graph = import_bytes(&model.bytes(), "model", &ImportOptions::default()).unwrap();
    assert_eq!(graph.nodes.len(), 1);
}

fn lstm(inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
    let model = Model::new()
        .input("X", &[4, 1, 2])
        .weights("W", &[1, 12, 2], &[0.5; 24])
        .weights("R", &[1, 12, 3], &[0.5; 36])
        .weights("R2", &[1, 12, 2], &[0.5; 24])
        .weights("P", &[1, 9], &[0.5; 9])
        .node("LSTM", inputs, &["Y"], attributes)
        .output("Y");
    let result = import_bytes(&model.bytes(), "model.onnx", &ImportOptions::default());
    result
        .map(|_| String::new())
        .unwrap_or_else(|error| error.to_string())
}

#[test]
fn what_is_not_computed_is_refused_by_name() {
    let plain = ["X", "W", "R"];
    assert_eq!(lstm(&plain, vec![int("hidden_size", 3)]), "");
    let cases: &[(&[&str], AttributeProto, &[&str])] = &[
        (
            &["X", "W", "R", "", "", "", "", "P"],
            int("hidden_size", 3),
            &["peephole"],
        ),
        (&["X", "W", "R2"], int("hidden_size", 3), &["projection"]),
        (&plain, float("clip", 1.0), &["clip"]),
        (&plain, int("input_forget", 1), &["input_forget"]),
        (&plain, int("layout", 2), &["layout"]),
        (
            &plain,
            string("direction", "sideways"),
            &["direction", "sideways"],
        ),
        (
            &plain,
            strings("activations", &["HardSigmoid", "Tanh", "Tanh"]),
            &["activations", "HardSigmoid"],
        ),
        (
            &plain,
            AttributeProto {
                floats: vec![0.5],
                ..ints("activation_alpha", &[])
            },
            &["activation_alpha"],
        ),
        (&plain, int("hidden_size", 4), &["[1, 16, 2]"]),
        (
            &plain,
            tensor("unknown", raw_tensor("t", DataType::FLOAT, &[0], vec![])),
            &["unknown"],
        ),
    ];
    for (inputs, attribute, words) in cases {
        let message = lstm(inputs, vec![attribute.clone()]);
        for word in words.iter().chain(&["'LSTM_Y'", "LSTM", "model.onnx"]) {
            assert!(message.contains(word), "{word} is missing in: {message}");
        }
    }
}

/// Whatever shapes a file gives to the inputs of a node: a model or an error, never a panic.
#[test]
fn shapes_that_do_not_fit_are_errors() {
    let good: [(&str, &[i64]); 6] = [
        ("W", &[1, 12, 2]),
        ("R", &[1, 12, 3]),
        ("B", &[1, 24]),
        ("lens", &[1]),
        ("h", &[1, 1, 3]),
        ("c", &[1, 1, 3]),
    ];
    let bad: [&[i64]; 9] = [
        &[],
        &[0],
        &[1],
        &[3],
        &[1, 12],
        &[0, 12, 2],
        &[1, 0, 0],
        &[1, 12, 0],
        &[2, 12, 3],
    ];
    for (changed, _) in good {
        for shape in bad {
            for (op, outputs) in [
                ("LSTM", &["Y", "Yh", "Yc"][..]),
                ("GRU", &["Y", "Yh"]),
                ("RNN", &["", "Yh"]),
            ] {
                let mut model = Model::new().input("X", &[4, 1, 2]);
                for (name, right) in good {
                    let shape = if name == changed { shape } else { right };
                    let count = shape.iter().product::<i64>() as usize;
                    model = match name {
                        "lens" => {
                            model.raw(name, DataType::INT32, shape, [4, 0, 0, 0].repeat(count))
                        }
                        _ => model.weights(name, shape, &vec![0.5; count]),
                    };
                }
                model = model
                    .node(op, &["X", "W", "R", "B", "lens", "h", "c"], outputs, vec![])
                    .output("Yh");
                let _ = import_bytes(&model.bytes(), "model", &ImportOptions::default());
            }
        }
    }
    for shape in [[0, 1, 2], [4, 0, 2], [4, 1, 0], [0, 0, 0]] {
        let mut model = Model::new().input("X", &shape);
        for (name, shape) in good.iter().take(3) {
            let count = shape.iter().product::<i64>() as usize;
            model = model.weights(name, shape, &vec![0.5; count]);
        }
        model = model
            .node("LSTM", &["X", "W", "R", "B"], &["Y"], vec![])
            .output("Y");
        let graph = import_bytes(&model.bytes(), "model", &ImportOptions::default());
        if let Ok(graph) = graph {
            let _ = systole_quant::lower::lower(&graph);
        }
    }
}

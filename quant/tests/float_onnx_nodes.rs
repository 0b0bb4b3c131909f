//! The ONNX project's own single-operator tests, on the float graph.
//!
//! Every case runs twice: as written, and with everything but the first input frozen to a constant and the graph
//! simplified. A case that is not run is listed here with its reason, and a listed case that would pass is an error.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::shared;
use systole_quant::float::{Graph, Runner, Value, passes};
use systole_quant::import::{ImportOptions, parse_bytes, tensor_from_bytes};

/// Cases that are not run, by prefix of the name without `test_`, with the reason.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "convinteger",
        "integer operator of another quantization scheme: models are quantized here, from float",
    ),
    (
        "matmulinteger",
        "integer operator of another quantization scheme: models are quantized here, from float",
    ),
    (
        "qlinear",
        "integer operator of another quantization scheme: models are quantized here, from float",
    ),
    (
        "dynamicquantizelinear",
        "scales that depend on the data: scales are fixed by calibration",
    ),
    (
        "convtranspose",
        "transposed convolution is not an operator of the accelerator",
    ),
    (
        "lstm_with_peepholes",
        "peepholes are refused at import: the cell has none",
    ),
    ("batchnorm_epsilon_training_mode", "training"),
    ("batchnorm_example_training_mode", "training"),
    ("identity_opt", "optional types are not tensors"),
    ("identity_sequence", "sequences are not tensors"),
];

fn reason(case: &str) -> Option<&'static str> {
    let name = case.strip_prefix("test_").unwrap_or(case);
    NOT_RUN
        .iter()
        .find(|(prefix, _)| name.starts_with(prefix))
        .map(|(_, reason)| *reason)
}

fn tensors(folder: &Path, kind: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    loop {
        let path = folder.join(format!("test_data_set_0/{kind}_{}.pb", values.len()));
        let Ok(bytes) = std::fs::read(&path) else {
            return Ok(values);
        };
        values.push(tensor_from_bytes(&bytes, kind).map_err(|error| error.to_string())?);
    }
}

/// Equal integers; reals equal to 1e-5 of the value or of 1.
fn same(found: &Value, expected: &Value) -> bool {
    let close = |(a, b): (&f32, &f32)| {
        (a - b).abs() <= 1e-5 * b.abs().max(1.0) || a == b || (a.is_nan() && b.is_nan())
    };
    match (found, expected) {
        (Value::Float(a), Value::Float(b)) => a.shape() == b.shape() && a.iter().zip(b).all(close),
        (a, b) => a == b,
    }
}

fn compare(form: &str, graph: &Graph, inputs: &[Value], expected: &[Value]) -> Result<(), String> {
    let outputs = Runner::new(graph)
        .run(inputs)
        .map_err(|error| format!("{form}: {error}"))?;
    if outputs.len() != expected.len() {
        return Err(format!(
            "{form}: {} outputs, expected {}",
            outputs.len(),
            expected.len()
        ));
    }
    for (index, (found, expected)) in outputs.iter().zip(expected).enumerate() {
        if !same(found, expected) {
            return Err(format!(
                "{form}: output {index} is {found:?}, expected {expected:?}"
            ));
        }
    }
    Ok(())
}

/// Turns all inputs but the first into constants.
fn freeze(graph: &mut Graph, inputs: &[Value]) {
    for (id, value) in graph.inputs.split_off(1).into_iter().zip(&inputs[1..]) {
        graph.tensors[id.0].constant = Some(Arc::new(value.clone()));
    }
}

fn run(folder: &Path) -> Result<(), String> {
    let bytes = std::fs::read(folder.join("model.onnx")).map_err(|error| error.to_string())?;
    let graph = parse_bytes(&bytes, "model.onnx", &ImportOptions::default())
        .map_err(|error| error.to_string())?;
    let (inputs, expected) = (tensors(folder, "input")?, tensors(folder, "output")?);
    if expected.is_empty() {
        return Err("no expected outputs".into());
    }
    compare("as written", &graph, &inputs, &expected)?;
    if graph.inputs.is_empty() {
        return Ok(());
    }
    let mut frozen = graph;
    freeze(&mut frozen, &inputs);
    let simplified = passes::simplify(frozen).map_err(|error| format!("simplified: {error}"))?;
    compare("simplified", &simplified, &inputs[..1], &expected)
}

#[test]
fn every_case_passes_or_is_listed() {
    let Some(root) = shared("models/onnx_node_tests") else {
        return;
    };
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("model.onnx").exists())
        .collect();
    folders.sort();
    let (mut passed, mut not_run, mut failures) = (0, 0, Vec::new());
    for folder in &folders {
        let case = folder.file_name().unwrap().to_string_lossy().into_owned();
        match (reason(&case), run(folder)) {
            (None, Ok(())) => passed += 1,
            (None, Err(error)) => failures.push(format!("{case}: {error}")),
            (Some(reason), Err(_)) => {
                println!("not run: {case}: {reason}");
                not_run += 1;
            }
            (Some(_), Ok(())) => failures.push(format!("{case}: passes, remove it from NOT_RUN")),
        }
    }
    println!(
        "{passed} passed, {not_run} not run, {} failed of {}",
        failures.len(),
        folders.len()
    );
    assert!(
        failures.is_empty(),
        "{} cases failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(passed >= 190, "only {passed} cases were found");
}

//! Models that are damaged, unsupported or open: one clear error each, and never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Dim, Model, float, int, ints, raw_tensor, string, tensor};
use common::valid_model;
use proptest::prelude::*;
use rten_onnx::onnx::{DataLocation, DataType};
use systole_quant::float::Runner;
use systole_quant::import::{ImportOptions, SUPPORTED, import_bytes};

const FILE: &str = "broken.onnx";

fn one_node(op: &str, attributes: Vec<rten_onnx::onnx::AttributeProto>) -> Model {
    Model::new()
        .input("x", &[1, 2, 4, 4])
        .node(op, &["x"], &["y"], attributes)
        .output("y")
}

/// A broken model and what its message must contain: the place and the remedy.
fn cases() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let whole = valid_model().bytes();
    let mut external = valid_model();
    external.graph().initializer[0].data_location = Some(DataLocation::EXTERNAL);
    let mut short = valid_model();
    short.graph().initializer[0].raw_data = Some(vec![0u8; 7].into());
    let mut few = valid_model();
    few.graph().initializer[1].int64_data.pop();
    let mut huge = valid_model();
    huge.graph().initializer[0].dims = vec![1 << 40, 1 << 40];
    let mut negative = valid_model();
    negative.graph().initializer[0].dims = vec![-1];
    let mut missing_weights = valid_model();
    missing_weights.graph().initializer.remove(0);
    let mut no_graph = valid_model();
    no_graph.proto.graph = None;
    let mut no_outputs = valid_model();
    no_outputs.graph().output.clear();
    let mut no_type = valid_model();
    no_type.graph().input[0].r#type = None;
    let mut domain = one_node("QGemm", vec![]);
    domain.graph().node[0].domain = Some("com.microsoft".into());
    let mut not_a_number = vec![0.5f32; 54];
    not_a_number[10] = f32::NAN;
    let mut infinite = vec![0.5f32; 54];
    infinite[53] = f32::INFINITY;
    let half = raw_tensor(
        "w",
        DataType::FLOAT16,
        &[1, 2, 1, 1],
        vec![0, 0x7e, 0, 0x7c],
    );
    let mut half_nan = valid_model();
    half_nan.graph().initializer[0] = half;
    vec![
        ("empty file", Vec::new(), &[FILE, "it is empty"]),
        (
            "no protobuf",
            b"#!/usr/bin/env python".to_vec(),
            &[FILE, "damaged"],
        ),
        (
            "cut in half",
            whole[..whole.len() / 2].to_vec(),
            &[FILE, "cut short"],
        ),
        (
            "cut at the end",
            whole[..whole.len() - 1].to_vec(),
            &[FILE, "cut short"],
        ),
        (
            "no graph",
            no_graph.bytes(),
            &[FILE, "no graph", "complete model"],
        ),
        ("no outputs", no_outputs.bytes(), &[FILE, "no outputs"]),
        (
            "old opset",
            valid_model().opset(6).bytes(),
            &["version 6", "at least 7", "newer opset"],
        ),
        (
            "unknown op",
            one_node("Einsum", vec![]).bytes(),
            &["'Einsum_y'", "Einsum", "supported are Abs"],
        ),
        (
            "foreign domain",
            domain.bytes(),
            &["'QGemm_y'", "com.microsoft:QGemm"],
        ),
        (
            "missing initializer",
            missing_weights.bytes(),
            &["'Conv_c'", "'w'", "incomplete"],
        ),
        ("external data", external.bytes(), &["'w'", "another file"]),
        (
            "short raw data",
            short.bytes(),
            &["'w'", "7 bytes", "216 bytes"],
        ),
        (
            "short typed data",
            few.bytes(),
            &["'shape'", "1 values", "2 values"],
        ),
        (
            "absurd shape",
            huge.bytes(),
            &["'w'", "1099511627776", "larger than"],
        ),
        ("negative shape", negative.bytes(), &["'w'", "[-1]"]),
        (
            "string tensor",
            valid_model()
                .raw("s", DataType::STRING, &[1], vec![])
                .bytes(),
            &["'s'", "STRING"],
        ),
        (
            "int4 tensor",
            valid_model()
                .raw("s", DataType::INT4, &[2], vec![0])
                .bytes(),
            &["'s'", "INT4", "convert"],
        ),
        (
            "NaN weight",
            valid_with_weights(&not_a_number).bytes(),
            &["'w'", "NaN", "element 10", "finite"],
        ),
        (
            "infinite weight",
            valid_with_weights(&infinite).bytes(),
            &["'w'", "inf", "element 53"],
        ),
        ("half NaN", half_nan.bytes(), &["'w'", "NaN", "element 0"]),
        (
            "duplicate initializer",
            valid_model().weights("w", &[1], &[1.0]).bytes(),
            &["'w'", "defined twice"],
        ),
        (
            "duplicate output",
            valid_model().node("Relu", &["x"], &["r"], vec![]).bytes(),
            &["'r'", "defined twice"],
        ),
        (
            "cycle",
            Model::new()
                .input("x", &[1, 4])
                .node("Add", &["x", "b"], &["a"], vec![])
                .node("Relu", &["a"], &["b"], vec![])
                .output("b")
                .bytes(),
            &["'Add_a', 'Relu_b'", "cycle"],
        ),
        (
            "output of nothing",
            valid_model().output("z").bytes(),
            &["'z'", "not computed"],
        ),
        (
            "input without type",
            no_type.bytes(),
            &["'x'", "no tensor type"],
        ),
        (
            "open dimension",
            Model::new()
                .symbolic_input("x", &[Dim::Symbol("N"), Dim::Symbol("time"), Dim::Fixed(4)])
                .node("Relu", &["x"], &["y"], vec![])
                .output("y")
                .bytes(),
            &["dimension 1 of input 'x'", "time=SIZE"],
        ),
        (
            "absurd input",
            Model::new()
                .input("x", &[1, 1 << 30, 1 << 30])
                .output("x")
                .bytes(),
            &["'x'", "larger than"],
        ),
        (
            "unknown attribute",
            one_node("Relu", vec![float("slope", 0.1)]).bytes(),
            &["'Relu_y'", "slope", "no such attribute"],
        ),
        (
            "attribute of another type",
            one_node("LeakyRelu", vec![string("alpha", "much")]).bytes(),
            &["'LeakyRelu_y'", "alpha", "a real number"],
        ),
        (
            "auto_pad",
            one_node(
                "MaxPool",
                vec![ints("kernel_shape", &[2, 2]), string("auto_pad", "SAME")],
            )
            .bytes(),
            &["'MaxPool_y'", "auto_pad", "SAME_UPPER"],
        ),
        (
            "pool without kernel",
            one_node("MaxPool", vec![]).bytes(),
            &["'MaxPool_y'", "kernel_shape", "missing"],
        ),
        (
            "stride 0",
            one_node(
                "MaxPool",
                vec![ints("kernel_shape", &[2, 2]), ints("strides", &[0, 1])],
            )
            .bytes(),
            &["'MaxPool_y'", "strides", "from 1"],
        ),
        (
            "window too large",
            one_node("MaxPool", vec![ints("kernel_shape", &[5, 5])]).bytes(),
            &["'MaxPool_y'", "does not fit"],
        ),
        (
            "training",
            one_node("BatchNormalization", vec![int("training_mode", 1)]).bytes(),
            &["'BatchNormalization_y'", "training_mode"],
        ),
        (
            "channels",
            valid_model()
                .weights("w5", &[3, 5, 3, 3], &[0.0; 135])
                .node("Conv", &["x", "w5"], &["z"], vec![])
                .bytes(),
            &["'Conv_z'", "channels", "[3, 5, 3, 3]"],
        ),
        (
            "inner dimensions",
            Model::new()
                .input("x", &[1, 3])
                .weights("w", &[4, 2], &[0.0; 8])
                .node("MatMul", &["x", "w"], &["y"], vec![])
                .output("y")
                .bytes(),
            &["'MatMul_y'", "inner dimensions", "[1, 3] times [4, 2]"],
        ),
        (
            "missing input",
            one_node("Conv", vec![]).bytes(),
            &["'Conv_y'", "input 1 is missing"],
        ),
        (
            "absurd fold",
            Model::new()
                .input("x", &[1, 4])
                .integers("shape", &[3], &[1 << 20, 1 << 20, 1 << 20])
                .node("ConstantOfShape", &["shape"], &["c"], vec![])
                .node("Add", &["x", "c"], &["y"], vec![])
                .output("y")
                .bytes(),
            &["'ConstantOfShape_c'", "more than"],
        ),
        (
            "shape from data",
            Model::new()
                .input("x", &[2, 2])
                .input("s", &[2])
                .node("Cast", &["s"], &["i"], vec![int("to", 7)])
                .node("Expand", &["x", "i"], &["y"], vec![])
                .output("y")
                .bytes(),
            &["'Expand_y'", "'i'"],
        ),
        (
            "fill of several values",
            Model::new()
                .integers("s", &[1], &[3])
                .node(
                    "ConstantOfShape",
                    &["s"],
                    &["y"],
                    vec![tensor(
                        "value",
                        raw_tensor("", DataType::UINT8, &[2], vec![1, 2]),
                    )],
                )
                .output("y")
                .bytes(),
            &["'ConstantOfShape_y'", "value", "one element"],
        ),
    ]
}

fn valid_with_weights(weights: &[f32]) -> Model {
    let mut model = valid_model();
    model.graph().initializer.remove(0);
    model.weights("w", &[3, 2, 3, 3], weights)
}

#[test]
fn each_broken_model_has_one_clear_error() {
    let mut failures = Vec::new();
    for (name, bytes, expected) in cases() {
        match import_bytes(&bytes, FILE, &ImportOptions::default()) {
            Ok(_) => failures.push(format!("{name}: was accepted")),
            Err(error) => {
                let message = error.to_string();
                println!("{name}: {message}");
                if !message.starts_with(FILE) || expected.iter().any(|part| !message.contains(part))
                {
                    failures.push(format!("{name}: {message:?} lacks one of {expected:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every name the error message offers is really decoded: given nonsense, it fails in another way.
#[test]
fn supported_operators_are_not_reported_as_unsupported() {
    for op in SUPPORTED {
        let result = import_bytes(
            &one_node(op, vec![]).bytes(),
            FILE,
            &ImportOptions::default(),
        );
        if let Err(error) = result {
            assert!(
                !error.to_string().contains("supported are"),
                "{op}: {error}"
            );
        }
    }
    assert!(SUPPORTED.is_sorted());
}

#[test]
fn an_error_about_inputs_names_both_shapes() {
    let graph = import_bytes(&valid_model().bytes(), FILE, &ImportOptions::default()).unwrap();
    let wrong = ndarray::ArrayD::zeros(vec![1, 4, 4, 2]);
    let message = Runner::new(&graph)
        .run(&[wrong.into()])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("[1, 4, 4, 2]") && message.contains("[1, 2, 4, 4]"),
        "{message}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damaged bytes end in an error or in a model, not in a panic.
    #[test]
    fn damaged_models_never_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        keep in any::<bool>(),
    ) {
        let mut bytes = valid_model().bytes();
        for (position, value) in damage {
            let position = position.index(bytes.len());
            bytes[position] = value;
        }
        let length = if keep { bytes.len() } else { cut.index(bytes.len()) };
        let _ = import_bytes(&bytes[..length], FILE, &ImportOptions::default());
    }
}

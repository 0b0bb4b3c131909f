//! Models that are open in a legal way, and weights of every width.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Dim, Model};
use common::valid_model;
use rten_onnx::onnx::DataType;
use systole_quant::import::{ImportOptions, import_bytes};

const FILE: &str = "model.onnx";

#[test]
fn the_valid_model_is_accepted() {
    let graph = import_bytes(&valid_model().bytes(), FILE, &ImportOptions::default()).unwrap();
    assert_eq!(graph.shape(graph.outputs[0]), [1, 2]);
}

#[test]
fn open_dimensions_take_the_overrides() {
    let model = Model::new()
        .symbolic_input("x", &[Dim::Symbol("N"), Dim::Symbol("time")])
        .symbolic_input("h", &[Dim::Fixed(1), Dim::Symbol("N")])
        .node("Relu", &["x"], &["y"], vec![])
        .node("Relu", &["h"], &["z"], vec![])
        .output("y")
        .output("z");
    let options = ImportOptions {
        batch: 3,
        dims: [("time".to_string(), 5)].into(),
    };
    let graph = import_bytes(&model.bytes(), FILE, &options).unwrap();
    assert_eq!(graph.shape(graph.outputs[0]), [3, 5]);
    assert_eq!(
        graph.shape(graph.outputs[1]),
        [1, 3],
        "the batch symbol means the same everywhere"
    );
}

#[test]
fn sixteen_bit_weights_are_converted() {
    let one_and_a_half = [(DataType::FLOAT16, 0x3e00u16), (DataType::BFLOAT16, 0x3fc0)];
    for (data_type, bits) in one_and_a_half {
        let model = Model::new()
            .input("x", &[2])
            .raw(
                "w",
                data_type,
                &[2],
                [bits.to_le_bytes(), bits.to_le_bytes()].concat(),
            )
            .node("Mul", &["x", "w"], &["y"], vec![])
            .output("y");
        let graph = import_bytes(&model.bytes(), FILE, &ImportOptions::default()).unwrap();
        let weights = graph
            .find("w")
            .and_then(|id| graph.constant_float(id))
            .unwrap();
        assert!(weights.iter().all(|weight| *weight == 1.5), "{data_type}");
    }
}

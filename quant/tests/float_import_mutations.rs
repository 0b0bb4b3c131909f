//! Well-formed files with senseless contents: any operator on any tensors with any attributes ends in an error or
//! in a graph that runs, never in a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Model, float, int, ints};
use proptest::prelude::*;
use rten_onnx::onnx::AttributeProto;
use systole_quant::float::{ElementType, Runner, Value};
use systole_quant::import::{ImportOptions, SUPPORTED, import_bytes};

/// Tensors of many shapes; integers small, so that they are plausible axes, sizes and pads.
const TENSORS: &[&str] = &[
    "x", "image", "empty", "filter", "vector", "scalar", "axes", "sizes", "index", "first", "",
];

const INTEGERS: &[&str] = &[
    "axis",
    "keepdims",
    "group",
    "blocksize",
    "transA",
    "transB",
    "ceil_mode",
    "block_size",
    "start",
    "end",
    "allowzero",
    "to",
    "num_outputs",
    "storage_order",
];

const LISTS: &[&str] = &[
    "pads",
    "strides",
    "dilations",
    "kernel_shape",
    "axes",
    "perm",
    "split",
    "starts",
    "ends",
    "value_ints",
];

fn model() -> Model {
    Model::new()
        .input("x", &[1, 6])
        .input("image", &[1, 4, 5, 6])
        .input("empty", &[0, 4, 3])
        .weights("filter", &[4, 2, 3, 3], &[0.5; 72])
        .weights("vector", &[4], &[1.0, -1.0, 0.5, 2.0])
        .weights("scalar", &[], &[0.25])
        .integers("axes", &[2], &[-1, 2])
        .integers("sizes", &[4], &[0, -1, 3, 2])
        .integers("index", &[], &[1])
}

fn attribute() -> impl Strategy<Value = AttributeProto> {
    let value = prop_oneof![-3i64..8, any::<i64>(), Just(1 << 24)];
    let list = prop::collection::vec(prop_oneof![4 => -2i64..6, 1 => any::<i64>()], 0..7);
    prop_oneof![
        (prop::sample::select(INTEGERS), value).prop_map(|(name, value)| int(name, value)),
        (prop::sample::select(LISTS), list).prop_map(|(name, values)| ints(name, &values)),
        any::<f32>().prop_map(|value| float("alpha", value)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_operator_on_anything(
        ops in prop::array::uniform2(prop::sample::select(SUPPORTED)),
        inputs in prop::array::uniform2(prop::collection::vec(prop::sample::select(TENSORS), 0..6)),
        attributes in prop::array::uniform2(prop::collection::vec(attribute(), 0..2)),
        opset in 7i64..22,
        chain in prop::bool::weighted(0.2),
    ) {
        let mut model = model().opset(opset);
        // "first" exists only for the second node.
        let early: Vec<&str> = inputs[0].iter().copied().filter(|name| *name != "first").collect();
        model = model.node(ops[0], &early, &["first"], attributes[0].clone());
        model = if chain {
            model.node(ops[1], &inputs[1], &["second"], attributes[1].clone())
        } else {
            model.node("Identity", &["first"], &["second"], vec![])
        };
        model = model.output("second").output("first");
        if let Ok(graph) = import_bytes(&model.bytes(), "any.onnx", &ImportOptions::default()) {
            let zeros = |id: &_| Value::zeros(ElementType::Float, graph.shape(*id));
            let inputs: Vec<Value> = graph.inputs.iter().map(zeros).collect();
            let outputs = Runner::new(&graph).run(&inputs).expect("what was imported can be run");
            for (id, output) in graph.outputs.iter().zip(&outputs) {
                prop_assert_eq!(graph.shape(*id), output.shape());
            }
        }
    }
}

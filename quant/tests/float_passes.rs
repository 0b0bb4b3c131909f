//! Each simplification keeps the outputs, and leaves the operators it promises.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Model, float, int, ints, string};
use common::{Noise, max_difference};
use ndarray::{ArrayD, IxDyn};
use systole_quant::float::{Graph, Op, Padding, Runner, Value, passes};
use systole_quant::import::{ImportOptions, parse_bytes};

fn op_names(graph: &Graph) -> Vec<&'static str> {
    graph.nodes.iter().map(|node| node.op.name()).collect()
}

/// Runs the pipeline pass by pass and compares the outputs after each with those of the model as written.
fn simplify_checked(model: &Model) -> Graph {
    let mut graph = parse_bytes(&model.bytes(), "model", &ImportOptions::default()).unwrap();
    let mut noise = Noise(7);
    let random = |id: &_| {
        Value::from(ArrayD::from_shape_fn(IxDyn(graph.shape(*id)), |_| {
            noise.next()
        }))
    };
    let inputs: Vec<Value> = graph.inputs.iter().map(random).collect();
    let expected = Runner::new(&graph).run(&inputs).unwrap();
    for pass in passes::PIPELINE {
        pass.run(&mut graph).unwrap();
        let outputs = Runner::new(&graph).run(&inputs).unwrap();
        for (found, expected) in outputs.iter().zip(&expected) {
            let difference =
                max_difference(found.as_float().unwrap(), expected.as_float().unwrap());
            assert!(difference < 1e-4, "after {}: {difference}", pass.name);
        }
    }
    graph
}

fn conv_model(noise: &mut Noise) -> Model {
    Model::new()
        .input("x", &[1, 3, 6, 6])
        .weights("w", &[4, 3, 3, 3], &noise.list(108))
        .weights("b", &[4], &noise.list(4))
}

#[test]
fn batch_normalization_folds_into_conv() {
    let mut noise = Noise(1);
    let model = conv_model(&mut noise)
        .weights("gamma", &[4], &noise.list(4))
        .weights("beta", &[4], &noise.list(4))
        .weights("mean", &[4], &noise.list(4))
        .weights("variance", &[4], &[0.5, 1.0, 2.0, 0.1])
        .node(
            "Conv",
            &["x", "w", "b"],
            &["c"],
            vec![ints("pads", &[1, 1, 1, 1])],
        )
        .node(
            "BatchNormalization",
            &["c", "gamma", "beta", "mean", "variance"],
            &["n"],
            vec![float("epsilon", 1e-3)],
        )
        .node("Relu", &["n"], &["y"], vec![])
        .output("y");
    assert_eq!(op_names(&simplify_checked(&model)), ["Conv", "Relu"]);
}

#[test]
fn channel_arithmetic_folds_into_conv() {
    let mut noise = Noise(2);
    let model = conv_model(&mut noise)
        .weights("scale", &[1, 4, 1, 1], &noise.list(4))
        .weights("shift", &[4, 1, 1], &noise.list(4))
        .weights("two", &[], &[2.0])
        .node("Conv", &["x", "w"], &["c"], vec![])
        .node("Mul", &["c", "scale"], &["m"], vec![])
        .node("Add", &["shift", "m"], &["a"], vec![])
        .node("Div", &["a", "two"], &["d"], vec![])
        .node("Sub", &["d", "two"], &["y"], vec![])
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(op_names(&graph), ["Conv"]);
    assert_eq!(
        graph.tensor(graph.outputs[0]).name,
        "y",
        "an output keeps its name"
    );
}

#[test]
fn arithmetic_that_is_not_per_channel_stays() {
    let mut noise = Noise(3);
    let model = conv_model(&mut noise)
        .weights("columns", &[4], &noise.list(4))
        .node("Conv", &["x", "w"], &["c"], vec![])
        .node("Mul", &["c", "columns"], &["y"], vec![])
        .output("y");
    assert_eq!(op_names(&simplify_checked(&model)), ["Conv", "Mul"]);
}

#[test]
fn a_result_with_two_readers_is_not_rewritten() {
    let mut noise = Noise(4);
    let model = conv_model(&mut noise)
        .weights("scale", &[4, 1, 1], &noise.list(4))
        .node("Conv", &["x", "w"], &["c"], vec![])
        .node("Mul", &["c", "scale"], &["m"], vec![])
        .node("Add", &["c", "m"], &["y"], vec![])
        .output("y");
    assert_eq!(op_names(&simplify_checked(&model)), ["Conv", "Mul", "Add"]);
}

#[test]
fn matmul_bias_and_scale_become_one_gemm() {
    let mut noise = Noise(5);
    let model = Model::new()
        .input("x", &[1, 5])
        .weights("w", &[5, 3], &noise.list(15))
        .weights("b", &[3], &noise.list(3))
        .weights("s", &[1, 3], &noise.list(3))
        .node("MatMul", &["x", "w"], &["p"], vec![])
        .node("Add", &["p", "b"], &["a"], vec![])
        .node("Mul", &["a", "s"], &["y"], vec![])
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(op_names(&graph), ["Gemm"]);
    assert_eq!(
        graph.float_input(&graph.nodes[0], 1).unwrap().shape(),
        [3, 5],
        "weights [outputs, inputs]"
    );
}

#[test]
fn gemm_attributes_fold_into_weights() {
    for (transpose_b, shape) in [(0, [5, 3]), (1, [3, 5])] {
        let mut noise = Noise(6);
        let model = Model::new()
            .input("x", &[1, 5])
            .weights("w", &shape, &noise.list(15))
            .weights("b", &[], &[0.75])
            .node(
                "Gemm",
                &["x", "w", "b"],
                &["y"],
                vec![
                    float("alpha", 0.5),
                    float("beta", 2.0),
                    int("transB", transpose_b),
                ],
            )
            .output("y");
        let graph = simplify_checked(&model);
        let Op::Gemm(gemm) = &graph.nodes[0].op else {
            panic!("{:?}", graph.nodes)
        };
        assert_eq!(
            (gemm.alpha, gemm.beta, gemm.transpose_a, gemm.transpose_b),
            (1.0, 1.0, false, true)
        );
        assert_eq!(graph.float_input(&graph.nodes[0], 2).unwrap().shape(), [3]);
    }
}

#[test]
fn zero_padding_moves_into_conv() {
    let mut noise = Noise(8);
    let model = conv_model(&mut noise)
        .integers("pads", &[8], &[0, 0, 1, 2, 0, 0, 0, 1])
        .node("Pad", &["x", "pads"], &["p"], vec![])
        .node(
            "Conv",
            &["p", "w"],
            &["y"],
            vec![ints("pads", &[1, 0, 0, 0])],
        )
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(op_names(&graph), ["Conv"]);
    let Op::Conv(conv) = &graph.nodes[0].op else {
        panic!("{:?}", graph.nodes)
    };
    assert_eq!(
        conv.window.padding,
        Padding::Explicit {
            before: vec![2, 2],
            after: vec![0, 1]
        }
    );
}

#[test]
fn other_padding_stays() {
    for (mode, value) in [("constant", 0.5), ("reflect", 0.0)] {
        let mut noise = Noise(9);
        let model = conv_model(&mut noise)
            .integers("pads", &[8], &[0, 0, 1, 1, 0, 0, 1, 1])
            .weights("value", &[], &[value])
            .node(
                "Pad",
                &["x", "pads", "value"],
                &["p"],
                vec![string("mode", mode)],
            )
            .node("Conv", &["p", "w"], &["y"], vec![])
            .output("y");
        assert_eq!(
            op_names(&simplify_checked(&model)),
            ["Pad", "Conv"],
            "{mode}"
        );
    }
}

#[test]
fn identities_vanish_and_outputs_keep_their_names() {
    let model = Model::new()
        .input("x", &[1, 4])
        .node("Identity", &["x"], &["a"], vec![])
        .node("Relu", &["a"], &["b"], vec![])
        .node("Dropout", &["b"], &["c"], vec![])
        .node("Cast", &["c"], &["d"], vec![int("to", 1)])
        .node("Identity", &["d"], &["y"], vec![])
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(op_names(&graph), ["Relu"]);
    assert_eq!(graph.tensor(graph.outputs[0]).name, "y");
}

#[test]
fn an_output_that_is_an_input_keeps_its_identity() {
    let model = Model::new()
        .input("x", &[1, 4])
        .node("Identity", &["x"], &["y"], vec![])
        .output("y")
        .output("x");
    assert_eq!(op_names(&simplify_checked(&model)), ["Identity"]);
}

/// What exporters write for "reshape to batch x everything else".
#[test]
fn shape_arithmetic_folds() {
    let model = Model::new()
        .input("x", &[1, 2, 3, 4])
        .integers("zero", &[], &[0])
        .integers("axis", &[1], &[0])
        .integers("rest", &[1], &[-1])
        .node("Relu", &["x"], &["r"], vec![])
        .node("Shape", &["r"], &["s"], vec![])
        .node("Gather", &["s", "zero"], &["n"], vec![])
        .node("Unsqueeze", &["n", "axis"], &["n1"], vec![])
        .node("Concat", &["n1", "rest"], &["shape"], vec![int("axis", 0)])
        .node("Reshape", &["r", "shape"], &["y"], vec![])
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(op_names(&graph), ["Relu", "Reshape"]);
    assert_eq!(graph.shape(graph.outputs[0]), [1, 24]);
}

#[test]
fn clip_bounds_become_attributes() {
    let model = Model::new()
        .input("x", &[1, 4])
        .weights("low", &[], &[0.0])
        .weights("high", &[], &[6.0])
        .node("Clip", &["x", "low", "high"], &["y"], vec![])
        .output("y");
    let graph = simplify_checked(&model);
    assert_eq!(
        graph.nodes[0].op,
        Op::Clip {
            min: Some(0.0),
            max: Some(6.0)
        }
    );
    assert_eq!(graph.nodes[0].inputs.len(), 1);
}

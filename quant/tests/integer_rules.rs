//! The rules of the integer graph: each one is broken alone, and named in the error.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_quant::integer::{
    AveragePool, Concat, Conv, GraphError, HostOp, InputLayout, IntGraph, IntTensor, Layer,
    LayerOp, MaxPool, Multiplier, Rescale, Shape, Window,
};

const ONE: Multiplier = Multiplier { m: 1 << 15, s: 15 };
const IMAGE: Shape = Shape { h: 4, w: 4, c: 2 };

fn tensor(name: &str, shape: Shape) -> IntTensor {
    IntTensor {
        name: name.into(),
        shape,
        scale: 0.5,
        zero: 3,
    }
}

fn layer(name: &str, op: LayerOp, inputs: &[usize], output: usize) -> Layer {
    Layer {
        name: name.into(),
        op,
        inputs: inputs.to_vec(),
        output,
    }
}

/// x, r -> conv (residual r) -> max pool; conv and x -> concat; x -> average pool.
fn graph() -> IntGraph {
    let window = Window {
        kernel: [3, 3],
        pads: [1; 4],
        ..Window::ONE
    };
    let conv = Conv {
        window,
        groups: 1,
        weights: vec![1; 2 * 9 * 2],
        bias: vec![0, 7],
        multipliers: vec![ONE; 2],
        clamp: [-128, 127],
        residual: Some(Rescale {
            multiplier: ONE,
            zero: 3,
        }),
    };
    let average = AveragePool {
        window: Window::whole(IMAGE),
        count_include_pad: false,
        multipliers: vec![(16, ONE)],
        clamp: [-128, 127],
    };
    let layers = vec![
        layer("conv", LayerOp::Conv(conv), &[0, 1], 2),
        layer("pool", LayerOp::MaxPool(MaxPool { window }), &[2], 3),
        layer("concat", LayerOp::Concat(Concat { axis: 2 }), &[2, 0], 4),
        layer("average", LayerOp::AveragePool(average), &[0], 5),
    ];
    let wide = Shape { c: 4, ..IMAGE };
    let shapes = [IMAGE, IMAGE, IMAGE, IMAGE, wide, Shape::vector(2)];
    let names = ["x", "r", "y", "max", "both", "mean"];
    IntGraph {
        name: "rules".into(),
        tensors: names
            .into_iter()
            .zip(shapes)
            .map(|(n, s)| tensor(n, s))
            .collect(),
        layers,
        inputs: vec![0, 1],
        input_layouts: vec![InputLayout::of(IMAGE); 2],
        outputs: vec![3, 4],
        host_ops: vec![vec![], vec![HostOp::Reshape(vec![64]), HostOp::Softmax]],
    }
}

fn conv(graph: &mut IntGraph) -> &mut Conv {
    match &mut graph.layers[0].op {
        LayerOp::Conv(conv) => conv,
        _ => unreachable!("layer 0 is a convolution"),
    }
}

fn broken(change: impl FnOnce(&mut IntGraph)) -> GraphError {
    let mut graph = graph();
    change(&mut graph);
    graph.validate().unwrap_err()
}

macro_rules! refused {
    ($change:expr, $($pattern:tt)+) => {
        let error = broken($change);
        assert!(matches!(&error, $($pattern)+), "{error:?}");
    };
}

#[test]
fn the_graph_as_it_is() {
    assert_eq!(graph().validate(), Ok(()));
}

#[test]
fn order_and_indices() {
    refused!(
        |g| g.layers.swap(0, 1),
        GraphError::ReadBeforeWritten { layer, tensor } if layer == "pool" && tensor == "y"
    );
    refused!(
        |g| g.layers[1].output = 2,
        GraphError::WrittenTwice { tensor, by } if tensor == "y" && by == "pool"
    );
    refused!(|g| g.layers[1].output = 0, GraphError::WrittenTwice { .. });
    refused!(|g| g.inputs.push(0), GraphError::WrittenTwice { .. });
    refused!(
        |g| g.layers[3].inputs[0] = 6,
        GraphError::TensorIndex {
            found: 6,
            count: 6,
            ..
        }
    );
    refused!(
        |g| g.outputs[0] = 6,
        GraphError::TensorIndex { found: 6, .. }
    );
    refused!(
        |g| drop(g.layers.pop()),
        GraphError::NeverWritten { tensor } if tensor == "mean"
    );
}

#[test]
fn tensors() {
    refused!(|g| g.tensors[0].shape.c = 0, GraphError::Shape { .. });
    refused!(|g| g.tensors[0].shape.h = 1 << 17, GraphError::Shape { .. });
    refused!(
        |g| (0..5).for_each(|i| g.tensors[i].shape = Shape::new(1 << 13, 1 << 13, 1)),
        GraphError::TooLarge { .. }
    );
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused!(|g| g.tensors[2].scale = scale, GraphError::Scale { .. });
    }
}

#[test]
fn convolutions() {
    refused!(
        |g| conv(g).weights[5] = -128,
        GraphError::Weight { index: 5, .. }
    );
    refused!(
        |g| conv(g).weights.truncate(35),
        GraphError::Count {
            found: 35,
            expected: 36,
            ..
        }
    );
    refused!(
        |g| conv(g).bias.truncate(1),
        GraphError::Count {
            found: 1,
            expected: 2,
            ..
        }
    );
    refused!(
        |g| conv(g).multipliers.push(ONE),
        GraphError::Count {
            found: 3,
            expected: 2,
            ..
        }
    );
    refused!(
        |g| conv(g).clamp = [5, 4],
        GraphError::Clamp { lo: 5, hi: 4, .. }
    );
    for groups in [0, 3] {
        refused!(|g| conv(g).groups = groups, GraphError::Groups { .. });
    }
    refused!(
        |g| conv(g).window.kernel = [7, 3],
        GraphError::Window { .. }
    );
    refused!(
        |g| conv(g).window.pads = [1, 0, 1, 1],
        GraphError::ResultShape { .. }
    );
    refused!(
        |g| conv(g).residual = None,
        GraphError::Operands { found: 2, .. }
    );
    refused!(
        |g| g.layers[0].inputs.truncate(1),
        GraphError::Operands { found: 1, .. }
    );
    refused!(
        |g| conv(g).residual = Some(Rescale {
            multiplier: ONE,
            zero: 4
        }),
        GraphError::Zero {
            found: 4,
            expected: 3,
            ..
        }
    );
}

#[test]
fn multipliers() {
    for (m, s) in [
        (1 << 15, 56),
        (1 << 15, 7),
        ((1 << 15) - 1, 15),
        (1, 15),
        (0, 7),
    ] {
        let by = Multiplier { m, s };
        refused!(
            |g| conv(g).multipliers[1] = by,
            GraphError::Multiplier { .. }
        );
    }
    for (m, s) in [(1 << 15, 55), (1 << 15, 8), (65535, 15), (0, 55)] {
        let mut graph = graph();
        conv(&mut graph).multipliers[1] = Multiplier { m, s };
        assert_eq!(graph.validate(), Ok(()), "{m} {s}");
    }
}

/// 18 weights of 1 may add 18 * 128 to the bias: the proof is exact, on both sides of zero.
#[test]
fn the_accumulator_never_wraps() {
    let room = (1i64 << 34) - 18 * 128;
    for bias in [room - 1, 1 - room] {
        let mut graph = graph();
        conv(&mut graph).bias[1] = bias;
        assert_eq!(graph.validate(), Ok(()), "{bias}");
    }
    for bias in [room, -room, i64::MAX, i64::MIN] {
        refused!(
            |g| conv(g).bias[1] = bias,
            GraphError::Accumulator { channel: 1, .. }
        );
    }
}

#[test]
fn pooling_and_concatenation() {
    let window = Window {
        kernel: [1, 1],
        pads: [1; 4],
        stride: [2, 2],
        ..Window::ONE
    };
    refused!(
        |g| {
            g.layers[1].op = LayerOp::MaxPool(MaxPool { window });
            g.tensors[3].shape = Shape::new(3, 3, 2);
        },
        GraphError::EmptyWindow { position: 0, .. }
    );
    refused!(
        |g| g.tensors[3].scale = 0.25,
        GraphError::ScaleChanges { .. }
    );
    refused!(|g| g.tensors[3].zero = 4, GraphError::ScaleChanges { .. });
    refused!(
        |g| g.tensors[4].scale = 0.25,
        GraphError::ScaleChanges { .. }
    );
    refused!(|g| g.tensors[4].shape.c = 5, GraphError::ResultShape { .. });
    refused!(
        |g| g.layers[2].op = LayerOp::Concat(Concat { axis: 3 }),
        GraphError::Axis { found: 3, .. }
    );
    refused!(
        |g| match &mut g.layers[3].op {
            LayerOp::AveragePool(pool) => pool.multipliers[0].0 = 15,
            _ => unreachable!("layer 3 is an average"),
        },
        GraphError::Divisor { divisor: 16, .. }
    );
}

#[test]
fn the_host() {
    refused!(
        |g| drop(g.host_ops.pop()),
        GraphError::HostOps {
            found: 1,
            expected: 2
        }
    );
    refused!(
        |g| g.host_ops[1][0] = HostOp::Reshape(vec![63]),
        GraphError::HostOp { output: 1, .. }
    );
    refused!(
        |g| g.host_ops[0] = vec![HostOp::Transpose([0, 1, 1])],
        GraphError::HostOp { output: 0, .. }
    );
    refused!(
        |g| drop(g.input_layouts.pop()),
        GraphError::InputLayout { .. }
    );
    refused!(
        |g| g.input_layouts[1].permutation = vec![0, 0, 2],
        GraphError::InputLayout { input: 1, .. }
    );
    refused!(
        |g| g.input_layouts[1].shape = vec![4, 4, 3],
        GraphError::InputLayout { input: 1, .. }
    );
}

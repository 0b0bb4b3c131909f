//! Small cases worked out by hand from `docs/numerics.md`.

use super::run;
use crate::integer::{
    AveragePool, Concat, Conv, InputLayout, IntGraph, IntTensor, Layer, LayerOp, MaxPool,
    Multiplier, Pad, Rescale, Shape, Window,
};
use crate::reference::ReferenceError;

const ONE: Multiplier = Multiplier { m: 1 << 15, s: 15 };
const HALF: Multiplier = Multiplier { m: 1 << 15, s: 16 };
const FULL: [i8; 2] = [-128, 127];

fn tensor(name: &str, shape: Shape, zero: i8) -> IntTensor {
    IntTensor {
        name: name.into(),
        shape,
        scale: 0.5,
        zero,
    }
}

/// A graph of one layer: operands `(shape, zero)` and result `(shape, zero)`.
fn graph(op: LayerOp, operands: &[(Shape, i8)], result: (Shape, i8)) -> IntGraph {
    let mut tensors: Vec<IntTensor> = operands
        .iter()
        .map(|&(shape, zero)| tensor("x", shape, zero))
        .collect();
    tensors.push(tensor("y", result.0, result.1));
    let inputs: Vec<usize> = (0..operands.len()).collect();
    let output = operands.len();
    let layer = Layer {
        name: "layer".into(),
        op,
        inputs: inputs.clone(),
        output,
    };
    let input_layouts = operands
        .iter()
        .map(|&(shape, _)| InputLayout::of(shape))
        .collect();
    let (layers, outputs, host_ops) = (vec![layer], vec![output], vec![vec![]]);
    IntGraph {
        name: "test".into(),
        tensors,
        layers,
        inputs,
        input_layouts,
        outputs,
        host_ops,
    }
}

fn result(graph: &IntGraph, inputs: &[&[i8]]) -> Vec<i8> {
    let inputs: Vec<Vec<i8>> = inputs.iter().map(|data| data.to_vec()).collect();
    run(graph, &inputs).unwrap().pop().unwrap()
}

fn conv(
    kernel: [usize; 2],
    pads: [usize; 4],
    weights: &[i8],
    bias: &[i64],
    multiplier: Multiplier,
) -> Conv {
    Conv {
        window: Window {
            kernel,
            pads,
            ..Window::ONE
        },
        groups: 1,
        weights: weights.to_vec(),
        bias: bias.to_vec(),
        multipliers: vec![multiplier; bias.len()],
        clamp: FULL,
        residual: None,
    }
}

#[test]
fn conv_rounds_half_up() {
    let op = conv([1, 1], [0; 4], &[1], &[0], HALF);
    let shape = Shape::new(1, 5, 1);
    let y = result(
        &graph(LayerOp::Conv(op), &[(shape, 0)], (shape, 3)),
        &[&[-3, -1, 0, 1, 3]],
    );
    assert_eq!(y, [3 - 1, 3, 3, 3 + 1, 3 + 2]);
}

#[test]
fn conv_padding_is_real_zero() {
    // x = q + 10 in steps: the folded bias is 10 * (1 + 2 + 4), so the padding contributes nothing.
    let op = conv([1, 3], [0, 1, 0, 1], &[1, 2, 4], &[70], ONE);
    let shape = Shape::new(1, 3, 1);
    let y = result(
        &graph(LayerOp::Conv(op), &[(shape, -10)], (shape, 0)),
        &[&[-9, -8, -7]],
    );
    assert_eq!(y, [2 + 2 * 4, 1 + 2 * 2 + 3 * 4, 2 + 3 * 2]);
}

#[test]
fn residual_is_added_before_the_only_rounding() {
    let mut op = conv([1, 1], [0; 4], &[1], &[0], HALF);
    op.residual = Some(Rescale {
        multiplier: HALF,
        zero: 1,
    });
    op.clamp = [0, 127];
    let shape = Shape::new(1, 3, 1);
    let graph = graph(LayerOp::Conv(op), &[(shape, 0), (shape, 1)], (shape, 0));
    assert_eq!(result(&graph, &[&[1, 1, -9], &[2, 1, 1]]), [1, 1, 0]);
}

#[test]
fn groups_read_their_own_channels() {
    let mut op = conv([1, 1], [0; 4], &[3, 5], &[0, 0], ONE);
    op.groups = 2;
    let shape = Shape::vector(2);
    assert_eq!(
        result(
            &graph(LayerOp::Conv(op), &[(shape, 0)], (shape, 0)),
            &[&[2, 7]]
        ),
        [6, 35]
    );
}

#[test]
fn pools_ignore_what_is_outside() {
    let window = Window {
        kernel: [1, 2],
        pads: [0, 1, 0, 0],
        ..Window::ONE
    };
    let (x, y) = (Shape::new(1, 3, 1), Shape::new(1, 3, 1));
    let max = graph(LayerOp::MaxPool(MaxPool { window }), &[(x, 5)], (y, 5));
    assert_eq!(result(&max, &[&[-100, -50, -70]]), [-100, -50, -50]);
    let multipliers = vec![(1, ONE), (2, HALF)];
    let op = AveragePool {
        window,
        count_include_pad: false,
        multipliers: multipliers.clone(),
        clamp: FULL,
    };
    assert_eq!(
        result(
            &graph(LayerOp::AveragePool(op), &[(x, 10)], (y, 0)),
            &[&[13, 10, 11]]
        ),
        [3, 2, 1]
    );
    let op = AveragePool {
        window,
        count_include_pad: true,
        multipliers,
        clamp: FULL,
    };
    assert_eq!(
        result(
            &graph(LayerOp::AveragePool(op), &[(x, 10)], (y, 0)),
            &[&[13, 10, 11]]
        ),
        [2, 2, 1]
    );
}

#[test]
fn add_table_requantize() {
    let shape = Shape::vector(3);
    let rescale = [
        Rescale {
            multiplier: HALF,
            zero: 0,
        },
        Rescale {
            multiplier: HALF,
            zero: -1,
        },
    ];
    let op = LayerOp::Add {
        rescale,
        clamp: [-128, 5],
    };
    assert_eq!(
        result(
            &graph(op, &[(shape, 0), (shape, -1)], (shape, 0)),
            &[&[1, 1, 20], &[0, -1, 20]]
        ),
        [1, 1, 5]
    );
    let table = (0..=255u8).map(|i| (i ^ 0x80) as i8 ^ 0x55).collect();
    assert_eq!(
        result(
            &graph(LayerOp::Table(table), &[(shape, 0)], (shape, 0)),
            &[&[-128, 0, 127]]
        ),
        [-43, 85, 42]
    );
    let op = LayerOp::Requantize {
        rescale: rescale[1],
        clamp: FULL,
    };
    assert_eq!(
        result(&graph(op, &[(shape, -1)], (shape, 7)), &[&[-1, 0, 10]]),
        [7, 8, 13]
    );
}

#[test]
fn concat_and_pad_move_bytes() {
    let (a, b) = (Shape::new(1, 2, 1), Shape::new(1, 2, 2));
    let op = LayerOp::Concat(Concat { axis: 2 });
    let y = result(
        &graph(op, &[(a, 0), (b, 0)], (Shape::new(1, 2, 3), 0)),
        &[&[1, 2], &[3, 4, 5, 6]],
    );
    assert_eq!(y, [1, 3, 4, 2, 5, 6]);
    let op = LayerOp::Pad(Pad {
        pads: [1, 0, 0, 1],
        value: 9,
    });
    assert_eq!(
        result(&graph(op, &[(a, 0)], (Shape::new(2, 3, 1), 0)), &[&[1, 2]]),
        [9, 9, 9, 1, 2, 9]
    );
}

#[test]
fn refuses_inputs_that_do_not_fit() {
    let shape = Shape::vector(2);
    let graph = graph(LayerOp::Reshape, &[(shape, 0)], (shape, 0));
    assert!(matches!(
        run(&graph, &[]),
        Err(ReferenceError::InputCount {
            found: 0,
            expected: 1,
            ..
        })
    ));
    assert!(matches!(
        run(&graph, &[vec![1]]),
        Err(ReferenceError::InputSize {
            found: 1,
            expected: 2,
            ..
        })
    ));
}

//! Convolution in the float graph equals its definition.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::onnx_writer::{Model, int, ints};
use common::{Noise, max_difference};
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;
use systole_quant::float::Runner;
use systole_quant::import::{ImportOptions, import_bytes};

/// A convolution to compare with plain loops.
#[derive(Debug, Clone)]
struct ConvCase {
    groups: usize,
    channels: usize,
    filters: usize,
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Top, left, bottom, right.
    pads: [usize; 4],
    seed: u64,
}

fn conv_case() -> impl Strategy<Value = ConvCase> {
    let pair = prop::array::uniform2::<std::ops::RangeInclusive<usize>>;
    (
        (1usize..=3, 1usize..=3, 1usize..=3, pair(5..=9), pair(1..=3)),
        (
            pair(1..=3),
            pair(1..=2),
            prop::array::uniform4(0usize..=3),
            any::<u64>(),
        ),
    )
        .prop_map(
            |((groups, channels, filters, input, kernel), (stride, dilation, pads, seed))| {
                ConvCase {
                    groups,
                    channels,
                    filters,
                    input,
                    kernel,
                    stride,
                    dilation,
                    pads,
                    seed,
                }
            },
        )
}

/// The definition of convolution, one product after the other.
fn plain_conv(
    case: &ConvCase,
    x: &ArrayD<f32>,
    w: &ArrayD<f32>,
    b: &[f32],
    shape: &[usize],
) -> ArrayD<f32> {
    ArrayD::from_shape_fn(IxDyn(shape), |index| {
        let (o, oy, ox) = (index[1], index[2], index[3]);
        let group = o / case.filters;
        let mut sum = f64::from(b[o]);
        for c in 0..case.channels {
            for ky in 0..case.kernel[0] {
                for kx in 0..case.kernel[1] {
                    let y = (oy * case.stride[0] + ky * case.dilation[0]).checked_sub(case.pads[0]);
                    let x_at =
                        (ox * case.stride[1] + kx * case.dilation[1]).checked_sub(case.pads[1]);
                    if let (Some(y), Some(x_at)) = (y, x_at)
                        && let Some(value) = x.get([0, group * case.channels + c, y, x_at])
                    {
                        sum += f64::from(*value) * f64::from(w[[o, c, ky, kx]]);
                    }
                }
            }
        }
        sum as f32
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn conv_equals_plain_loops(case in conv_case()) {
        let mut noise = Noise(case.seed);
        let (inputs, outputs) = (case.groups * case.channels, case.groups * case.filters);
        let w_shape = [outputs, case.channels, case.kernel[0], case.kernel[1]];
        let weights = noise.list(w_shape.iter().product());
        let bias = noise.list(outputs);
        let signed = |values: &[usize]| values.iter().map(|&value| value as i64).collect::<Vec<_>>();
        let model = Model::new()
            .input("x", &signed(&[1, inputs, case.input[0], case.input[1]]))
            .weights("w", &signed(&w_shape), &weights)
            .weights("b", &[outputs as i64], &bias)
            .node("Conv", &["x", "w", "b"], &["y"], vec![
                ints("pads", &signed(&case.pads)),
                ints("strides", &signed(&case.stride)),
                ints("dilations", &signed(&case.dilation)),
                int("group", case.groups as i64),
            ])
            .output("y");
        let graph = import_bytes(&model.bytes(), "conv", &ImportOptions::default()).unwrap();
        let x = ArrayD::from_shape_fn(IxDyn(graph.shape(graph.inputs[0])), |_| noise.next());
        let y = Runner::new(&graph).run(&[x.clone().into()]).unwrap();
        let w = ArrayD::from_shape_vec(IxDyn(&w_shape), weights).unwrap();
        let expected = plain_conv(&case, &x, &w, &bias, graph.shape(graph.outputs[0]));
        let difference = max_difference(y[0].as_float().unwrap(), &expected);
        prop_assert!(difference < 1e-5, "{difference}");
    }
}

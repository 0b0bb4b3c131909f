//! ONNX models: any bytes, and any operators on any tensors; what is imported goes down the whole path.

use ndarray::ArrayD;
use rten_onnx::onnx::AttributeProto;
use systole_quant::calibrate::{Dataset, Method};
use systole_quant::float::{Graph, Runner, Value};
use systole_quant::import::{ImportOptions, SUPPORTED, import_bytes};
use systole_quant::quantize::{Options, quantize};

use crate::onnx_writer::{Model, float, int, ints};
use crate::source::Source;

/// Elements of all activations above which a model is only imported.
const MOST_ELEMENTS: usize = 1 << 13;

/// Imports; what is imported is run, quantized, compiled and compared.
pub fn check(bytes: &[u8]) {
    let Ok(graph) = import_bytes(bytes, "fuzz.onnx", &ImportOptions::default()) else {
        return;
    };
    let _ = systole_quant::lower::lower(&graph);
    let sizes = graph.tensors.iter().map(|tensor| {
        let shape = tensor.shape.as_deref().unwrap_or(&[]);
        shape
            .iter()
            .fold(1usize, |n, &dim| n.saturating_mul(dim.max(1)))
    });
    if sizes.fold(0, usize::saturating_add) > MOST_ELEMENTS || graph.nodes.len() > 32 {
        return;
    }
    run(&graph);
    quantized(&graph);
}

fn sample(shape: &[usize], seed: usize) -> ArrayD<f32> {
    let mut state = seed as u32;
    ArrayD::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

fn run(graph: &Graph) {
    let inputs: Vec<Value> = graph
        .inputs
        .iter()
        .map(|id| Value::Float(sample(graph.shape(*id), 1)))
        .collect();
    if let Ok(outputs) = Runner::new(graph).run(&inputs) {
        for (id, output) in graph.outputs.iter().zip(&outputs) {
            assert_eq!(
                graph.shape(*id),
                output.shape(),
                "a shape differs from its prediction"
            );
        }
    }
}

fn quantized(graph: &Graph) {
    let inputs = |seed| {
        graph
            .inputs
            .iter()
            .map(|id| sample(graph.shape(*id), seed))
            .collect()
    };
    let data = Dataset {
        samples: (1..4).map(inputs).collect(),
    };
    for method in [Method::MinMax, Method::Mse] {
        let options = Options {
            method,
            ..Options::default()
        };
        if let Ok(quantized) = quantize(graph, &data, &options) {
            crate::integer::check(&quantized.graph);
        }
    }
}

const TENSORS: &[&str] = &[
    "x",
    "x",
    "image",
    "image",
    "filter",
    "depthwise",
    "dense",
    "vector",
    "scalar",
    "axes",
    "sizes",
    "index",
    "",
];

const ATTRIBUTES: &[&str] = &[
    "axis",
    "keepdims",
    "group",
    "transA",
    "transB",
    "ceil_mode",
    "count_include_pad",
    "allowzero",
    "pads",
    "strides",
    "dilations",
    "kernel_shape",
    "axes",
    "perm",
    "split",
    "alpha",
    "beta",
    "epsilon",
    "min",
    "max",
    "to",
    "value_ints",
];

/// A model of up to six nodes that reads and writes whatever the bytes say.
pub fn model(source: &mut Source<'_>) -> Vec<u8> {
    let weight = |n: usize| {
        (0..n)
            .map(|i| (i % 7) as f32 / 4.0 - 0.7)
            .collect::<Vec<_>>()
    };
    let mut model = Model::new()
        .opset(*source.pick(&[13, 7, 9, 11, 15, 18, 21]))
        .input("x", &[1, 6])
        .input("image", &[1, 4, 5, 6])
        .weights("filter", &[4, 4, 3, 3], &weight(144))
        .weights("depthwise", &[4, 1, 2, 2], &weight(16))
        .weights("dense", &[6, 3], &weight(18))
        .weights("vector", &[4], &[1.0, -1.0, 0.5, 2.0])
        .weights("scalar", &[], &[0.25])
        .integers("axes", &[2], &[-1, 2])
        .integers("sizes", &[4], &[0, -1, 3, 2])
        .integers("index", &[], &[1]);
    let results = ["a", "b", "c", "d", "e", "f"];
    let count = 1 + source.up_to(results.len() - 1);
    for index in 0..count {
        let op = *source.pick(SUPPORTED);
        let mut inputs = Vec::new();
        for position in 0..1 + source.up_to(3) {
            let earlier = index > 0 && (position == 0 || source.up_to(2) == 0);
            inputs.push(if earlier && source.up_to(7) != 0 {
                results[index - 1 - source.up_to(index - 1).min(source.up_to(index - 1))]
            } else {
                *source.pick(TENSORS)
            });
        }
        let attributes = (0..source.up_to(3)).map(|_| attribute(source)).collect();
        model = model.node(op, &inputs, &[results[index]], attributes);
    }
    model.output(results[count - 1]).bytes()
}

fn attribute(source: &mut Source<'_>) -> AttributeProto {
    let name = *source.pick(ATTRIBUTES);
    let number = |source: &mut Source<'_>| match source.up_to(15) {
        0 => source.long() as i64,
        1 => 1 << source.up_to(62),
        small => small as i64 - 6,
    };
    match source.up_to(3) {
        0 => int(name, number(source)),
        1 => float(name, f32::from_bits(source.word())),
        _ => {
            let values: Vec<i64> = (0..source.up_to(6)).map(|_| number(source)).collect();
            ints(name, &values)
        }
    }
}

//! The float graph of real models gives what onnxruntime gave, before and after simplification.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{arg_max, max_difference, shared};
use ndarray::{ArrayD, Axis};
use systole_quant::float::{Graph, Runner, Value};
use systole_quant::import::{ImportOptions, import_file, parse_bytes};
use systole_quant::npz::{Dataset, DatasetKeys, InputScale};

/// A model, its data, and what onnxruntime computed from it.
struct Case {
    model: &'static str,
    data: &'static str,
    reference: &'static str,
    scale: &'static str,
    /// Nodes after simplification: the operators the accelerator sees.
    nodes: usize,
    /// Least accuracy on the whole data file, where it has labels.
    accuracy: Option<f64>,
}

const CASES: &[Case] = &[
    Case {
        model: "lenet_mnist/lenet_mnist.onnx",
        data: "lenet_mnist/test.npz",
        reference: "ref_logits",
        scale: "1/255",
        nodes: 10,
        accuracy: Some(0.991),
    },
    Case {
        model: "resnet8_cifar10/resnet8_cifar10.onnx",
        data: "resnet8_cifar10/test.npz",
        reference: "ref_prob",
        scale: "1",
        nodes: 23,
        accuracy: Some(0.86125),
    },
    Case {
        model: "resnet8_cifar10/resnet8_cifar10_bn.onnx",
        data: "resnet8_cifar10/test.npz",
        reference: "ref_prob",
        scale: "1",
        nodes: 23,
        accuracy: Some(0.86125),
    },
    Case {
        model: "mlperf_ad/ad01.onnx",
        data: "mlperf_ad/test.npz",
        reference: "ref",
        scale: "1",
        nodes: 19,
        accuracy: None,
    },
    Case {
        model: "mlperf_kws/kws_ref_model_float32.onnx",
        data: "mlperf_kws/test.npz",
        reference: "ref_prob",
        scale: "1",
        nodes: 23,
        accuracy: Some(0.9655),
    },
];

fn names(graph: &Graph) -> Vec<&'static str> {
    graph.nodes.iter().map(|node| node.op.name()).collect()
}

/// Outputs of all samples, joined along the first axis.
fn run(graph: &Graph, images: &[ArrayD<f32>]) -> ArrayD<f32> {
    let outputs = Runner::new(graph).run_images(images).unwrap();
    let arrays: Vec<_> = outputs
        .iter()
        .map(|outputs| outputs[0].as_float().unwrap().view())
        .collect();
    ndarray::concatenate(Axis(0), &arrays).unwrap()
}

fn compare(case: &Case, limit: usize) {
    let (Some(model), Some(data)) = (
        shared(&format!("models/{}", case.model)),
        shared(&format!("models/{}", case.data)),
    ) else {
        return;
    };
    let options = ImportOptions::default();
    let simplified = import_file(&model, &options).unwrap();
    let written = parse_bytes(&std::fs::read(&model).unwrap(), case.model, &options).unwrap();
    let dataset = Dataset::load(&data, &DatasetKeys::default()).unwrap();
    let input_shape = simplified.shape(simplified.inputs[0]);
    let images = dataset
        .samples(input_shape, case.scale.parse().unwrap(), limit)
        .unwrap();
    let reference = &dataset.references[case.reference];
    let reference = reference
        .slice_axis(Axis(0), (0..images.len()).into())
        .to_owned();
    let largest = reference
        .iter()
        .fold(1.0f32, |largest, value| largest.max(value.abs()));
    for (form, graph) in [("as written", &written), ("simplified", &simplified)] {
        let outputs = run(graph, &images);
        let difference = max_difference(&outputs, &reference);
        println!(
            "{} {form}: {} nodes, max difference {difference:e}",
            case.model,
            graph.nodes.len()
        );
        assert!(
            difference < 1e-4 * largest,
            "{} {form}: {difference}",
            case.model
        );
        if let (Some(least), Some(labels), true) =
            (case.accuracy, &dataset.labels, limit == usize::MAX)
        {
            let hits = outputs.axis_iter(Axis(0)).zip(labels);
            let hits = hits
                .filter(|(row, label)| arg_max(&row.to_owned()) as i64 == **label)
                .count();
            let accuracy = hits as f64 / images.len() as f64;
            println!(
                "{} {form}: accuracy {accuracy:.4} of {} samples",
                case.model,
                images.len()
            );
            assert!(
                accuracy >= least - 1e-4,
                "{}: {accuracy} < {least}",
                case.model
            );
        }
    }
    assert_eq!(
        simplified.nodes.len(),
        case.nodes,
        "{}: {:?}",
        case.model,
        names(&simplified)
    );
}

#[test]
fn outputs_equal_onnxruntime() {
    for case in CASES {
        compare(case, 20);
    }
}

#[test]
#[ignore = "all test samples; a minute in a debug build"]
fn accuracy_on_whole_test_sets() {
    for case in CASES {
        compare(case, usize::MAX);
    }
}

#[test]
fn observed_tensors_have_the_recorded_shapes() {
    let Some(path) = shared("models/resnet8_cifar10/resnet8_cifar10_bn.onnx") else {
        return;
    };
    let graph = import_file(Path::new(&path), &ImportOptions::default()).unwrap();
    let input = Value::from(ArrayD::from_elem(graph.shape(graph.inputs[0]), 1.0));
    let mut seen = Vec::new();
    let outputs = Runner::new(&graph)
        .run_observed(&[input], &mut |id, array| {
            assert_eq!(graph.shape(id), array.shape(), "{}", graph.tensor(id).name);
            seen.push(id);
        })
        .unwrap();
    assert_eq!(outputs.len(), 1);
    assert_eq!(
        seen.len(),
        graph.nodes.len() + 1,
        "the input and one tensor for each node"
    );
}

#[test]
fn scale_is_applied() {
    let Some(path) = shared("models/lenet_mnist/calib.npz") else {
        return;
    };
    let dataset = Dataset::load(&path, &DatasetKeys::default()).unwrap();
    let images = dataset
        .samples(&[1, 1, 28, 28], "1/255".parse().unwrap(), 5)
        .unwrap();
    let largest = images
        .iter()
        .flatten()
        .fold(0.0f32, |largest, value| largest.max(*value));
    assert!(largest > 0.5 && largest <= 1.0, "{largest}");
    assert!(
        dataset
            .samples(&[1, 3, 28, 28], InputScale::default(), 5)
            .is_err()
    );
}

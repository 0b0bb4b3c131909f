//! Trained models on whole test sets: the accuracy of the integer graph.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::path::Path;

use systole_quant::calibrate::{Dataset, Method};
use systole_quant::float::Graph;
use systole_quant::import::{ImportOptions, import_file};
use systole_quant::integer::IntGraph;
use systole_quant::npz::{self, DatasetKeys, InputScale};
use systole_quant::numerics::quantize_value;
use systole_quant::quantize::{Options, quantize};
use systole_quant::reference::oracle;

fn samples(
    model: &Graph,
    path: &Path,
    scale: &str,
    limit: usize,
) -> (Vec<ndarray::ArrayD<f32>>, Vec<usize>) {
    let data = npz::Dataset::load(path, &DatasetKeys::default()).unwrap();
    let shape = model.shape(model.inputs[0]);
    let scale: InputScale = scale.parse().unwrap();
    let images = data.samples(shape, scale, limit).unwrap();
    let labels = data
        .labels
        .unwrap()
        .iter()
        .take(images.len())
        .map(|l| *l as usize)
        .collect();
    (images, labels)
}

fn answer(graph: &IntGraph, image: &ndarray::ArrayD<f32>) -> usize {
    let tensor = &graph.tensors[graph.inputs[0]];
    let bytes: Vec<i8> = image
        .iter()
        .map(|x| quantize_value(f64::from(*x), tensor.scale, tensor.zero))
        .collect();
    let bytes = graph.input_layouts[0].arrange(&bytes).unwrap();
    let values = oracle::run(graph, &[bytes]).unwrap();
    let logits = &values[graph.outputs[0]];
    (0..logits.len())
        .max_by_key(|&i| (logits[i], usize::MAX - i))
        .unwrap()
}

/// Accuracy of the integer graph, percent.
fn accuracy(model: &str, folder: &str, scale: &str, options: &Options, images: usize) -> f64 {
    let Some(folder) = common::shared(&format!("models/{folder}")) else {
        return 100.0;
    };
    let graph = import_file(&folder.join(model), &ImportOptions::default()).unwrap();
    let (calibration, _) = samples(&graph, &folder.join("calib.npz"), scale, usize::MAX);
    let start = std::time::Instant::now();
    let quantized = quantize(&graph, &Dataset::from_images(calibration), options).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let (test, labels) = samples(&graph, &folder.join("test.npz"), scale, images);
    use rayon::prelude::*;
    let right = test
        .par_iter()
        .zip(&labels)
        .filter(|(image, label)| answer(&quantized.graph, image) == **label)
        .count();
    let percent = 100.0 * right as f64 / test.len() as f64;
    let worst = quantized
        .sqnr_db
        .iter()
        .flatten()
        .copied()
        .fold(f64::INFINITY, f64::min);
    println!(
        "{model} {options:?}: {percent:.2} % of {}, worst layer {worst:.1} dB, quantized in {seconds:.1} s",
        test.len()
    );
    percent
}

#[test]
fn lenet_keeps_its_accuracy() {
    assert!(
        accuracy(
            "lenet_mnist.onnx",
            "lenet_mnist",
            "1/255",
            &Options::default(),
            1000
        ) >= 98.9
    );
}

#[test]
fn resnet8_keeps_its_accuracy() {
    for model in ["resnet8_cifar10.onnx", "resnet8_cifar10_bn.onnx"] {
        assert!(
            accuracy(model, "resnet8_cifar10", "1", &Options::default(), 800) >= 85.6,
            "{model}"
        );
    }
}

#[test]
#[ignore = "compares all methods, for choosing the default"]
fn methods() {
    for correct_bias in [false, true] {
        for method in [
            Method::MinMax,
            Method::Percentile(99.99),
            Method::Percentile(99.9),
            Method::Mse,
        ] {
            let options = Options {
                method,
                correct_bias,
                ..Options::default()
            };
            accuracy("lenet_mnist.onnx", "lenet_mnist", "1/255", &options, 1000);
            accuracy(
                "resnet8_cifar10.onnx",
                "resnet8_cifar10",
                "1",
                &options,
                800,
            );
        }
    }
}

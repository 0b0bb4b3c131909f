//! Trained recurrent models on whole test sets: the float graph against onnxruntime, the accuracy of the integer graph, and
//! that every form of one model which exporters write becomes the same integer graph.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::PathBuf;

use common::shared;
use ndarray::{ArrayD, Axis};
use rayon::prelude::*;
use systole_quant::calibrate::Dataset;
use systole_quant::float::{Graph, Runner};
use systole_quant::import::{ImportOptions, import_file};
use systole_quant::integer::IntGraph;
use systole_quant::npz::{self, DatasetKeys, Npz};
use systole_quant::numerics::quantize_value;
use systole_quant::quantize::{Options, Quantized, quantize};
use systole_quant::reference::fast::Prepared;

/// A model in all its forms, and its data.
struct Case {
    folder: &'static str,
    files: &'static [&'static str],
    /// Images or series of calibration and test.
    data: &'static str,
    scale: &'static str,
    /// Steps are the first axis of the reference outputs, samples the second.
    steps_first: bool,
    /// Least share of right answers, percent.
    accuracy: f64,
}

const MNIST: Case = Case {
    folder: "lstm_mnist",
    files: &[
        "lstm_mnist.onnx",
        "lstm_mnist_torch_b1.onnx",
        "lstm_mnist_torch_dyn.onnx",
    ],
    data: "lenet_mnist",
    scale: "1/255",
    steps_first: false,
    accuracy: 97.8,
};

const VOWELS: Case = Case {
    folder: "lstm_japanesevowels",
    files: &["lstm_japanesevowels.onnx"],
    data: "lstm_japanesevowels",
    scale: "1",
    steps_first: false,
    accuracy: 96.2,
};

const DIGITS: Case = Case {
    folder: "crnn_digits",
    files: &[
        "crnn_digits.onnx",
        "crnn_digits_torch_b1.onnx",
        "crnn_digits_torch_dyn.onnx",
    ],
    data: "crnn_digits",
    scale: "1/255",
    steps_first: true,
    accuracy: 89.8,
};

/// Class of "no digit" in the outputs of `crnn_digits`.
const BLANK: usize = 10;

impl Case {
    fn folder(&self) -> Option<PathBuf> {
        shared(&format!("models/{}", self.data))?;
        shared(&format!("models/{}", self.folder))
    }

    fn graph(&self, file: &str) -> Graph {
        let path = self.folder().unwrap().join(file);
        import_file(&path, &ImportOptions::default()).unwrap()
    }

    fn samples(&self, graph: &Graph, file: &str) -> (npz::Dataset, Vec<ArrayD<f32>>) {
        let path = shared(&format!("models/{}/{file}", self.data)).unwrap();
        let data = npz::Dataset::load(&path, &DatasetKeys::default()).unwrap();
        let shape = graph.shape(graph.inputs[0]);
        let samples = data
            .samples(shape, self.scale.parse().unwrap(), usize::MAX)
            .unwrap();
        (data, samples)
    }

    fn quantized(&self, file: &str, options: &Options, limit: usize) -> Quantized {
        let graph = self.graph(file);
        let (_, mut samples) = self.samples(&graph, "calib.npz");
        samples.truncate(limit);
        quantize(&graph, &Dataset::from_images(samples), options).unwrap()
    }

    /// Reference outputs of all samples, samples first.
    fn references(&self) -> ArrayD<f32> {
        let npz = Npz::open(&self.folder().unwrap().join("test.npz")).unwrap();
        let logits = npz.array("ref_logits").unwrap().as_float().unwrap().clone();
        if self.steps_first {
            logits.permuted_axes(vec![1, 0, 2])
        } else {
            logits
        }
    }
}

fn compare(case: &Case, limit: usize) {
    if case.folder().is_none() {
        return;
    }
    let references = case.references();
    for file in case.files {
        let graph = case.graph(file);
        let (_, samples) = case.samples(&graph, "test.npz");
        let outputs = Runner::new(&graph)
            .run_images(&samples[..limit.min(samples.len())])
            .unwrap();
        let mut largest = 0f32;
        for (values, reference) in outputs.iter().zip(references.axis_iter(Axis(0))) {
            let pairs = values[0].as_float().unwrap().iter().zip(&reference);
            largest = pairs.fold(largest, |m, (a, b)| m.max((a - b).abs()));
        }
        println!(
            "{file}: {} samples, max difference {largest:e}",
            outputs.len()
        );
        assert!(largest < 1e-4, "{file}: {largest}");
    }
}

#[test]
fn float_graphs_equal_onnxruntime() {
    for (case, limit) in [(MNIST, usize::MAX), (VOWELS, usize::MAX), (DIGITS, 50)] {
        compare(&case, limit);
    }
}

#[test]
#[ignore = "all strips of digits; a minute in a debug build"]
fn float_graphs_equal_onnxruntime_everywhere() {
    compare(&DIGITS, usize::MAX);
}

/// Int8 outputs of all test samples.
fn outputs(graph: &IntGraph, samples: &[ArrayD<f32>]) -> Vec<Vec<i8>> {
    let tensor = &graph.tensors[graph.inputs[0]];
    let bytes = |sample: &ArrayD<f32>| {
        let values = sample
            .iter()
            .map(|x| quantize_value(f64::from(*x), tensor.scale, tensor.zero));
        let values: Vec<i8> = values.collect();
        vec![graph.input_layouts[0].arrange(&values).unwrap()]
    };
    let inputs: Vec<_> = samples.par_iter().map(bytes).collect();
    let results = Prepared::new(graph).unwrap().run_batch(&inputs).unwrap();
    results
        .into_iter()
        .map(|mut tensors| tensors.swap_remove(0))
        .collect()
}

fn arg_max(values: &[i8]) -> usize {
    (0..values.len())
        .max_by_key(|&i| (values[i], usize::MAX - i))
        .unwrap()
}

/// The best class of each step, repetitions and blanks left out.
fn greedy_ctc(logits: &[i8], classes: usize) -> Vec<usize> {
    let best: Vec<usize> = logits.chunks_exact(classes).map(arg_max).collect();
    let begins = |&n: &usize| best[n] != BLANK && (n == 0 || best[n - 1] != best[n]);
    (0..best.len()).filter(begins).map(|n| best[n]).collect()
}

fn report(file: &str, options: &Options, quantized: &Quantized, percent: f64) {
    let db = |values: &[Option<f64>]| {
        let shown = |&at: &usize| values.get(at).copied().flatten().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        format!(
            "{:.1?}",
            [0, last / 2, last].iter().map(shown).collect::<Vec<_>>()
        )
    };
    let layers: Vec<String> = quantized
        .sqnr_db
        .iter()
        .map(|d| format!("{:.1}", d.unwrap_or(f64::NAN)))
        .collect();
    println!(
        "{file}, h of {} bits: {percent:.2} %; layers {} dB",
        options.hidden_bits,
        layers.join(" ")
    );
    for steps in &quantized.over_time {
        println!(
            "  first, middle, last step: hidden {}, cell {} dB",
            db(&steps.hidden_db),
            db(&steps.cell_db)
        );
    }
}

fn accuracy(case: &Case, options: &Options) -> f64 {
    if case.folder().is_none() {
        return 100.0;
    }
    let quantized = case.quantized(case.files[0], options, usize::MAX);
    let (data, samples) = case.samples(&case.graph(case.files[0]), "test.npz");
    let labels = data.labels.unwrap();
    let results = outputs(&quantized.graph, &samples);
    let right = results.iter().enumerate().filter(|(n, logits)| {
        let label = labels.index_axis(Axis(0), *n);
        match &data.lengths {
            None => arg_max(logits) as i64 == *label.first().unwrap(),
            Some(lengths) => {
                let text = label.iter().take(lengths[*n]).map(|&digit| digit as usize);
                greedy_ctc(logits, 11).into_iter().eq(text)
            }
        }
    });
    let percent = 100.0 * right.count() as f64 / samples.len() as f64;
    report(case.files[0], options, &quantized, percent);
    percent
}

#[test]
fn integer_graphs_keep_their_accuracy() {
    for case in [MNIST, VOWELS, DIGITS] {
        let percent = accuracy(&case, &Options::default());
        assert!(percent >= case.accuracy, "{}: {percent}", case.folder);
    }
}

#[test]
fn a_hidden_state_of_16_bits_keeps_the_accuracy() {
    for case in [MNIST, VOWELS] {
        let options = Options {
            hidden_bits: 16,
            ..Options::default()
        };
        let percent = accuracy(&case, &options);
        assert!(percent >= case.accuracy, "{}: {percent}", case.folder);
    }
}

/// Everything but the names.
fn nameless(mut graph: IntGraph) -> IntGraph {
    graph.name.clear();
    graph
        .tensors
        .iter_mut()
        .for_each(|tensor| tensor.name.clear());
    graph.layers.iter_mut().for_each(|layer| layer.name.clear());
    graph
}

#[test]
fn all_forms_give_the_same_integer_graph() {
    for case in [MNIST, DIGITS] {
        if case.folder().is_none() {
            continue;
        }
        let first = nameless(case.quantized(case.files[0], &Options::default(), 20).graph);
        let kinds: Vec<_> = first.layers.iter().map(|layer| layer.op.name()).collect();
        println!("{}: {}", case.folder, kinds.join(", "));
        for file in &case.files[1..] {
            let other = nameless(case.quantized(file, &Options::default(), 20).graph);
            assert_eq!(first, other, "{file}");
        }
    }
}

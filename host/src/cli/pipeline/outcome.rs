//! The whole path of one model on one device, and what it found out.

use std::path::PathBuf;
use std::sync::Arc;

use super::compare::{Comparison, Task};
use super::data::{Labels, TestData};
use super::devices::{DeviceKind, device};
use super::feed::{self, Feed};
use crate::cli::progress::Progress;
use systole::decode::Decoder;
use systole::inference::{finish_outputs, quantize_inputs};
use systole::program::Program;
use systole::report::{LayerResults, Results, Sample};
use systole_arch::Arch;
use systole_quant::float::{Graph, Runner, Value};
use systole_quant::integer::IntGraph;
use systole_quant::quantize::Quantized;
use systole_quant::reference::ReferenceError;
use systole_quant::reference::fast::Prepared;

/// What to run.
pub(crate) struct Job {
    /// Configuration.
    pub(crate) arch: Arch,
    /// Device.
    pub(crate) device: DeviceKind,
    /// Images that the device runs.
    pub(crate) images: usize,
    /// Devices of that kind that share the images.
    pub(crate) devices: usize,
    /// Steps that the device gets at a time; none: whole samples.
    pub(crate) chunk: Option<usize>,
    /// Waveform file.
    pub(crate) trace: Option<PathBuf>,
    /// Board whose part the devices behind synthesis are made for.
    pub(crate) board: Option<String>,
}

/// The float model, the integer network, and test data.
pub(crate) struct Source {
    /// Float model.
    pub(crate) model: Graph,
    /// Its integer network.
    pub(crate) quantized: Quantized,
    /// Test data.
    pub(crate) test: TestData,
}

/// Everything that a run found out.
pub(crate) struct Outcome {
    /// Results, as in the JSON file.
    pub(crate) results: Results,
    /// The program.
    pub(crate) program: Program,
    /// Images with answers.
    pub(crate) samples: Vec<Sample>,
    /// Steps that the device got at a time; program and cycles are those of one chunk.
    pub(crate) chunk: Option<usize>,
}

/// Compiles, runs the CPU reference on all test images and the device on the first ones, and compares.
pub(crate) fn execute(
    source: &Source,
    job: &Job,
    progress: &mut Progress,
) -> anyhow::Result<Outcome> {
    let graph = Arc::new(source.quantized.graph.clone());
    let program = progress.stage("compile", 0, |_| {
        feed::program(&graph, &job.arch, job.chunk)
    })?;
    let inputs = bytes_of(&graph, &source.test)?;
    let float = progress.stage("float", 0, |_| float_answers(source, decoder(&source.test)))?;
    let expected = progress.stage("reference", inputs.len(), |bar| {
        Ok(reference(&graph, &inputs, |images| bar.inc(images as u64))?)
    })?;
    let decoder = decoder(&source.test);
    let mut answers = Vec::with_capacity(expected.len());
    for outputs in &expected {
        let outputs = finish_outputs(&graph, outputs)?;
        let answer = outputs
            .first()
            .map(|output| (&output.shape, &output.values));
        answers.push(answer.map_or_else(Vec::new, |(shape, values)| {
            decoder.classes(values, shape.last().copied().unwrap_or(1))
        }));
    }
    let open = || {
        let device = device(&job.device, &graph, job.trace.clone(), job.board.as_deref())?;
        Feed::open(device.as_ref(), &graph, &program, job.chunk)
    };
    let first = progress.stage("load", 0, |_| open())?;
    let count = job.images.min(inputs.len());
    let task = Task {
        inputs: &inputs[..count],
        expected: &expected[..count],
    };
    let comparison = progress.stage("device", count, |bar| {
        Comparison::run(task, first, job.devices, open, || bar.inc(1))
    })?;
    let labels = source.test.labels.as_ref();
    let layers = layers(&program, &comparison, &source.quantized);
    let results = Results {
        model: program.name.clone(),
        arch: job.arch.name.clone(),
        device: job.device.name().into(),
        images: inputs.len(),
        accuracy: share_right(&answers, labels),
        accuracy_float: share_right(&float, labels),
        bit_equal: comparison.bit_equal(),
        images_compared: comparison.images,
        cycles_predicted: program.cycles(),
        cycles_measured: comparison.counters.as_ref().map(|counters| counters.cycles),
        cycles_equal: comparison.cycles_equal,
        macs: program.macs(),
        utilization: program.utilization(),
        layers,
        seconds: progress.seconds(),
    };
    let samples = samples(&source.test, &answers, &float);
    Ok(Outcome {
        results,
        program,
        samples,
        chunk: job.chunk,
    })
}

/// Test data as the device gets them, one tensor for each input.
pub(crate) fn bytes_of(graph: &IntGraph, test: &TestData) -> anyhow::Result<Vec<Vec<Vec<i8>>>> {
    let convert = |sample: &ndarray::ArrayD<f32>| {
        let values: Vec<f32> = sample.iter().copied().collect();
        Ok(quantize_inputs(graph, &[&values])?)
    };
    test.samples.iter().map(convert).collect()
}

/// Sequences of labels are texts, single ones classes.
fn decoder(test: &TestData) -> Decoder {
    match &test.labels {
        Some(labels) if labels.sequences => Decoder::Ctc { blank: None },
        _ => Decoder::ArgMax,
    }
}

fn float_answers(source: &Source, decoder: Decoder) -> anyhow::Result<Vec<Vec<usize>>> {
    let outputs = Runner::new(&source.model).run_images(&source.test.samples)?;
    let answer = |values: &Vec<Value>| match values.first() {
        Some(Value::Float(array)) => {
            let values: Vec<f64> = array.iter().map(|value| f64::from(*value)).collect();
            decoder.classes(&values, array.shape().last().copied().unwrap_or(1))
        }
        Some(Value::Int(tensor)) => {
            let class = tensor.data.iter().next();
            vec![class.map_or(0, |&class| class.max(0) as usize)]
        }
        None => Vec::new(),
    };
    Ok(outputs.iter().map(answer).collect())
}

/// Images handed to all threads at once: enough to keep them busy, few enough for a smooth progress bar.
const BATCH: usize = 64;

/// Outputs of the CPU reference for every image, on all cores.
fn reference(
    graph: &IntGraph,
    inputs: &[Vec<Vec<i8>>],
    step: impl Fn(usize),
) -> Result<Vec<Vec<Vec<i8>>>, ReferenceError> {
    let prepared = Prepared::new(graph)?;
    let mut outputs = Vec::with_capacity(inputs.len());
    for batch in inputs.chunks(BATCH) {
        outputs.extend(prepared.run_batch(batch)?);
        step(batch.len());
    }
    Ok(outputs)
}

fn share_right(answers: &[Vec<usize>], labels: Option<&Labels>) -> Option<f64> {
    let labels = labels.filter(|labels| !labels.classes.is_empty())?;
    let pairs = answers.iter().zip(&labels.classes);
    let right = pairs.filter(|(answer, label)| answer == label).count();
    Some(right as f64 / labels.classes.len() as f64)
}

fn layers(program: &Program, comparison: &Comparison, quantized: &Quantized) -> Vec<LayerResults> {
    let measured = comparison.counters.as_ref().map(|counters| {
        Program {
            starts: counters.starts.clone(),
            ..program.clone()
        }
        .layer_cycles()
    });
    let multipliers = (program.arch.rows * program.arch.cols) as f64;
    let over_time = |index: usize| quantized.over_time.iter().find(|of| of.layer == index);
    let layer =
        |(index, (plan, cycles)): (usize, (&systole::program::LayerPlan, u64))| LayerResults {
            name: plan.name.clone(),
            op: plan.op.clone(),
            macs: plan.macs,
            cycles_predicted: cycles,
            cycles_measured: measured
                .as_ref()
                .and_then(|measured| measured.get(index).copied()),
            utilization: if cycles == 0 {
                0.0
            } else {
                plan.macs as f64 / (multipliers * cycles as f64)
            },
            sqnr_db: quantized.sqnr_db.get(index).copied().flatten(),
            hidden_db: over_time(index).map_or_else(Vec::new, |of| of.hidden_db.clone()),
            cell_db: over_time(index).map_or_else(Vec::new, |of| of.cell_db.clone()),
        };
    program
        .layers
        .iter()
        .zip(program.layer_cycles())
        .enumerate()
        .map(layer)
        .collect()
}

fn samples(test: &TestData, answers: &[Vec<usize>], float: &[Vec<usize>]) -> Vec<Sample> {
    let text = |classes: &Vec<usize>| decoder(test).text(classes, None);
    let label = |index| {
        test.labels
            .as_ref()
            .and_then(|labels| labels.classes.get(index))
    };
    let sample = |(index, (width, height, pixels)): (usize, &(usize, usize, Vec<[u8; 3]>))| {
        Some(Sample {
            width: *width,
            height: *height,
            pixels: pixels.clone(),
            label: label(index).map(text),
            answer: answers.get(index).map(text)?,
            answer_float: float.get(index).map(text)?,
        })
    };
    test.pictures
        .images
        .iter()
        .enumerate()
        .filter_map(sample)
        .collect()
}

//! `systole infer`: pictures or samples of data files in, answers out, on any device.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use systole::compiler::compile;
use systole::decode::Decoder;
use systole::inference::{finish_outputs, quantize_inputs};
use systole::picture::{self, PictureShape};
use systole_quant::calibrate::Dataset as CalibrationData;
use systole_quant::import::ImportOptions;
use systole_quant::integer::IntGraph;
use systole_quant::npz::{Dataset, DatasetKeys, InputScale};
use systole_quant::quantize::Options;

use super::pipeline::{self, DeviceKind};
use super::progress::Progress;
use super::{Verdict, architecture, run};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Integer network (`.sysq`), or a trained model (ONNX) with --calib.
    model: PathBuf,
    /// Pictures (PNG, PGM or PPM, of any size), or data files (npz), all samples of which are asked.
    #[arg(long, required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// How answers are read: the best class, or the text of a sequence.
    #[arg(long, value_enum, default_value = "argmax")]
    decode: Decode,
    /// Class that stands for nothing in a sequence (default: the last one).
    #[arg(long)]
    blank: Option<usize>,
    /// A character for each class; without it classes are numbers.
    #[arg(long)]
    alphabet: Option<String>,
    /// A name for each class, with commas between.
    #[arg(long, value_delimiter = ',', conflicts_with = "alphabet")]
    classes: Vec<String>,
    /// Calibration data (npz), for an ONNX model.
    #[arg(long)]
    calib: Option<PathBuf>,
    /// Factor on all inputs.
    #[arg(long, default_value = "1/255")]
    input_scale: String,
    /// Configuration: a preset or a TOML file.
    #[arg(long, default_value = "16x16")]
    arch: String,
    /// Device to run on: cpu, interpreter, rtl, netlist, routed, bitstream (cells of an FPGA, simulated), pty (a simulated board
    /// behind a serial port), serial:PORT[,BAUD] (a board).
    #[arg(long, value_name = "DEVICE", default_value = "interpreter")]
    device: DeviceKind,
    /// Board whose part the devices `netlist`, `routed` and `bitstream` are made for.
    #[arg(long)]
    board: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Decode {
    /// The best class.
    Argmax,
    /// Connectionist temporal classification, greedily.
    Ctc,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let arch = architecture::find(&arguments.arch)?;
    let mut progress = Progress::new(false);
    let graph = progress.stage("model", 0, |_| Ok(Arc::new(graph(arguments)?)))?;
    let scale: InputScale = arguments.input_scale.parse()?;
    let questions = progress.stage("inputs", 0, |_| questions(arguments, &graph, scale))?;
    let program = progress.stage("compile", 0, |_| Ok(compile(&graph, &arch)?))?;
    let device = pipeline::device(&arguments.device, &graph, None, arguments.board.as_deref())?;
    let mut session = progress.stage("load", 0, |_| Ok(device.prepare(&program)?))?;
    for Question { name, values } in &questions {
        let outputs = session.run(&quantize_inputs(&graph, &[values])?)?;
        let answer = answer(arguments, &graph, &outputs.outputs)?;
        match outputs.counters {
            Some(counters) => println!("{name}\t{answer}\t{} cycles", counters.cycles),
            None => println!("{name}\t{answer}"),
        }
    }
    Ok(Verdict::Done)
}

/// The integer network: from a file, or quantized here.
fn graph(arguments: &Arguments) -> anyhow::Result<IntGraph> {
    let path = &arguments.model;
    if path
        .extension()
        .is_some_and(|extension| extension == "sysq")
    {
        return Ok(IntGraph::load(path)?);
    }
    let calibration = arguments.calib.as_deref().with_context(|| {
        format!(
            "{} has to be quantized first\n  hint: give --calib, or a .sysq file made by `systole quantize`",
            path.display()
        )
    })?;
    quantized(path, calibration, &arguments.input_scale)
}

fn quantized(path: &Path, calibration: &Path, scale: &str) -> anyhow::Result<IntGraph> {
    let model = pipeline::import(path, None, &ImportOptions::default())?;
    let data = Dataset::load(calibration, &DatasetKeys::default())?;
    let samples = data.samples(&run::input_shape(&model)?, scale.parse()?, usize::MAX)?;
    let data = CalibrationData::from_images(samples);
    Ok(pipeline::quantize(&model, &data, &Options::default())?.graph)
}

/// One picture or sample, in the order of the model's input.
struct Question {
    name: String,
    values: Vec<f32>,
}

/// All pictures and samples as inputs of the model; read before anything runs.
fn questions(
    arguments: &Arguments,
    graph: &IntGraph,
    scale: InputScale,
) -> anyhow::Result<Vec<Question>> {
    let layout = graph
        .input_layouts
        .first()
        .filter(|_| graph.inputs.len() == 1)
        .with_context(|| {
            format!(
                "`{}` has {} inputs; pictures and samples are one",
                graph.name,
                graph.inputs.len()
            )
        })?;
    let mut questions = Vec::new();
    for path in &arguments.input {
        match path.extension().is_some_and(|extension| extension == "npz") {
            true => questions.extend(samples(path, &layout.shape, scale)?),
            false => questions.push(picture(path, &layout.shape, scale)?),
        }
    }
    Ok(questions)
}

fn picture(path: &Path, shape: &[usize], scale: InputScale) -> anyhow::Result<Question> {
    let values = PictureShape::of(shape)?.values(&picture::read(path)?);
    Ok(Question {
        name: path.display().to_string(),
        values: values.into_iter().map(|value| scale.apply(value)).collect(),
    })
}

/// The samples of a data file, with their numbers.
fn samples(path: &Path, shape: &[usize], scale: InputScale) -> anyhow::Result<Vec<Question>> {
    let data = Dataset::load(path, &DatasetKeys::default())?;
    let batch: Vec<usize> = std::iter::once(1).chain(shape.iter().copied()).collect();
    let samples = data.samples(&batch, scale, usize::MAX)?;
    let numbered = samples.iter().enumerate().map(|(number, sample)| Question {
        name: format!("{}[{number}]", path.display()),
        values: sample.iter().copied().collect(),
    });
    Ok(numbered.collect())
}

fn answer(arguments: &Arguments, graph: &IntGraph, bytes: &[Vec<i8>]) -> anyhow::Result<String> {
    let outputs = finish_outputs(graph, bytes)?;
    let output = outputs.first().context("the model has no output")?;
    let classes = output.shape.last().copied().unwrap_or(1);
    let decoder = match arguments.decode {
        Decode::Argmax => Decoder::ArgMax,
        Decode::Ctc => Decoder::Ctc {
            blank: arguments.blank,
        },
    };
    let found = decoder.classes(&output.values, classes);
    let named: Option<Vec<&str>> = found
        .iter()
        .map(|&class| arguments.classes.get(class).map(String::as_str))
        .collect();
    Ok(match named {
        Some(names) if !names.is_empty() => names.join(" "),
        _ => decoder.text(&found, arguments.alphabet.as_deref()),
    })
}

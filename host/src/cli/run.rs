//! `systole run`: the whole path of one model on one device.

use std::path::PathBuf;

use super::dimensions::Dimensions;
use super::pipeline::{self, DeviceKind, Job, Outcome, Source, TestData};
use super::progress::Progress;
use super::{Verdict, architecture, output};
use anyhow::Context;
use systole::report::{ReportData, render};
use systole_quant::calibrate::{Dataset as CalibrationData, Method};
use systole_quant::float::Graph;
use systole_quant::npz::{Dataset, DatasetKeys, InputScale};
use systole_quant::quantize::Options;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    task: Task,
    /// Configuration: a preset or a TOML file.
    #[arg(long, default_value = "16x16")]
    arch: String,
    /// Device to run on: cpu, interpreter, rtl, netlist, routed, bitstream (cells of an FPGA, simulated), pty (a simulated board
    /// behind a serial port), serial:PORT[,BAUD] (a board).
    #[arg(long, value_name = "DEVICE", default_value = "interpreter")]
    device: DeviceKind,
    /// Board whose part the devices `netlist`, `routed` and `bitstream` are made for [default: an ECP5 85F, for `bitstream` an
    /// iCE40 HX8K].
    #[arg(long)]
    board: Option<String>,
    /// Images that the device runs and that are compared (default: 20 on `rtl` and `pty`, 2 behind synthesis, 100 elsewhere). Accuracy is measured on all.
    #[arg(long)]
    images: Option<usize>,
    /// Simulated devices that run side by side and share the images (default: one for each processor core).
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Give the device so many steps of a sequence at a time, as a live signal comes: the states of recurrent layers stay in
    /// the device, and the results have to be those of the whole sequence.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u16).range(1..))]
    chunk: Option<u16>,
    /// Write results as JSON; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the report (HTML).
    #[arg(long)]
    report: Option<PathBuf>,
    /// Write a waveform (FST) of the device `rtl`.
    #[arg(long)]
    trace: Option<PathBuf>,
}

/// A model and real data for it.
#[derive(Debug, clap::Args)]
pub(super) struct Task {
    /// Trained model (ONNX).
    pub(super) model: PathBuf,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    pub(super) calibration: CalibrationArguments,
    /// Test data (npz: inputs and labels).
    #[arg(long)]
    pub(super) test: PathBuf,
}

impl Task {
    /// Imports the model, reads the data, quantizes; and what the report says of it.
    pub(super) fn source(
        &self,
        progress: &mut Progress,
    ) -> anyhow::Result<(Source, Vec<(String, String)>)> {
        let calibration = &self.calibration;
        let (how, options) = (calibration.options()?, self.dimensions.options()?);
        let scale: InputScale = calibration.scale().parse()?;
        let model = progress.stage("import", 0, |_| {
            pipeline::import(&self.model, None, &options)
        })?;
        let (data, test) = progress.stage("data", 0, |_| {
            let (keys, shape) = (calibration.keys(), input_shape(&model)?);
            let test = TestData::load(&self.test, &keys, &shape, scale, usize::MAX)?;
            Ok((calibration_data(calibration, &model)?, test))
        })?;
        let quantized =
            progress.stage("quantize", 0, |_| pipeline::quantize(&model, &data, &how))?;
        let ranges = format!("{} samples, {}", data.len(), calibration.ranges);
        let settings = vec![
            ("calibration".to_owned(), ranges),
            ("input scale".to_owned(), calibration.scale().to_owned()),
        ];
        let source = Source {
            model,
            quantized,
            test,
        };
        Ok((source, settings))
    }
}

/// Calibration data and how ranges are chosen.
#[derive(Debug, clap::Args)]
pub(super) struct CalibrationArguments {
    /// Calibration data (npz): real samples, never the test set.
    #[arg(long)]
    pub(super) calib: PathBuf,
    /// Factor on all inputs, a number or a fraction, for example 1/255 [default: 1].
    #[arg(long)]
    input_scale: Option<String>,
    /// Name of the input array in the npz files.
    #[arg(long)]
    inputs_key: Option<String>,
    /// Name of the label array in the npz files.
    #[arg(long)]
    labels_key: Option<String>,
    /// How ranges are chosen: min-max, mse, or percentile:99.99.
    #[arg(long, default_value = "mse")]
    ranges: String,
    /// Bits of the hidden state that recurrent layers multiply with weights, 8 or 16; 16 takes twice the slots.
    #[arg(long, value_name = "BITS", default_value = "8", value_parser = hidden_bits)]
    hidden_bits: u8,
}

fn hidden_bits(text: &str) -> Result<u8, String> {
    match text {
        "8" => Ok(8),
        "16" => Ok(16),
        _ => Err("a hidden state has 8 or 16 bits".to_owned()),
    }
}

impl CalibrationArguments {
    /// What `--input-scale` says, else 1.
    fn scale(&self) -> &str {
        self.input_scale.as_deref().unwrap_or("1")
    }

    /// Bytes that go into a model as they are may be meant or forgotten: says so unless the user chose.
    fn note_bytes(&self, dataset: &Dataset) {
        if self.input_scale.is_none() && dataset.holds_bytes {
            eprintln!(
                "note: '{}' of {} holds bytes, and they go into the model as they are: 0 to 255\n  \
                 hint: `--input-scale 1/255` for a model of values from 0 to 1; `--input-scale 1` if this is right",
                dataset.inputs_key, dataset.file
            );
        }
    }

    fn keys(&self) -> DatasetKeys {
        DatasetKeys {
            inputs: self.inputs_key.clone(),
            labels: self.labels_key.clone(),
        }
    }

    /// How to quantize.
    pub(super) fn options(&self) -> anyhow::Result<Options> {
        Ok(Options {
            method: self.method()?,
            hidden_bits: self.hidden_bits,
            ..Options::default()
        })
    }

    fn method(&self) -> anyhow::Result<Method> {
        let percentile = |text: &str| {
            text.parse()
                .ok()
                .filter(|p| (50.0..=100.0).contains(p))
                .map(Method::Percentile)
        };
        match self.ranges.as_str() {
            "min-max" => Ok(Method::MinMax),
            "mse" => Ok(Method::Mse),
            other => other.strip_prefix("percentile:").and_then(percentile).with_context(|| {
                format!("--ranges {other} is not known\n  hint: min-max, mse, or percentile:P with P from 50 to 100")
            }),
        }
    }
}

/// Shape of the model's only input, batch included.
pub(super) fn input_shape(model: &Graph) -> anyhow::Result<Vec<usize>> {
    match model.inputs.as_slice() {
        [input] => Ok(model.shape(*input).to_vec()),
        inputs => anyhow::bail!(
            "{} has {} inputs; this command feeds models with one\n  hint: fold the other inputs into constants before export",
            model.name,
            inputs.len()
        ),
    }
}

/// Reads calibration data in the shape of the model's input.
pub(super) fn calibration_data(
    arguments: &CalibrationArguments,
    model: &Graph,
) -> anyhow::Result<CalibrationData> {
    let scale: InputScale = arguments.scale().parse()?;
    let dataset = Dataset::load(&arguments.calib, &arguments.keys())?;
    arguments.note_bytes(&dataset);
    Ok(CalibrationData::from_images(dataset.samples(
        &input_shape(model)?,
        scale,
        usize::MAX,
    )?))
}

/// How many devices share the images; a waveform shows one.
fn devices(arguments: &Arguments) -> anyhow::Result<usize> {
    match (arguments.jobs.map(usize::from), &arguments.trace) {
        (Some(jobs), Some(_)) if jobs > 1 => anyhow::bail!(
            "--trace writes the waveform of one device, and --jobs {jobs} asks for {jobs}\n  hint: leave `--jobs` out"
        ),
        (_, Some(_)) => Ok(1),
        (jobs, None) => Ok(jobs.unwrap_or(arguments.device.default_devices())),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    if arguments.trace.is_some() && arguments.device != DeviceKind::Rtl {
        anyhow::bail!(
            "--trace writes a waveform, and the device `{}` has none\n  hint: add `--device rtl`, or leave `--trace` out",
            arguments.device.name()
        );
    }
    let devices = devices(arguments)?;
    let arch = architecture::find(&arguments.arch)?;
    for path in [&arguments.json, &arguments.report, &arguments.trace] {
        output::probe(path.as_deref())?;
    }
    let mut progress = Progress::new(false);
    let (source, mut settings) = arguments.task.source(&mut progress)?;
    let images = arguments
        .images
        .unwrap_or(arguments.device.default_images());
    let job = Job {
        arch,
        device: arguments.device.clone(),
        images,
        devices,
        chunk: arguments.chunk.map(usize::from),
        trace: arguments.trace.clone(),
        board: arguments.board.clone(),
    };
    let outcome = pipeline::execute(&source, &job, &mut progress)?;
    if let Some(chunk) = arguments.chunk {
        let text = format!("of {chunk} steps; cycles are those of one chunk");
        settings.push(("chunks".to_owned(), text));
    }
    finish(
        &outcome,
        &settings,
        &[],
        arguments.json.as_deref(),
        arguments.report.as_deref(),
    )
}

/// Prints and writes the results.
pub(super) fn finish(
    outcome: &Outcome,
    settings: &[(String, String)],
    left_out: &[String],
    json: Option<&std::path::Path>,
    report: Option<&std::path::Path>,
) -> anyhow::Result<Verdict> {
    let Outcome {
        results,
        program,
        samples,
        ..
    } = outcome;
    let text = serde_json::to_string_pretty(results)? + "\n";
    match json {
        Some(path) if path.as_os_str() == "-" => print!("{text}"),
        Some(path) => output::write(path, text.as_bytes())?,
        None => {}
    }
    if let Some(path) = report {
        let page = render(&ReportData {
            results,
            program,
            samples,
            left_out,
            settings,
            receipt: None,
        });
        output::write(path, page.as_bytes())?;
    }
    if json.is_none_or(|path| path.as_os_str() != "-") {
        summary(outcome);
    }
    let unequal = results.bit_equal == Some(false) || results.cycles_equal == Some(false);
    Ok(if unequal {
        Verdict::Unequal
    } else {
        Verdict::Done
    })
}

fn summary(outcome: &Outcome) {
    let r = &outcome.results;
    let percent =
        |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.2} %", 100.0 * share));
    let equal = |verdict: Option<bool>| {
        verdict.map_or(
            "not compared",
            |equal| if equal { "equal" } else { "DIFFERENT" },
        )
    };
    println!("{} on {}, device {}", r.model, r.arch, r.device);
    println!(
        "  accuracy   {} (float {}), {} images",
        percent(r.accuracy),
        percent(r.accuracy_float),
        r.images
    );
    println!(
        "  bits       {} with the CPU reference, {} images",
        equal(r.bit_equal),
        r.images_compared
    );
    let measured = r.cycles_measured.map_or("not measured".into(), |cycles| {
        format!("{cycles} measured: {}", equal(r.cycles_equal))
    });
    println!("  cycles     {} predicted, {measured}", r.cycles_predicted);
    if let Some(chunk) = outcome.chunk {
        let steps = if chunk == 1 { "step" } else { "steps" };
        println!("  chunks     of {chunk} {steps}; cycles and array are those of one");
    }
    println!(
        "  array      {:.1} % of peak, {} MACs",
        100.0 * r.utilization,
        r.macs
    );
}

//! `systole demo`: the whole path on two networks with real digits that are part of this program: one digit a picture, and
//! strips of digits that a convolutional and recurrent network reads.

use std::path::{Path, PathBuf};

use super::pipeline::{self, DeviceKind, Job, Source, TestData};
use super::progress::Progress;
use super::{Verdict, output, run};
use systole::device::{Rtl, accelerator_design};
use systole::report::Sample;
use systole_arch::Arch;
use systole_quant::calibrate::Dataset as CalibrationData;
use systole_quant::import::ImportOptions;
use systole_quant::npz::{Dataset, DatasetKeys, InputScale, Npz};
use systole_quant::quantize::Options;

/// A network with real data that is part of this program.
struct Example {
    name: &'static str,
    model: &'static [u8],
    calibration: &'static [u8],
    test: &'static [u8],
}

const LENET: Example = Example {
    name: "lenet_mnist.onnx",
    model: include_bytes!("../../../examples/lenet_mnist/lenet_mnist.onnx"),
    calibration: include_bytes!("../../../examples/lenet_mnist/calib.npz"),
    test: include_bytes!("../../../examples/lenet_mnist/test.npz"),
};

const STRIPS: Example = Example {
    name: "crnn_digits.onnx",
    model: include_bytes!("../../../examples/crnn_digits/crnn_digits.onnx"),
    calibration: include_bytes!("../../../examples/crnn_digits/calib.npz"),
    test: include_bytes!("../../../examples/crnn_digits/test.npz"),
};

/// Strips that the device reads.
const STRIP_COUNT: usize = 12;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration: a preset or a TOML file.
    #[arg(long, default_value = "8x8")]
    arch: String,
    /// Device; the default is `rtl`, or `interpreter` where the accelerator cannot be simulated.
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceKind>,
    /// Images that the device runs.
    #[arg(long)]
    images: Option<usize>,
    /// Report to write (HTML).
    #[arg(long, default_value = "systole-demo.html")]
    report: PathBuf,
    /// Write results as JSON; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let arch = super::architecture::find(&arguments.arch)?;
    output::probe(Some(&arguments.report))?;
    output::probe(arguments.json.as_deref())?;
    let mut progress = Progress::new(false);
    let mut left_out = Vec::new();
    let device = match &arguments.device {
        Some(device) => device.clone(),
        None => progress.stage("simulator", 0, |_| Ok(best_device(&arch, &mut left_out)))?,
    };
    let mut reports = Vec::new();
    let digits = Part {
        example: &LENET,
        images: arguments.images.unwrap_or(device.default_images()),
        json: arguments.json.as_deref(),
        report: arguments.report.clone(),
    };
    let strips = Part {
        example: &STRIPS,
        images: arguments.images.unwrap_or(STRIP_COUNT).min(STRIP_COUNT),
        json: None,
        report: beside(&arguments.report),
    };
    let mut verdict = Verdict::Done;
    for part in [digits, strips] {
        if part.run(&arch, &device, &left_out)? == Verdict::Unequal {
            verdict = Verdict::Unequal;
        }
        reports.push(part.report);
    }
    for note in &left_out {
        eprintln!("left out: {note}");
    }
    for report in reports {
        eprintln!("report: {}", report.display());
    }
    Ok(verdict)
}

/// Name of the second report: that of the first with `-strips`.
fn beside(report: &Path) -> PathBuf {
    let stem = report.file_stem().unwrap_or_default().to_string_lossy();
    let extension = report
        .extension()
        .map_or_else(|| "html".into(), |e| e.to_string_lossy());
    report.with_file_name(format!("{stem}-strips.{extension}"))
}

/// One network of the demo, and where its results go.
struct Part<'a> {
    example: &'a Example,
    images: usize,
    json: Option<&'a Path>,
    report: PathBuf,
}

impl Part<'_> {
    fn run(
        &self,
        arch: &Arch,
        device: &DeviceKind,
        left_out: &[String],
    ) -> anyhow::Result<Verdict> {
        let mut progress = Progress::new(false);
        let source = progress.stage("quantize", 0, |_| self.example.source())?;
        let job = Job {
            arch: arch.clone(),
            device: device.clone(),
            images: self.images,
            devices: device.default_devices(),
            chunk: None,
            trace: None,
            board: None,
        };
        let outcome = pipeline::execute(&source, &job, &mut progress)?;
        let settings = [
            ("calibration".to_owned(), "real digits, mse".to_owned()),
            ("input scale".to_owned(), "1/255".to_owned()),
        ];
        let verdict = run::finish(&outcome, &settings, left_out, self.json, Some(&self.report))?;
        if self.json.is_none_or(|path| path.as_os_str() != "-") {
            answers(&outcome.samples, self.images);
        }
        Ok(verdict)
    }
}

/// What was read, where pictures show texts.
fn answers(samples: &[Sample], images: usize) {
    let texts = |sample: &&Sample| sample.label.as_ref().is_some_and(|label| label.len() > 1);
    let said: Vec<String> = samples
        .iter()
        .take(images)
        .filter(texts)
        .map(|sample| match sample.label.as_deref() {
            Some(label) if label != sample.answer => format!("{} (is {label})", sample.answer),
            _ => sample.answer.clone(),
        })
        .collect();
    if !said.is_empty() {
        println!("  read       {}", said.join(", "));
    }
}

impl Example {
    /// The model, quantized on its calibration samples, and its test samples.
    fn source(&self) -> anyhow::Result<Source> {
        let options = ImportOptions::default();
        let model = pipeline::import(Path::new(self.name), Some(self.model), &options)?;
        let scale: InputScale = "1/255".parse()?;
        let shape = run::input_shape(&model)?;
        let read = |bytes| {
            anyhow::Ok(Dataset::from_npz(
                &Npz::from_bytes(bytes, self.name)?,
                &DatasetKeys::default(),
            )?)
        };
        let calibration = read(self.calibration)?.samples(&shape, scale, usize::MAX)?;
        let tested = read(self.test)?;
        let test = TestData::from_dataset(&tested, &shape, scale, usize::MAX)?;
        let data = CalibrationData::from_images(calibration);
        let quantized = pipeline::quantize(&model, &data, &Options::default())?;
        Ok(Source {
            model,
            quantized,
            test,
        })
    }
}

/// `rtl` if the accelerator can be generated and built here, else `interpreter`; says what is missing.
fn best_device(arch: &Arch, left_out: &mut Vec<String>) -> DeviceKind {
    match Rtl::build(accelerator_design, arch) {
        Ok(()) => DeviceKind::Rtl,
        Err(error) => {
            left_out.push(format!("the simulation of the generated Verilog: {error}"));
            DeviceKind::Interpreter
        }
    }
}

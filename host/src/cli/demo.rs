//! `systole demo`: the whole path on a network and real digits that are part of this program.

use std::path::{Path, PathBuf};

use super::pipeline::{self, DeviceKind, Job, Source, TestData};
use super::progress::Progress;
use super::{Verdict, output, run};
use systole::device::{Rtl, accelerator_design};
use systole_arch::Arch;
use systole_quant::calibrate::{Dataset as CalibrationData, Method};
use systole_quant::import::ImportOptions;
use systole_quant::npz::{Dataset, DatasetKeys, InputScale, Npz};

const MODEL: &[u8] = include_bytes!("../../../examples/lenet_mnist/lenet_mnist.onnx");
const CALIBRATION: &[u8] = include_bytes!("../../../examples/lenet_mnist/calib.npz");
const TEST: &[u8] = include_bytes!("../../../examples/lenet_mnist/test.npz");

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration: a preset or a TOML file.
    #[arg(long, default_value = "8x8")]
    arch: String,
    /// Device; the default is `rtl`, or `interpreter` where the accelerator cannot be simulated.
    #[arg(long, value_enum)]
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
    let source = progress.stage("quantize", 0, |_| source())?;
    let mut left_out = Vec::new();
    let device = match arguments.device {
        Some(device) => device,
        None => progress.stage("simulator", 0, |_| Ok(best_device(&arch, &mut left_out)))?,
    };
    let images = arguments.images.unwrap_or(device.default_images());
    let job = Job {
        arch,
        device,
        images,
        trace: None,
    };
    let outcome = pipeline::execute(&source, &job, &mut progress)?;
    let settings = [
        ("calibration".to_owned(), "300 digits, mse".to_owned()),
        ("input scale".to_owned(), "1/255".to_owned()),
    ];
    let verdict = run::finish(
        &outcome,
        &settings,
        &left_out,
        arguments.json.as_deref(),
        Some(&arguments.report),
    )?;
    for note in &left_out {
        eprintln!("left out: {note}");
    }
    eprintln!("report: {}", arguments.report.display());
    Ok(verdict)
}

/// The embedded model, quantized on the embedded calibration digits.
fn source() -> anyhow::Result<Source> {
    let model = pipeline::import(
        Path::new("lenet_mnist.onnx"),
        Some(MODEL),
        &ImportOptions::default(),
    )?;
    let scale: InputScale = "1/255".parse()?;
    let shape = run::input_shape(&model)?;
    let read = |bytes, name| {
        anyhow::Ok(Dataset::from_npz(
            &Npz::from_bytes(bytes, name)?,
            &DatasetKeys::default(),
        )?)
    };
    let calibration = read(CALIBRATION, "calib.npz")?.samples(&shape, scale, usize::MAX)?;
    let test = TestData::from_dataset(&read(TEST, "test.npz")?, &shape, scale, 0, usize::MAX)?;
    let quantized = pipeline::quantize(
        &model,
        &CalibrationData::from_images(calibration),
        Method::Mse,
    )?;
    Ok(Source {
        model,
        quantized,
        test,
    })
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

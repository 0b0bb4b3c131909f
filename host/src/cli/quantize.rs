//! `systole quantize`: from a trained model to an integer network.

use std::path::PathBuf;

use super::dimensions::Dimensions;
use super::progress::Progress;
use super::run::{CalibrationArguments, calibration_data};
use super::{Verdict, output, pipeline};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Trained model (ONNX).
    model: PathBuf,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    calibration: CalibrationArguments,
    /// Integer network to write (`.sysq`).
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let how = arguments.calibration.options()?;
    let options = arguments.dimensions.options()?;
    output::probe(Some(&arguments.output))?;
    let mut progress = Progress::new(false);
    let model = progress.stage("import", 0, |_| {
        pipeline::import(&arguments.model, None, &options)
    })?;
    let data = progress.stage("calibration", 0, |_| {
        calibration_data(&arguments.calibration, &model)
    })?;
    let quantized = progress.stage("quantize", 0, |_| pipeline::quantize(&model, &data, &how))?;
    output::write(&arguments.output, &quantized.graph.encode()?)?;
    eprintln!(
        "{}: {} layers",
        arguments.output.display(),
        quantized.graph.layers.len()
    );
    Ok(Verdict::Done)
}

//! The networks of the campaign: quantized from their files, compiled, with inputs and the results of the CPU reference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use systole::compiler::compile;
use systole::device::{Cpu, Device, DeviceError};
use systole::inference::quantize_inputs;
use systole::program::Program;
use systole_arch::{Arch, ArchError};
use systole_quant::calibrate::Dataset as Calibration;
use systole_quant::import::{ImportOptions, import_file};
use systole_quant::npz::{Dataset, DatasetKeys};
use systole_quant::quantize::{Options, quantize};

/// A network cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct NetworkError {
    name: String,
    reason: String,
}

/// Inputs, and what the CPU reference makes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// One tensor for each input.
    pub inputs: Vec<Vec<i8>>,
    /// One tensor for each output.
    pub expected: Vec<Vec<i8>>,
}

/// One network, ready to run.
#[derive(Clone)]
pub struct Network {
    /// Name.
    pub name: &'static str,
    /// Its program.
    pub program: Program,
    /// Real samples.
    pub samples: Vec<Sample>,
}

/// Real samples of each network.
const SAMPLES: usize = 8;

/// Where a network is.
struct Files {
    name: &'static str,
    model: PathBuf,
    data: PathBuf,
    scale: &'static str,
}

/// The configuration of the boards: the smallest preset that holds LeNet, with room for the parameters of the LSTM.
///
/// # Errors
/// There is no such preset.
pub fn arch() -> Result<Arch, ArchError> {
    Ok(Arch {
        name: "4x4 of the fault campaign".into(),
        param_rows: 1024,
        ..Arch::preset("4x4")?
    })
}

/// LeNet, and an LSTM: that of MNIST by rows if it is there, else the one that comes with the examples.
///
/// # Errors
/// A file that cannot be read, a network that cannot be compiled.
pub fn networks(arch: &Arch) -> Result<Vec<Network>, NetworkError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("SYSTOLE_SHARED").map_or(root.join("../shared"), PathBuf::from);
    let models = shared.join("models");
    let examples = root.join("examples");
    let lenet = Files {
        name: "LeNet",
        model: examples.join("lenet_mnist/lenet_mnist.onnx"),
        data: examples.join("lenet_mnist"),
        scale: "1/255",
    };
    let mut lstm = Files {
        name: "LSTM 28->64",
        model: models.join("lstm_mnist/lstm_mnist.onnx"),
        data: models.join("lenet_mnist"),
        scale: "1/255",
    };
    if !lstm.model.exists() || !lstm.data.exists() {
        println!(
            "SKIPPED: models/lstm_mnist not found; the LSTM of examples/word_language instead"
        );
        lstm = Files {
            name: "LSTM 26->48",
            model: examples.join("word_language/word_language.onnx"),
            data: examples.join("word_language"),
            scale: "1",
        };
    }
    [lenet, lstm]
        .iter()
        .map(|files| prepared(files, arch))
        .collect()
}

fn prepared(files: &Files, arch: &Arch) -> Result<Network, NetworkError> {
    let failed = |reason: String| NetworkError {
        name: files.name.into(),
        reason,
    };
    let text = |error: &dyn std::fmt::Display| failed(error.to_string());
    let model = import_file(&files.model, &ImportOptions::default()).map_err(|e| text(&e))?;
    let scale = files.scale.parse().map_err(|e| failed(format!("{e}")))?;
    let input = *model
        .inputs
        .first()
        .ok_or_else(|| failed("no input".into()))?;
    let read = |file: &str, limit| {
        let data = Dataset::load(&files.data.join(file), &DatasetKeys::default());
        data.and_then(|data| data.samples(model.shape(input), scale, limit))
            .map_err(|e| text(&e))
    };
    let calibration = Calibration::from_images(read("calib.npz", 100)?);
    let quantized = quantize(&model, &calibration, &Options::default()).map_err(|e| text(&e))?;
    let graph = Arc::new(quantized.graph);
    let program = compile(&graph, arch).map_err(|e| text(&e))?;
    let mut reference = Cpu::new(graph.clone())
        .prepare(&program)
        .map_err(|e| text(&e))?;
    let mut samples = Vec::new();
    for sample in read("test.npz", SAMPLES)? {
        let values: Vec<f32> = sample.iter().copied().collect();
        let inputs = quantize_inputs(&graph, &[&values]).map_err(|e| text(&e))?;
        let run: Result<_, DeviceError> = reference.run(&inputs);
        let expected = run.map_err(|e| text(&e))?.outputs;
        samples.push(Sample { inputs, expected });
    }
    Ok(Network {
        name: files.name,
        program,
        samples,
    })
}

//! Trained models with their data: LeNet from `examples/`, the others from `$SYSTOLE_SHARED`.

use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use systole_quant::calibrate::Dataset as CalibrationData;
use systole_quant::float::Graph;
use systole_quant::import::{ImportOptions, import_file};
use systole_quant::npz::{Dataset, DatasetKeys};
use systole_quant::quantize::{Options, Quantized, quantize};

/// Where a model and its data are, and what a stored value means.
pub struct Source {
    /// First column of tables.
    pub name: &'static str,
    model: &'static str,
    data: &'static str,
    scale: &'static str,
    shared: bool,
}

/// LeNet for handwritten digits.
pub const LENET: Source = Source {
    name: "lenet_mnist",
    model: "examples/lenet_mnist/lenet_mnist.onnx",
    data: "examples/lenet_mnist",
    scale: "1/255",
    shared: false,
};

/// ResNet-8 for small photographs.
pub const RESNET8: Source = Source {
    name: "resnet8_cifar10",
    model: "models/resnet8_cifar10/resnet8_cifar10.onnx",
    data: "models/resnet8_cifar10",
    scale: "1",
    shared: true,
};

/// LSTM over the rows of handwritten digits.
pub const LSTM: Source = Source {
    name: "lstm_mnist",
    model: "models/lstm_mnist/lstm_mnist.onnx",
    data: "models/lenet_mnist",
    scale: "1/255",
    shared: true,
};

/// A model with its calibration data.
pub struct Trained {
    /// The ONNX file.
    pub file: PathBuf,
    /// The float model.
    pub graph: Graph,
    /// Calibration samples in the shape of the model's input.
    pub calibration: Vec<ArrayD<f32>>,
}

impl Source {
    /// Reads model and calibration data; says so and gives `None` where the model is not at hand.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn load(&self) -> anyhow::Result<Option<Trained>> {
        let root = self.root();
        let file = root.join(self.model);
        if !file.exists() {
            println!(
                "SKIPPED: {} not found; set SYSTOLE_SHARED to the folder that holds the models",
                self.model
            );
            return Ok(None);
        }
        let graph = import_file(&file, &ImportOptions::default())?;
        let data = root.join(self.data).join("calib.npz");
        let data = Dataset::load(&data, &DatasetKeys::default())?;
        let shape = graph.shape(graph.inputs[0]).to_vec();
        let calibration = data.samples(&shape, self.scale.parse()?, usize::MAX)?;
        Ok(Some(Trained {
            file,
            graph,
            calibration,
        }))
    }

    fn root(&self) -> PathBuf {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        if !self.shared {
            return checkout;
        }
        let beside = checkout.join("../shared");
        std::env::var_os("SYSTOLE_SHARED").map_or(beside, PathBuf::from)
    }
}

impl Trained {
    /// The first `count` calibration samples, at most.
    #[must_use]
    pub fn data(&self, count: usize) -> CalibrationData {
        CalibrationData::from_images(self.calibration.iter().take(count).cloned().collect())
    }

    /// The integer network, calibrated on `data`.
    ///
    /// # Errors
    /// The model cannot be quantized.
    pub fn quantize(&self, data: &CalibrationData) -> anyhow::Result<Quantized> {
        Ok(quantize(&self.graph, data, &Options::default())?)
    }
}

//! What the integration tests share.
#![allow(dead_code, unreachable_pub)]

pub mod onnx_writer;
pub mod recurrent;

use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use onnx_writer::{Model, ints};

/// The folder with real models and data: `SYSTOLE_SHARED`, else `../shared` beside the repository.
/// Says loudly when there is none, because then the test that asked proves nothing.
pub fn shared(relative: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("SYSTOLE_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {relative} not found; set SYSTOLE_SHARED to the folder that holds the models"
    );
    None
}

/// Largest difference between two arrays of the same shape.
pub fn max_difference(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Index of the largest element.
pub fn arg_max(values: &ArrayD<f32>) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > *values.iter().nth(best).unwrap() {
            best = index;
        }
    }
    best
}

/// Reproducible values in [-1, 1).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn list(&mut self, length: usize) -> Vec<f32> {
        (0..length).map(|_| self.next()).collect()
    }
}

/// A valid model: a convolution and a fully connected layer.
pub fn valid_model() -> Model {
    Model::new()
        .input("x", &[1, 2, 4, 4])
        .weights("w", &[3, 2, 3, 3], &[0.5; 54])
        .integers("shape", &[2], &[1, -1])
        .weights("f", &[12, 2], &[0.25; 24])
        .node("Conv", &["x", "w"], &["c"], vec![ints("strides", &[1, 1])])
        .node("Relu", &["c"], &["r"], vec![])
        .node("Reshape", &["r", "shape"], &["v"], vec![])
        .node("MatMul", &["v", "f"], &["y"], vec![])
        .output("y")
}

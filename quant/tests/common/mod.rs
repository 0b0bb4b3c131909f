//! What the integration tests share.
#![allow(dead_code, unreachable_pub)]

pub mod onnx_writer;

use std::path::{Path, PathBuf};

use ndarray::ArrayD;

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

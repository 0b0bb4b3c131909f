//! `systole run --chunk`: a trained network fed a few steps at a time, and networks that cannot be fed so.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use std::path::{Path, PathBuf};

use ndarray::{ArrayD, Axis};
use ndarray_npy::{NpzReader, NpzWriter};

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(path)
}

fn models() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("SYSTOLE_SHARED").map_or(beside, PathBuf::from);
    let models = shared.join("models");
    if models.exists() {
        return Some(models);
    }
    println!("SKIPPED: models not found; set SYSTOLE_SHARED to the folder that holds them");
    None
}

/// Exit code, standard output, standard error of a run over the first pictures of `data`.
fn run(model: &Path, data: &Path, more: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.npz");
    let mut npz = NpzReader::new(std::fs::File::open(data).unwrap()).unwrap();
    let pictures: ArrayD<u8> = npz.by_name("x").unwrap();
    let few = pictures.slice_axis(Axis(0), (0..5).into()).to_owned();
    let mut npz = NpzWriter::new(std::fs::File::create(&path).unwrap());
    npz.add_array("x", &few).unwrap();
    npz.finish().unwrap();
    let mut systole = command::systole();
    systole
        .arg("run")
        .arg(model)
        .arg("--calib")
        .arg(&path)
        .arg("--test")
        .arg(&path)
        .args(["--input-scale", "1/255", "--arch", "8x8"])
        .args(more);
    command::said(&mut systole)
}

/// 28 steps: chunks of 5 end with one of 3, and one chunk of 100 is the whole sample.
#[test]
fn chunks_of_a_trained_network() {
    let Some(models) = models() else { return };
    let model = models.join("lstm_mnist/lstm_mnist.onnx");
    let data = example("lenet_mnist/calib.npz");
    for (chunk, device) in [("5", "interpreter"), ("100", "interpreter"), ("9", "cpu")] {
        let arguments = ["--chunk", chunk, "--device", device];
        let (code, said, error) = run(&model, &data, &arguments);
        assert_eq!(code, 0, "{said}{error}");
        assert!(
            said.contains("bits       equal with the CPU reference, 5 images"),
            "{said}"
        );
        assert!(
            said.contains(&format!("chunks     of {chunk} steps")),
            "{said}"
        );
        assert!(
            device == "cpu" || said.contains("measured: equal"),
            "{said}"
        );
    }
}

#[test]
fn what_cannot_be_fed_in_chunks_is_refused() {
    let refused = [
        (
            "crnn_digits/crnn_digits.onnx",
            "crnn_digits/test.npz",
            "its window covers several steps",
        ),
        (
            "lenet_mnist/lenet_mnist.onnx",
            "lenet_mnist/calib.npz",
            "no recurrent layer",
        ),
    ];
    for (model, data, why) in refused {
        let (model, data) = (example(model), example(data));
        let (code, said, error) = run(&model, &data, &["--chunk", "4"]);
        assert_eq!(code, 1, "{said}{error}");
        assert!(error.contains(why), "{error}");
    }
}

//! Images come in many forms: bytes or real numbers, gray with and without a channel axis, channels first or last, under
//! various names. The same images must become the same network, to the last byte.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{NpzReader, NpzWriter, WritableElement};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write<T: WritableElement>(&self, name: &str, key: &str, images: &ArrayD<T>) {
        let mut npz = NpzWriter::new(std::fs::File::create(self.path(name)).unwrap());
        npz.add_array(key, images).unwrap();
        npz.finish().unwrap();
    }

    /// Bytes of the quantized network, and what the command said.
    fn quantize(&self, model: &Path, options: &[&str]) -> (Vec<u8>, String) {
        let output = Command::cargo_bin("systole")
            .unwrap()
            .current_dir(self.0.path())
            .arg("quantize")
            .arg(model)
            .args(options)
            .args(["-o", "out.sysq"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        (std::fs::read(self.path("out.sysq")).unwrap(), text)
    }
}

fn first_images(path: &Path, count: usize) -> ArrayD<u8> {
    let mut npz = NpzReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let images: ArrayD<u8> = npz.by_name("x").unwrap();
    images
        .slice_axis(ndarray::Axis(0), (0..count).into())
        .to_owned()
}

fn reshaped<T: Clone>(images: &ArrayD<T>, shape: &[usize]) -> ArrayD<T> {
    images.to_shape(IxDyn(shape)).unwrap().to_owned()
}

#[test]
fn gray_images_in_every_form() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet_mnist");
    let model = example.join("lenet_mnist.onnx");
    let images = first_images(&example.join("calib.npz"), 12);
    let real = images.mapv(|pixel| f32::from(pixel) / 255.0);
    let folder = Folder::new();
    folder.write("bytes.npz", "x", &images);
    folder.write("first.npz", "images", &reshaped(&images, &[12, 1, 28, 28]));
    folder.write("last.npz", "data", &reshaped(&images, &[12, 28, 28, 1]));
    folder.write("flat.npz", "pixels", &reshaped(&images, &[12, 28, 28]));
    folder.write("real.npz", "inputs", &real);
    folder.write("double.npz", "x", &images.mapv(f64::from));
    let scaled = ["--input-scale", "1/255", "--calib"];
    let (expected, said) = folder.quantize(&model, &[&scaled[..], &["bytes.npz"]].concat());
    assert!(!said.contains("note:"), "{said}");
    for (name, options) in [
        ("first", &[&scaled[..], &["first.npz"]].concat()[..]),
        ("last", &[&scaled[..], &["last.npz"]].concat()),
        (
            "flat",
            &[&scaled[..], &["flat.npz", "--inputs-key", "pixels"]].concat(),
        ),
        ("double", &[&scaled[..], &["double.npz"]].concat()),
        ("real", &["--calib", "real.npz"]),
    ] {
        let (found, said) = folder.quantize(&model, options);
        assert!(found == expected, "{name} makes another network");
        assert!(!said.contains("note:"), "{name}: {said}");
    }
}

#[test]
fn forgotten_scale_is_noticed() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet_mnist");
    let model = example.join("lenet_mnist.onnx");
    let folder = Folder::new();
    folder.write(
        "bytes.npz",
        "x",
        &first_images(&example.join("calib.npz"), 4),
    );
    let (forgotten, said) = folder.quantize(&model, &["--calib", "bytes.npz"]);
    assert!(
        said.contains("note: 'x' of bytes.npz holds bytes"),
        "{said}"
    );
    let (meant, said) = folder.quantize(&model, &["--calib", "bytes.npz", "--input-scale", "1"]);
    assert!(!said.contains("note:"), "{said}");
    assert!(forgotten == meant, "a note changes nothing");
}

#[test]
fn colour_images_with_channels_first_and_last() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("SYSTOLE_SHARED").map_or(beside, PathBuf::from);
    let models = shared.join("models/resnet8_cifar10");
    if !models.exists() {
        println!(
            "SKIPPED: models/resnet8_cifar10 not found; set SYSTOLE_SHARED to the folder that holds the models"
        );
        return;
    }
    let last = first_images(&models.join("calib.npz"), 4);
    let first = last.clone().permuted_axes(IxDyn(&[0, 3, 1, 2]));
    let folder = Folder::new();
    folder.write("last.npz", "x", &last);
    folder.write("first.npz", "x", &first.as_standard_layout().into_owned());
    for model in ["resnet8_cifar10.onnx", "resnet8_cifar10_bn.onnx"] {
        let quantize = |data| {
            let options = ["--input-scale", "1", "--calib", data];
            folder.quantize(&models.join(model), &options).0
        };
        assert!(quantize("last.npz") == quantize("first.npz"), "{model}");
    }
}

//! Writes the first inputs of the fuzz targets: small valid files, in today's formats. `./x fuzz` runs this.
//!
//! Usage: `fuzz_seeds FOLDER`; each target gets a folder of its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../../quant/tests/common/onnx_writer.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
mod onnx_writer;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use ndarray::Array;
use ndarray_npy::NpzWriter;
use onnx_writer::{Model, float, int, ints};
use systole::compiler::compile;
use systole::testing::Network;
use systole_arch::Arch;
use systole_arch::config::PRESETS;
use systole_arch::frame::{Type, encode};
use systole_quant::integer::random::{Kind, Random, one_layer};
use systole_quant::integer::{IntGraph, Shape, Window};

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .expect("usage: fuzz_seeds FOLDER"),
    );
    for (target, seeds) in [
        ("onnx_file", models()),
        ("onnx_graph", decisions()),
        ("npz", archives()),
        ("sysq", graphs()),
        ("sysp", programs()),
        ("arch", configurations()),
        ("link", conversations()),
    ] {
        write(&root.join(target), &seeds)?;
    }
    Ok(())
}

fn write(folder: &Path, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (index, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{index:02}")), seed)?;
    }
    Ok(())
}

fn ramp(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i % 7) as f32 / 4.0 - 0.7).collect()
}

fn models() -> Vec<Vec<u8>> {
    let image = || Model::new().input("x", &[1, 2, 5, 4]);
    let network = image()
        .weights("w", &[3, 2, 3, 3], &ramp(54))
        .weights("b", &[3], &ramp(3))
        .integers("s", &[2], &[0, -1])
        .weights("d", &[60, 2], &ramp(120))
        .node(
            "Conv",
            &["x", "w", "b"],
            &["c"],
            vec![ints("pads", &[1, 1, 1, 1])],
        )
        .node("Relu", &["c"], &["r"], vec![])
        .node("Reshape", &["r", "s"], &["f"], vec![])
        .node("Gemm", &["f", "d"], &["g"], vec![])
        .node("Softmax", &["g"], &["y"], vec![int("axis", 1)])
        .output("y");
    let normalized = image()
        .weights("w", &[2, 1, 2, 2], &ramp(8))
        .weights("n", &[2], &[0.5, 2.0])
        .node(
            "Conv",
            &["x", "w"],
            &["c"],
            vec![int("group", 2), ints("strides", &[2, 2])],
        )
        .node(
            "BatchNormalization",
            &["c", "n", "n", "n", "n"],
            &["b"],
            vec![],
        )
        .node("LeakyRelu", &["b"], &["y"], vec![float("alpha", 0.1)])
        .output("y");
    let pooled = image()
        .node(
            "MaxPool",
            &["x"],
            &["m"],
            vec![ints("kernel_shape", &[2, 2])],
        )
        .node(
            "AveragePool",
            &["x"],
            &["a"],
            vec![ints("kernel_shape", &[2, 2])],
        )
        .node("Add", &["m", "a"], &["s"], vec![])
        .node("Concat", &["s", "a"], &["k"], vec![int("axis", 1)])
        .node("GlobalAveragePool", &["k"], &["g"], vec![])
        .node("Flatten", &["g"], &["y"], vec![])
        .output("y");
    let folded = image()
        .integers("i", &[], &[1])
        .integers("p", &[8], &[0, 0, 1, 1, 0, 0, 0, 0])
        .node("Shape", &["x"], &["n"], vec![])
        .node("Gather", &["n", "i"], &["k"], vec![])
        .node("Pad", &["x", "p"], &["q"], vec![])
        .node(
            "Transpose",
            &["q"],
            &["t"],
            vec![ints("perm", &[0, 2, 3, 1])],
        )
        .node("Tanh", &["t"], &["y"], vec![])
        .output("y")
        .output("k");
    [network, normalized, pooled, folded]
        .iter()
        .map(Model::bytes)
        .collect()
}

/// Bytes that decide about a model; any do.
fn decisions() -> Vec<Vec<u8>> {
    let mut random = Random::new(5);
    let list = |index: usize| (0..40 + 6 * index).map(|_| random.byte() as u8).collect();
    (0..30).map(list).collect()
}

fn archives() -> Vec<Vec<u8>> {
    let archive = |compressed: bool| {
        let mut bytes = Cursor::new(Vec::new());
        let mut npz = match compressed {
            true => NpzWriter::new_compressed(&mut bytes),
            false => NpzWriter::new(&mut bytes),
        };
        let x = Array::from_shape_fn((3, 2, 3), |(n, y, x)| (n * 7 + y * 3 + x) as u8);
        npz.add_array("x", &x).unwrap();
        npz.add_array("y", &Array::from_vec(vec![1i64, 2, 0]))
            .unwrap();
        npz.add_array("ref_a", &Array::from_vec(vec![0.5f32; 3]))
            .unwrap();
        npz.finish().unwrap();
        bytes.into_inner()
    };
    vec![archive(false), archive(true)]
}

/// The header, a line feed, the sections: the target puts lengths and checksum around them.
fn loose(file: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
    let (header, sections) = file[12..file.len() - 4].split_at(length);
    [header, b"\n", sections].concat()
}

fn graphs() -> Vec<Vec<u8>> {
    let layers = Kind::ALL.iter().map(|&kind| one_layer(3, kind).0);
    let networks = layers.chain([small()]);
    let files = networks.map(|graph| loose(&graph.encode().unwrap()));
    files.chain(decisions()).collect()
}

fn small() -> IntGraph {
    let (mut network, x) = Network::new("small", Shape::new(4, 4, 2), 1);
    let x = network.conv(
        x,
        4,
        Window {
            kernel: [3, 3],
            pads: [1; 4],
            ..Window::ONE
        },
        None,
    );
    let x = network.conv(x, 4, Window::ONE, Some(x));
    let x = network.global_average(x);
    network.finish(x)
}

fn programs() -> Vec<Vec<u8>> {
    let program = compile(&small(), &Arch::preset("4x4").unwrap()).unwrap();
    let file = program.encode().unwrap();
    vec![
        loose(&file),
        file,
        vec![0, 0, 3, 7, 1, 1],
        (0..200).collect(),
    ]
}

fn configurations() -> Vec<Vec<u8>> {
    PRESETS
        .iter()
        .map(|(_, text)| text.as_bytes().to_vec())
        .collect()
}

fn conversations() -> Vec<Vec<u8>> {
    let frames = [
        encode(Type::Sync, 0, &[]),
        encode(Type::Write, 1, &[0, 0, 0, 1, 9, 9, 9, 9]),
    ]
    .concat();
    let device = [&[0, 0, 40][..], &frames].concat();
    vec![
        device,
        vec![1, 3, 2, 0, 0, 0, 1, 0, 0, 0, 1],
        (0..=255).collect(),
    ]
}

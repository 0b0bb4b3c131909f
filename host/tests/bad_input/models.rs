//! Models that are damaged or ask for what is not supported.

use crate::bench::{images, npz};
use crate::{Bench, model_bytes as model};

const QUANTIZE: &str = "--calib good.npz -o out.sysq";

#[test]
fn damaged_models() {
    let mut bench = Bench::new();
    let whole = bench.read("good.onnx");
    std::fs::create_dir(bench.path().join("folder.onnx")).unwrap();
    bench.write("empty.onnx", b"");
    bench.write("text.onnx", b"#!/usr/bin/env python\nimport torch\n");
    bench.write("cut.onnx", &whole[..whole.len() - 9]);
    for (name, bytes) in [
        ("short.onnx", model::short_kernel()),
        ("nan.onnx", model::kernel_with(f32::NAN)),
        ("inf.onnx", model::kernel_with(f32::NEG_INFINITY)),
    ] {
        bench.write(name, &bytes.bytes());
    }
    for (about, name) in [
        ("no such file", "missing.onnx"),
        ("a folder in place of a file", "folder.onnx"),
        ("an empty file", "empty.onnx"),
        ("a file that is no protobuf", "text.onnx"),
        ("a file that is cut off", "cut.onnx"),
        ("a calibration file in place of a model", "good.npz"),
        ("a weight tensor with too few bytes", "short.onnx"),
        ("a weight that is NaN", "nan.onnx"),
        ("a weight that is infinite", "inf.onnx"),
    ] {
        bench.refuses(about, &format!("quantize {name} {QUANTIZE}"));
    }
    insta::assert_snapshot!(bench.page());
}

#[test]
fn unsupported_models() {
    let mut bench = Bench::new();
    let cases = [
        ("an unknown operator", "einsum", model::unknown_operator()),
        (
            "an operator without counterpart",
            "sqrt",
            model::no_counterpart(),
        ),
        ("an unknown attribute", "slope", model::unknown_attribute()),
        ("an attribute out of range", "stride", model::zero_stride()),
        (
            "a window that does not fit",
            "window",
            model::large_window(),
        ),
        (
            "weights of an unsupported type",
            "strings",
            model::string_kernel(),
        ),
        ("weights of the wrong shape", "wide", model::wide_kernel()),
        ("an open dimension", "open", model::open_length()),
        ("an input without elements", "zero", model::no_elements()),
        ("two inputs", "two", model::two_inputs()),
    ];
    for (about, name, model) in cases {
        bench.write(&format!("{name}.onnx"), &model.bytes());
        bench.refuses(about, &format!("quantize {name}.onnx {QUANTIZE}"));
    }
    bench.refuses(
        "a size that is no number",
        &format!("quantize open.onnx --dim time=long {QUANTIZE}"),
    );
    bench.refuses(
        "a size that fits no data",
        &format!("quantize open.onnx --dim time=9 {QUANTIZE}"),
    );
    insta::assert_snapshot!(bench.page());
}

#[test]
fn an_accumulator_that_could_wrap() {
    let mut bench = Bench::new();
    bench.write("sum.onnx", &model::many_products().bytes());
    bench.write("sum.npz", &npz(&[("x", images(2, &[1100, 1024]))]));
    let line = "quantize sum.onnx --calib sum.npz -o out.sysq";
    bench.refuses("an accumulator that could wrap", line);
    insta::assert_snapshot!(bench.page());
}

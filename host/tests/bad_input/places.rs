//! Places that cannot be written, and tools that are not there.

use crate::Bench;

#[test]
fn places_that_cannot_be_written() {
    let mut bench = Bench::new();
    bench.works("quantize good.onnx --calib good.npz -o good.sysq");
    std::fs::create_dir(bench.path().join("folder")).unwrap();
    let run = "run good.onnx --calib good.npz --test good.npz --arch 4x4";
    for (about, line) in [
        (
            "a folder in place of a file",
            "quantize good.onnx --calib good.npz -o folder".to_owned(),
        ),
        (
            "a file in place of a folder",
            "quantize good.onnx --calib good.npz -o good.onnx/out.sysq".to_owned(),
        ),
        (
            "the same for a program",
            "compile good.sysq --arch 4x4 -o good.onnx/out.sysp".to_owned(),
        ),
        (
            "the same for results",
            format!("{run} --json good.onnx/out.json"),
        ),
        (
            "one place good, the other bad",
            format!("{run} --json out.json --report folder"),
        ),
        (
            "Verilog into a file",
            "emit accelerator --arch 2x2 -o good.onnx".to_owned(),
        ),
        (
            "a waveform of a device without one",
            format!("{run} --trace out.fst"),
        ),
    ] {
        bench.refuses(about, &line);
    }
    insta::assert_snapshot!(bench.page());
}

#[test]
fn tools_that_are_missing() {
    let mut bench = Bench::new();
    let line =
        "run good.onnx --calib good.npz --test good.npz --arch 2x2 --device rtl --json out.json";
    let home = tempfile::tempdir().unwrap();
    let mut command = bench.command(line);
    command
        .env("PATH", "")
        .env("SYSTOLE_HOME", home.path())
        .env_remove("VERILATOR")
        .env_remove("VERILATOR_ROOT")
        .env_remove("CXX");
    bench.refuses_command("no simulator", line, command);
    let mut command = bench.command(line);
    command
        .env("VERILATOR", "verilator/bin/none")
        .env("SYSTOLE_HOME", home.path());
    bench.refuses_command("a variable that points nowhere", line, command);
    bench.refuses(
        "a group of tools that is not known",
        "tools install --group none",
    );
    insta::assert_snapshot!(bench.page());
}

//! The manners of the command: exit codes, where output goes, errors that name the remedy.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

fn systole(arguments: &[&str]) -> (i32, String, String) {
    command::said(command::systole().args(arguments))
}

#[test]
fn errors_go_to_standard_error_with_a_remedy() {
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["compile", "a.sysq", "--arch", "9x9", "-o", "b.sysp"],
            1,
            "presets: 2x2, 4x4, 8x8, 16x8, 16x16, 32x32",
        ),
        (&["inspect", "model.onnx"], 1, "systole quantize"),
        (&["inspect", "missing.sysp"], 1, "missing.sysp"),
        (
            &["run", "missing.onnx", "--calib", "c.npz", "--test", "t.npz"],
            1,
            "missing.onnx",
        ),
        (
            &[
                "run", "m.onnx", "--calib", "c", "--test", "t", "--trace", "w.fst",
            ],
            1,
            "--device rtl",
        ),
        (
            &[
                "run", "m.onnx", "--calib", "c", "--test", "t", "--ranges", "best",
            ],
            1,
            "min-max, mse, or percentile",
        ),
        (
            &["emit", "matmul", "--rows", "7", "-o", "unused"],
            1,
            "2, 4, 8, 16 or 32",
        ),
        (&["tools", "install", "--group", "none"], 1, "sim"),
        (&["frobnicate"], 2, "unrecognized"),
        (&[], 2, "Usage"),
    ];
    for (arguments, code, needle) in cases {
        let (found, stdout, stderr) = systole(arguments);
        assert_eq!(found, *code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(needle), "{arguments:?}: {stderr}");
        assert!(
            stdout.is_empty() && !stderr.contains("panicked") && !stderr.contains('\u{1b}'),
            "{arguments:?}: {stdout}{stderr}"
        );
    }
}

#[test]
fn data_goes_to_standard_output() {
    let (code, stdout, _) = systole(&["doctor", "--json"]);
    assert_eq!(code, 0);
    let checks: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(
        checks
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["name"] == "verilator")
    );
}

#[test]
fn emitted_files_are_listed_and_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core");
    let (code, stdout, stderr) = systole(&[
        "emit",
        "matmul",
        "--rows",
        "4",
        "--cols",
        "4",
        "-o",
        path.to_str().unwrap(),
        "--testbench",
    ]);
    assert_eq!(code, 0, "{stderr}");
    for line in stdout.lines() {
        assert!(std::fs::metadata(line).unwrap().len() > 0, "{line}");
    }
    assert_eq!(
        stdout.lines().count(),
        std::fs::read_dir(&path).unwrap().count()
    );
}

//! `systole emit`: complete files, test benches that pass in both simulators, errors that name the option.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use std::path::Path;

fn emit(arguments: &[&str], folder: &Path) -> (i32, String, String) {
    let mut systole = command::systole();
    command::said(systole.arg("emit").args(arguments).arg("-o").arg(folder))
}

/// Emits, simulates, and returns the verdicts of the simulators that are installed.
fn verdicts(arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [arguments, &["--testbench", "--simulate"]].concat();
    let (code, stdout, stderr) = emit(&arguments, folder.path());
    if code == 1 && stderr.contains("was not found") {
        eprintln!("SKIPPED: {arguments:?}: no simulator is installed");
        return Vec::new();
    }
    assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    for missing in stderr.lines().filter(|line| line.contains("was not found")) {
        eprintln!("SKIPPED: {arguments:?}: {missing}");
    }
    let passes: Vec<String> = stdout
        .lines()
        .filter(|line| line.contains(": PASS"))
        .map(str::to_owned)
        .collect();
    assert!(!passes.is_empty(), "{arguments:?}: {stdout}{stderr}");
    passes
}

#[test]
fn the_product_of_64_x_64_x_64_takes_no_more_than_4130_cycles() {
    for verdict in verdicts(&["matmul"]) {
        let words: Vec<&str> = verdict.split_whitespace().collect();
        let cycles: usize = words[words.len() - 2].parse().unwrap();
        assert!(cycles <= 4130, "{verdict}");
    }
}

#[test]
fn cores_of_other_sizes() {
    verdicts(&[
        "matmul",
        "--rows",
        "4",
        "--cols",
        "2",
        "--data-bits",
        "12",
        "--stalls",
        "--m",
        "5",
    ]);
    verdicts(&[
        "conv",
        "--rows",
        "4",
        "--cols",
        "4",
        "--height",
        "7",
        "--width",
        "5",
        "--channels",
        "3",
        "--pad",
        "1",
        "--stride",
        "2",
    ]);
    verdicts(&[
        "conv",
        "--multipliers",
        "lut",
        "--height",
        "6",
        "--width",
        "6",
        "--stalls",
        "--seed",
        "9",
    ]);
}

/// The reference of the numerics has given the expected hidden states.
#[test]
fn recurrent_layers_of_the_reference() {
    for verdict in verdicts(&["lstm"]) {
        assert!(verdict.contains("PASS: 144 result vectors, 3506 cycles"));
    }
    verdicts(&[
        "lstm",
        "--rows",
        "4",
        "--cols",
        "12",
        "--lanes",
        "2",
        "--inputs",
        "5",
        "--hidden",
        "9",
        "--cell-bits",
        "9",
        "--stalls",
        "--seed",
        "2",
    ]);
    verdicts(&[
        "gru",
        "--rows",
        "16",
        "--cols",
        "8",
        "--inputs",
        "20",
        "--hidden",
        "18",
        "--multipliers",
        "lut",
        "--seed",
        "5",
    ]);
}

#[test]
fn accelerators() {
    verdicts(&["accelerator", "--arch", "2x2"]);
    verdicts(&["accelerator", "--arch", "8x8", "--stalls", "--seed", "3"]);
}

#[test]
fn a_wrong_answer_is_found() {
    let arch = systole_arch::Arch::preset("2x2").unwrap();
    let mut files = systole::device::accelerator_design(&arch).unwrap().sources;
    files.extend(systole::testbench::accelerator_testbench(&arch, 1, false).unwrap());
    let answers = files
        .iter_mut()
        .find(|(name, _)| name.contains("answers"))
        .unwrap();
    // The last byte of the last tensor, before the check sum of its frame.
    let mut lines: Vec<&str> = answers.1.lines().collect();
    let last = lines.len() - 6;
    lines[last] = if lines[last] == "00" { "01" } else { "00" };
    answers.1 = lines.join("\n") + "\n";
    match systole_sim::icarus::run_bench(&files, systole::testbench::TOP) {
        Ok(bench) => assert!(
            !bench.passed && bench.output.contains("FAIL: 1 of"),
            "{}",
            bench.output
        ),
        Err(systole_sim::Error::ToolMissing { .. }) => {
            eprintln!("SKIPPED: Icarus is not installed")
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn how_to_simulate_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = emit(&["conv", "--testbench"], folder.path());
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), 5);
    for line in stdout.lines() {
        assert!(std::fs::metadata(line).unwrap().len() > 0, "{line}");
    }
    assert!(
        stderr.contains("iverilog -g2012") && stderr.contains("verilator --binary"),
        "{stderr}"
    );
}

#[test]
fn what_cannot_be_built_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["matmul", "--cols", "6"], "--cols 6 is not possible"),
        (&["conv", "--kernel", "20"], "--kernel 20 does not fit"),
        (&["conv", "--pad", "3"], "smaller than --kernel"),
        (
            &["matmul", "--data-bits", "4", "--multipliers", "ecp5-dsp"],
            "use the generic ones",
        ),
        (&["matmul", "--stalls"], "--testbench"),
        (&["lstm", "--lanes", "3"], "--lanes 3 is not possible"),
        (&["lstm", "--cell-bits", "7"], "--cell-bits must be 8 to 12"),
        (&["gru", "--hidden", "2000"], "--hidden must be 1 to 1024"),
        (&["gru", "--cell-bits", "9"], "unexpected argument"),
    ];
    for (arguments, needle) in cases {
        let (code, _, stderr) = emit(arguments, folder.path());
        assert!(code == 1 || code == 2, "{arguments:?}: {code}");
        assert!(stderr.contains(needle), "{arguments:?}: {stderr}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

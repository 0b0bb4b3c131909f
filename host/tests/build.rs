//! `systole build`: the plan, its errors, and the smallest bitstream from Verilog to bytes, as the manifest says.

#![allow(clippy::unwrap_used)] // a test may

use std::path::{Path, PathBuf};

use systole_sim::tools;

mod command;
use command::{said, systole};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams/manifest.toml")
}

/// Exit code, standard output and standard error of a build.
fn build(arguments: &[&str], output: &Path) -> (i32, String, String) {
    said(systole().arg("build").args(arguments).arg("-o").arg(output))
}

/// Standard output of a build that must succeed.
fn succeeds(arguments: &[&str], output: &Path) -> String {
    let (code, text, errors) = build(arguments, output);
    assert_eq!(code, 0, "{errors}");
    text
}

/// Standard error of a build that must fail.
fn fails(arguments: &[&str], output: &Path) -> String {
    let (code, _, errors) = build(arguments, output);
    assert_eq!(code, 1, "{arguments:?}: {errors}");
    errors
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let folder = folder();
    let output = folder.path().join("out");
    let board = ["--board", "ulx3s-85f", "--seeds", "3", "--dry-run"];
    let text = succeeds(&board, &output);
    for words in [
        "16x16",
        "100 MHz",
        "yosys",
        "place-and-route",
        "3 seeds",
        "ecppack",
        "ecpunpack",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let until = ["--board", "ice40-hx8k", "--until", "lint", "--dry-run"];
    let text = succeeds(&until, &output);
    assert!(text.contains("lint") && !text.contains("yosys"), "{text}");
    assert!(!output.exists());
}

#[test]
fn impossible_builds_are_refused_before_anything_is_written() {
    let folder = folder();
    let output = folder.path().join("out");
    for (arguments, words) in [
        (&["--board", "ulx4s"][..], "ulx3s-85f"),
        (
            &["--board", "ulx3s-85f", "--target-mhz", "0"],
            "from 1 to 1000",
        ),
        (&["--board", "ulx3s-85f", "--target-mhz", "999"], "PLL"),
        (&["--board", "icebreaker"], "--arch"),
        (&["--board", "ulx3s-85f", "--arch", "none"], "none"),
    ] {
        let text = fails(arguments, &output);
        assert!(text.contains(words), "{arguments:?}: {text}");
        assert!(!output.exists(), "{arguments:?}");
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let text = fails(&["--board", "ulx3s-85f"], &file);
    assert!(text.contains("give a folder"), "{text}");
}

#[test]
fn what_is_emitted_is_lint_clean_and_recorded() {
    if tools::find("verilator").is_err() {
        return eprintln!("SKIPPED: lint of a build: no Verilator");
    }
    let folder = folder();
    let text = succeeds(&["--board", "ice40-hx8k", "--until", "lint"], folder.path());
    assert!(text.contains("build.json"), "{text}");
    for name in [
        "accelerator.v",
        "board_top.v",
        "board_top.pcf",
        "steps/emit.json",
        "steps/lint.json",
    ] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let json = std::fs::read_to_string(folder.path().join("build.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["steps"][0]["step"], "emit");
    assert_eq!(report["steps"][0]["files"].as_object().unwrap().len(), 3);
    // There is no bitstream yet.
    let text = fails(
        &[
            "--board",
            "ice40-hx8k",
            "--until",
            "lint",
            "--check",
            manifest().to_str().unwrap(),
        ],
        folder.path(),
    );
    assert!(text.contains("until `pack`"), "{text}");
}

/// The smallest entry of the manifest, from Verilog to the same bytes.
#[test]
fn the_smallest_bitstream_has_the_bytes_of_the_manifest() {
    for tool in ["yosys", "nextpnr-ecp5", "ecppack", "ecpunpack"] {
        if tools::find(tool).is_err() {
            return eprintln!("SKIPPED: the smallest bitstream: no {tool}");
        }
    }
    let folder = folder();
    let manifest = manifest();
    let (code, text, errors) = build(
        &[
            "--board",
            "ulx3s-12f",
            "--arch",
            "2x2-lean",
            "--target-mhz",
            "75",
            "--check",
            manifest.to_str().unwrap(),
        ],
        folder.path(),
    );
    if errors.contains("; tools ") || errors.contains("one: tools ") {
        return eprintln!(
            "SKIPPED: the smallest bitstream: the manifest is of other versions of the tools"
        );
    }
    assert_eq!(code, 0, "{errors}");
    assert!(text.contains("as in "), "{text}");
    assert!(folder.path().join("board_top.bit").exists());
    // Another seed is another bitstream, and a clock that is too fast an error that names our modules.
    let text = fails(
        &[
            "--board",
            "ulx3s-12f",
            "--arch",
            "2x2-lean",
            "--target-mhz",
            "150",
        ],
        &folder.path().join("fast"),
    );
    assert!(
        text.contains("too slow") && text.contains("accelerator."),
        "{text}"
    );
    assert!(!folder.path().join("fast/board_top.bit").exists());
}

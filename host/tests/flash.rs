//! `systole flash` with a stand-in for openFPGALoader that writes down how it was called.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test may

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use systole_sim::sha256_hex;

mod command;
use command::{said, systole};

const ECP5: &[u8] = b"\xff\x00Part: LFE5U-12F-6CABGA381\x00\xff\xff\xbd\xb3\xff\xff\xff\xff";
const ICE40: &[u8] = b"\xff\x00\x00\xff\x7e\xaa\x99\x7e\x51\x00\x01\x05";

/// A folder with a stand-in for the program, and one with what a build leaves.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench { folder };
        for name in ["bin", "build"] {
            std::fs::create_dir(bench.path(name)).unwrap();
        }
        let program = bench.path("bin/openFPGALoader");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        bench
    }

    /// A stand-in that writes its arguments down, one a line.
    fn recording() -> Self {
        let bench = Bench::new("printf '%s\\n' \"$@\" > \"$RECORD\"; echo done >&2");
        bench.build("ulx3s-12f", "board_top.bit", ECP5);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, board: &str, file: &str, bytes: &[u8]) {
        let report =
            serde_json::json!({ "board": board, "bitstream": sha256_hex(bytes), "steps": [] });
        std::fs::write(self.path("build/build.json"), report.to_string()).unwrap();
        std::fs::write(self.path("build").join(file), bytes).unwrap();
    }

    /// Exit code, output, errors, and what the stand-in was called with.
    fn flash(&self, arguments: &[&str]) -> (i32, String, String, Option<Vec<String>>) {
        let record = self.path("record");
        let _ = std::fs::remove_file(&record);
        let mut command = systole();
        command.arg("flash").args(arguments);
        command.current_dir(self.folder.path());
        command.env("RECORD", &record);
        command.env(
            "PATH",
            format!("{}:/usr/bin:/bin", self.path("bin").display()),
        );
        command.env_remove("OPENFPGALOADER");
        let (code, text, errors) = said(&mut command);
        let called = std::fs::read_to_string(&record).ok();
        let called = called.map(|text| text.lines().map(str::to_owned).collect());
        (code, text, errors, called)
    }

    /// Standard error of a call that must fail before the program is started.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, _, errors, called) = self.flash(arguments);
        assert_eq!((code, called), (1, None), "{arguments:?}: {errors}");
        errors
    }
}

#[test]
fn the_program_is_called_as_the_board_file_says() {
    let bench = Bench::recording();
    let bit = "build/board_top.bit";
    for (arguments, option) in [
        (&["--board", "ulx3s-12f", "build"][..], "--write-sram"),
        (&["--board", "ulx3s-12f", "--sram", "build"], "--write-sram"),
        (
            &["--board", "ulx3s-12f", "--flash", "build"],
            "--write-flash",
        ),
        (&["--board", "ulx3s-12f", bit], "--write-sram"),
        (&["--board", "ulx3s-85f", bit], "--write-sram"),
    ] {
        let (code, _, errors, called) = bench.flash(arguments);
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        let expected = ["--board", "ulx3s", option, bit].map(str::to_owned);
        assert_eq!(called.unwrap(), expected, "{arguments:?}");
    }
    // The other board of the test can be reached by its flash only, which has to be asked for.
    bench.build("ice40-hx8k", "board_top.bin", ICE40);
    let (code, _, errors, called) = bench.flash(&["--board", "ice40-hx8k", "--flash", "build"]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(
        called.unwrap()[..3],
        ["--board", "ice40_generic", "--write-flash"]
    );
    let text = bench.refused(&["--board", "ice40-hx8k", "build"]);
    assert!(text.contains("hint: `--flash`"), "{text}");
}

#[test]
fn a_dry_run_prints_the_command_and_runs_nothing() {
    let bench = Bench::recording();
    let (code, text, errors, called) = bench.flash(&["--board", "ulx3s-12f", "build", "--dry-run"]);
    assert_eq!((code, called), (0, None), "{errors}");
    let expected = "openFPGALoader --board ulx3s --write-sram build/board_top.bit\n";
    assert_eq!(text, expected);
}

#[test]
fn what_is_not_for_the_board_is_refused() {
    let bench = Bench::recording();
    let board = |name| ["--board", name];
    for (arguments, needle) in [
        (
            [&board("ulx3s-85f")[..], &["build"]].concat(),
            "`--board ulx3s-12f`",
        ),
        ([&board("ulx4s")[..], &["build"]].concat(), "ulx3s-85f"),
        (
            [&board("ulx3s-12f")[..], &["nowhere"]].concat(),
            "cannot be read",
        ),
        (
            [&board("ulx3s-12f")[..], &["bin"]].concat(),
            "no report of a build",
        ),
        (
            [&board("ulx3s-12f")[..], &["build/build.json"]].concat(),
            "not a bitstream for the ECP5",
        ),
        (
            [
                &board("ice40-hx8k")[..],
                &["--flash", "build/board_top.bit"],
            ]
            .concat(),
            "not a bitstream for the iCE40",
        ),
    ] {
        let text = bench.refused(&arguments);
        assert!(text.contains(needle), "{arguments:?}: {text}");
    }
    // Changed since it was built; and a build without a bitstream.
    std::fs::write(bench.path("build/board_top.bit"), [ECP5, b"\x00"].concat()).unwrap();
    let text = bench.refused(&["--board", "ulx3s-12f", "build"]);
    assert!(text.contains("changed since"), "{text}");
    let report = r#"{"board": "ulx3s-12f", "bitstream": null}"#;
    std::fs::write(bench.path("build/build.json"), report).unwrap();
    let text = bench.refused(&["--board", "ulx3s-12f", "build"]);
    assert!(text.contains("until `pack`"), "{text}");
}

#[test]
fn a_failure_repeats_the_last_lines() {
    let bench = Bench::new(
        "echo 'Open file: DONE'; i=0; while [ $i -lt 40 ]; do echo step $i >&2; i=$((i+1)); done\n\
         echo 'unable to open ftdi device: -3' >&2; exit 1",
    );
    bench.build("ulx3s-12f", "board_top.bit", ECP5);
    let (code, _, errors, _) = bench.flash(&["--board", "ulx3s-12f", "build"]);
    assert_eq!(code, 1, "{errors}");
    let (_, told) = errors.split_once("its last lines:\n").unwrap();
    assert!(
        told.contains("unable to open ftdi device: -3\n"),
        "{errors}"
    );
    assert!(
        told.contains("step 39") && !told.contains("step 20"),
        "{errors}"
    );
    assert!(told.contains("hint: is the board on its cable"), "{errors}");
}

#[test]
fn a_missing_program_is_named_with_the_remedy() {
    let bench = Bench::recording();
    std::fs::remove_file(bench.path("bin/openFPGALoader")).unwrap();
    if Path::new("/usr/bin/openFPGALoader").exists() {
        return eprintln!("SKIPPED: a missing openFPGALoader: it is installed");
    }
    let text = bench.refused(&["--board", "ulx3s-12f", "build"]);
    for needle in [
        "openFPGALoader",
        "apt-get install openfpgaloader",
        "https://",
    ] {
        assert!(text.contains(needle), "{text}");
    }
}

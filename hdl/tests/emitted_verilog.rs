//! What people read and tools refuse: emitted Verilog is lint-clean, every module has a comment, names are plain, and
//! one small core is kept verbatim so that a review sees what a change does to the text.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::PathBuf;

use systole_arch::{Arch, Multipliers};
use systole_hdl::accelerator::verilog;
use systole_hdl::cores::{
    ConvOptions, CoreArray, MatmulOptions, RecurrentKind, RecurrentOptions, conv_files,
    matmul_files, recurrent_files,
};
use systole_sim::verilator::{EMITTED, lint};
use systole_sim::{Design, Error};

fn array(rows: usize, cols: usize, multipliers: Multipliers) -> CoreArray {
    CoreArray {
        rows,
        cols,
        data_bits: 8,
        acc_bits: 32,
        multipliers,
    }
}

fn matmul(rows: usize, cols: usize, multipliers: Multipliers) -> String {
    let options = MatmulOptions {
        array: array(rows, cols, multipliers),
        m: 8,
        k: 8 * rows,
        n: 8 * cols,
        testbench: None,
    };
    matmul_files(&options).unwrap().remove(0).1
}

fn conv(rows: usize, cols: usize) -> String {
    let options = ConvOptions {
        array: array(rows, cols, Multipliers::Generic),
        height: 16,
        width: 16,
        channels: 8,
        filters: 16,
        kernel: 3,
        stride: 1,
        pad: 1,
        testbench: None,
    };
    conv_files(&options).unwrap().remove(0).1
}

fn recurrent(kind: RecurrentKind, [rows, cols, lanes]: [usize; 3], hidden: usize) -> String {
    let options = RecurrentOptions {
        kind,
        rows,
        cols,
        lanes,
        multipliers: Multipliers::Generic,
        inputs: 28,
        hidden,
    };
    recurrent_files(&options, None).unwrap().remove(0).1
}

/// Name of the top module and text.
fn designs() -> Vec<(&'static str, String)> {
    let lstm = RecurrentKind::Lstm { cell_bits: 11 };
    vec![
        (
            "accelerator",
            verilog(&Arch::preset("2x2").unwrap()).unwrap(),
        ),
        (
            "accelerator",
            verilog(&Arch::preset("8x8").unwrap()).unwrap(),
        ),
        ("matmul", matmul(8, 8, Multipliers::Generic)),
        ("matmul", matmul(16, 4, Multipliers::Lut)),
        ("matmul", matmul(2, 2, Multipliers::Ecp5Mixed)),
        ("conv", conv(8, 8)),
        ("conv", conv(4, 2)),
        ("lstm", recurrent(lstm, [8, 8, 4], 64)),
        ("lstm", recurrent(lstm, [2, 2, 1], 1)),
        ("gru", recurrent(RecurrentKind::Gru, [16, 8, 8], 30)),
    ]
}

#[test]
fn lint_clean() {
    for (top, text) in designs() {
        match lint(&Design::new(top, &text), EMITTED) {
            Ok(lints) => assert!(lints.is_empty(), "{top}: {lints:#?}"),
            Err(Error::ToolMissing { .. }) => {
                eprintln!("SKIPPED: lint of {top}: Verilator is not installed");
                return;
            }
            Err(error) => panic!("{top}: {error}"),
        }
    }
}

#[test]
fn every_module_has_a_comment() {
    for (top, text) in designs() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with("module ") {
                let commented = at > 0 && lines[at - 1].starts_with("//");
                assert!(commented, "{top}: {line}");
            }
        }
        let modules = lines
            .iter()
            .filter(|line| line.starts_with("module "))
            .count();
        assert!(modules > 10, "{top}: {modules}");
    }
}

#[test]
fn names_are_plain() {
    for (top, text) in designs() {
        for line in text.lines() {
            let code = line.split("//").next().unwrap_or_default();
            let mut before = ' ';
            for letter in code.chars() {
                let inside = letter == '$' && (before.is_ascii_alphanumeric() || before == '_');
                assert!(!inside && letter != '\\', "{top}: {line}");
                before = letter;
            }
        }
    }
}

/// Yosys reads `-9'(x)` as a cast to -9 bits.
#[test]
fn no_cast_stands_behind_a_unary_operator() {
    for (top, text) in designs() {
        for line in text.lines() {
            for (at, _) in line.match_indices("'(") {
                let digits = line[..at].trim_end_matches(|c: char| c.is_ascii_digit());
                let unary = digits.ends_with(['-', '~', '!']) || digits.ends_with("(&");
                assert!(!unary, "{top}: {line}");
            }
        }
    }
}

/// `SYSTOLE_BLESS=1 cargo test -p systole-hdl --test emitted_verilog` writes it anew.
#[test]
fn the_small_core_is_what_it_was() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/golden/matmul_2x2.v"]
        .iter()
        .collect();
    let text = matmul(2, 2, Multipliers::Generic);
    if std::env::var_os("SYSTOLE_BLESS").is_some_and(|value| !value.is_empty()) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = golden.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(
        golden == text,
        "{} differs from line {} on: look at the difference, then bless it with SYSTOLE_BLESS=1",
        path.display(),
        difference.map_or(golden.lines().count().min(text.lines().count()), |line| {
            line
        }) + 1
    );
}

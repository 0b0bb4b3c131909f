//! The AXI wrapper: an independent AXI model (cocotbext-axi) speaks to it in Icarus, and what the vendors' tools read fits it.
//!
//! `systole tools install --group axi` brings the model.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use serde_json::json;
use systole::testbench::accelerator_testbench;
use systole_arch::Arch;
use systole_arch::axi::{Access, REGISTERS, reset_value};
use systole_arch::frame::{self, Type};
use systole_arch::map::{self, Space};
use systole_hdl::axi::{TOP, sources};
use systole_sim::{Bench, Error, cocotb};

type Files = Vec<(String, String)>;

fn arch() -> Arch {
    Arch::preset("2x2").unwrap()
}

/// Sync, then two requests.
fn requests(kind: Type, payload: &[u8]) -> String {
    let frames = [
        frame::encode(Type::Sync, 0, &[]),
        frame::encode(kind, 1, payload),
        frame::encode(kind, 2, payload),
    ];
    frames.concat().iter().map(|b| format!("{b:02x}")).collect()
}

/// What the checks in Python have to know.
fn facts(arch: &Arch) -> String {
    let registers: Vec<_> = REGISTERS
        .iter()
        .map(|register| {
            let access = if register.access == Access::Read {
                "read"
            } else {
                "write"
            };
            json!({
                "name": register.name,
                "address": register.address,
                "access": access,
                "reset": reset_value(arch, register),
            })
        })
        .collect();
    let words = |address: u32, second: u32| [address.to_le_bytes(), second.to_le_bytes()].concat();
    // The configuration block, which is constant.
    let read = words(Space::Registers.address(0), 14);
    let run = words(Space::Registers.address(map::RUN.offset), 1);
    json!({
        "registers": registers,
        "read": requests(Type::Read, &read),
        "run_twice": requests(Type::Write, &run),
    })
    .to_string()
}

/// The wrapper, the recorded session, and the checks.
fn files() -> Files {
    let arch = arch();
    let mut files = sources(&arch).unwrap();
    let recorded = accelerator_testbench(&arch, 1, false).unwrap();
    files.extend(
        recorded
            .into_iter()
            .filter(|(name, _)| name.ends_with(".hex")),
    );
    files.push(("facts.json".into(), facts(&arch)));
    files.push(("rules.py".into(), include_str!("axi/rules.py").into()));
    files.push((
        "axi_check.py".into(),
        include_str!("axi/axi_check.py").into(),
    ));
    files
}

/// The outcome, unless a tool is missing.
fn check(files: &Files, only: &str) -> Option<Bench> {
    match cocotb::run_tests(files, TOP, "axi_check", 4711, only) {
        Err(error @ Error::ToolMissing { .. }) => {
            let text = error.to_string();
            eprintln!("SKIPPED: AXI models: {}", text.lines().next().unwrap());
            None
        }
        outcome => Some(outcome.unwrap()),
    }
}

fn passes(only: &str) {
    if let Some(bench) = check(&files(), only) {
        assert!(bench.passed, "{}", bench.output);
        let told = |line: &&str| line.starts_with("PASS") || line.contains("MEASURED");
        bench
            .output
            .lines()
            .filter(told)
            .for_each(|line| println!("{line}"));
    }
}

#[test]
fn registers_answer_as_the_table_says() {
    passes("registers");
}

#[test]
fn a_session_gives_the_bytes_of_the_byte_link() {
    passes("\\.session");
}

#[test]
fn resets_and_faults() {
    passes("soft_reset|reset_in_mid_transfer|fault");
}

#[test]
fn the_command_writes_everything() {
    let folder = tempfile::tempdir().unwrap();
    let emit = |more: &[&str]| {
        let mut systole = command::systole();
        systole.args(["emit", "accelerator", "--wrapper", "axi"]);
        command::said(systole.args(more).arg("-o").arg(folder.path()))
    };
    let (code, stdout, stderr) = emit(&["--arch", "2x2"]);
    assert_eq!(code, 0, "{stderr}");
    let expected = systole_hdl::axi::files(&arch()).unwrap();
    assert_eq!(stdout.lines().count(), expected.len());
    for (name, text) in expected {
        assert_eq!(
            std::fs::read_to_string(folder.path().join(&name)).unwrap(),
            text,
            "{name}"
        );
    }
    let (code, _, stderr) = emit(&["--board", "ulx3s-85f"]);
    assert!(
        code == 2 && stderr.contains("cannot be used with"),
        "{stderr}"
    );
    let (code, _, stderr) = emit(&["--arch", "3x3"]);
    assert!(code == 1 && stderr.contains("hint:"), "{stderr}");
}

/// The files with one text replaced by another.
fn planted(file: &str, what: &str, with: &str) -> Files {
    let mut files = files();
    let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
    assert_eq!(text.matches(what).count(), 1, "{what} in {file}:\n{text}");
    *text = text.replace(what, with);
    files
}

/// The checks can fail: each of these errors is seen, and for the right reason.
#[test]
fn planted_protocol_errors_are_seen() {
    let hidden = "  wire offered; reg [2:0] turn; initial turn = 0; always @(posedge aclk) turn <= turn + 3'd1;\n  \
                  assign m_axis_tvalid = offered && turn != 0;\n  axi_core core (\n";
    // Only the rules can see it: no word is lost.
    let mut dropped = planted("accelerator_axi.v", "  axi_core core (\n", hidden);
    let (_, text) = dropped
        .iter_mut()
        .find(|(name, _)| name == "accelerator_axi.v")
        .unwrap();
    *text = text
        .replace(".m_axis_tvalid(m_axis_tvalid)", ".m_axis_tvalid(offered)")
        .replace(
            ".m_axis_tready(m_axis_tready)",
            ".m_axis_tready(m_axis_tready && turn != 0)",
        );
    let cases = [
        (
            "m_axis_tvalid falls",
            dropped,
            "\\.session",
            "m_axis_tvalid fell before",
        ),
        (
            "an answer without write data",
            planted("axi_core.v", BOTH_HELD, ADDRESS_HELD),
            "registers",
            "s_axi_bvalid without a complete write",
        ),
        (
            "a soft reset takes back a word",
            planted("axi_core.v", PACKER_RESET, PACKER_RESET_BY_ALL),
            "soft_reset",
            "m_axis_tvalid fell before",
        ),
        (
            "bytes that do not count are taken",
            planted("axi_core.v", ".tkeep(s_axis_tkeep)", ".tkeep(4'd15)"),
            "\\.session",
            "FAIL",
        ),
    ];
    for (what, files, only, reason) in cases {
        let Some(bench) = check(&files, only) else {
            return;
        };
        assert!(
            !bench.passed && bench.output.contains(reason),
            "{what}: {}",
            bench.output
        );
    }
}

const BOTH_HELD: &str = "aw_held && w_held && ";
const ADDRESS_HELD: &str = "aw_held && ";
const PACKER_RESET: &str = "    .reset(reset),\n    .restart(registers_restart),";
const PACKER_RESET_BY_ALL: &str = "    .reset(quiet),\n    .restart(registers_restart),";

//! Boards against the tools and on the command line: nextpnr knows every part, has every pin and counts the sizes that
//! the tables say.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use systole_arch::boards::part::Family;
use systole_arch::boards::{Board, boards, room};

/// A netlist in which every port of a board is a wire: output follows `uart_rx`.
fn netlist(board: &Board) -> Value {
    let leds = board.sheet.leds.pins.len();
    let mut inputs = vec!["clock", "uart_rx"];
    inputs.extend(board.sheet.reset.is_some().then_some("reset"));
    let gowin = board.part.family == Family::Gowin;
    let mut ports = serde_json::Map::new();
    let mut cells = serde_json::Map::new();
    let mut buffer = |kind: &str, from: usize, to: usize| {
        let cell = json!({ "hide_name": 0, "type": kind, "parameters": {}, "attributes": {},
            "port_directions": { "I": "input", "O": "output" }, "connections": { "I": [from], "O": [to] } });
        cells.insert(format!("b{from}_{to}"), cell);
    };
    for (n, name) in inputs.iter().enumerate() {
        ports.insert(
            (*name).into(),
            json!({ "direction": "input", "bits": [2 + n] }),
        );
        if gowin {
            buffer("IBUF", 2 + n, 10 + n);
        }
    }
    // Net 3 is `uart_rx`; 11 is what its buffer makes of it. nextpnr puts buffers in where there are none, except for Gowin.
    let outputs: Vec<usize> = (0..=leds).map(|n| if gowin { 20 + n } else { 3 }).collect();
    if gowin {
        outputs.iter().for_each(|&net| buffer("OBUF", 11, net));
    }
    ports.insert(
        "uart_tx".into(),
        json!({ "direction": "output", "bits": [outputs[0]] }),
    );
    ports.insert(
        "led".into(),
        json!({ "direction": "output", "bits": outputs[1..] }),
    );
    let top = json!({ "attributes": { "top": "00000000000000000000000000000001" }, "ports": ports, "cells": cells, "netnames": {} });
    json!({ "creator": "systole", "modules": { "top": top } })
}

/// nextpnr of a family, if it is installed.
fn nextpnr(family: Family) -> Option<Command> {
    let name = match family {
        Family::Ecp5 => "nextpnr-ecp5",
        Family::Ice40 => "nextpnr-ice40",
        Family::Gowin => "nextpnr-himbaechel-gowin",
    };
    Some(systole_sim::tools::find(name).ok()?.command())
}

fn place(board: &Board, folder: &Path) -> Option<(bool, String)> {
    let mut command = nextpnr(board.part.family)?;
    let file = format!("board.{}", board.part.family.extension());
    std::fs::write(folder.join("board.json"), netlist(board).to_string()).unwrap();
    std::fs::write(folder.join(&file), board.constraints()).unwrap();
    command.current_dir(folder).args(board.nextpnr_arguments());
    match board.part.family {
        Family::Ecp5 => command.args(["--lpf", &file]),
        Family::Ice40 => command.args(["--pcf", &file]),
        Family::Gowin => command.args(["--vopt", &format!("cst={file}")]),
    };
    let output = command
        .args(["--json", "board.json", "--no-route"])
        .output()
        .unwrap();
    let log = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&log).into_owned(),
    ))
}

/// How many cells of a kind the device has: `Info: KIND: 0/ 208 0%`.
fn there(log: &str, kind: &str) -> Option<usize> {
    let line = log.lines().rfind(|line| {
        line.contains(&format!(" {kind}:")) || line.contains(&format!("\t{kind}:"))
    })?;
    let (_, after) = line.split_once('/')?;
    after.split_whitespace().next()?.parse().ok()
}

/// LUTs, flip-flops, block RAMs, multipliers, as nextpnr calls them.
fn kinds(family: Family) -> [&'static str; 4] {
    match family {
        Family::Ecp5 => ["TRELLIS_COMB", "TRELLIS_FF", "DP16KD", "MULT18X18D"],
        Family::Ice40 => ["ICESTORM_LC", "ICESTORM_LC", "ICESTORM_RAM", ""],
        Family::Gowin => ["LUT4", "DFF", "BSRAM", "MULT18X18"],
    }
}

#[test]
fn nextpnr_has_the_pins_and_the_sizes() {
    for board in boards().unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let name = board.name();
        let Some((success, log)) = place(&board, folder.path()) else {
            eprintln!(
                "SKIPPED: pins and sizes of {name}: nextpnr for {} is not installed",
                board.part.family.name()
            );
            continue;
        };
        assert!(success, "{name}: {log}");
        let device = room::device(board.part).unwrap();
        let sizes = [
            device.luts,
            device.flip_flops,
            device.block_rams,
            device.multipliers,
        ];
        for (kind, size) in kinds(board.part.family).into_iter().zip(sizes) {
            match there(&log, kind) {
                // The tools place a 12F on all of the 25F that it is.
                Some(there) if board.part.name == "LFE5U-12F" => {
                    assert!(size <= there, "{name} {kind} {there}")
                }
                Some(there) => assert_eq!(size, there, "{name} {kind}"),
                None => assert_eq!((kind, size), ("", 0), "{name}: {log}"),
            }
        }
    }
}

/// The check above can fail: a pin that the package does not have, and one of a supply.
#[test]
fn nextpnr_refuses_other_pins() {
    for (name, pin) in [
        ("ulx3s-25f", "Q99"),
        ("ulx3s-85f", "A1"),
        ("ice40-hx8k", "A3"),
        ("tang-primer-20k", "A1"),
    ] {
        let mut board = Board::named(name).unwrap();
        board.sheet.link.tx.pin = pin.into();
        let folder = tempfile::tempdir().unwrap();
        match place(&board, folder.path()) {
            Some((success, log)) => assert!(!success, "{name} {pin}: {log}"),
            None => eprintln!("SKIPPED: wrong pins of {name}: no nextpnr"),
        }
    }
}

fn systole(arguments: &[&str]) -> (i32, String, String) {
    command::said(command::systole().args(arguments))
}

#[test]
fn the_list_has_every_board() {
    let (code, text, _) = systole(&["boards"]);
    assert_eq!(code, 0);
    let (_, json, _) = systole(&["boards", "--json"]);
    let list: Vec<Value> = serde_json::from_str(&json).unwrap();
    let all = boards().unwrap();
    assert_eq!(list.len(), all.len());
    for (board, record) in all.iter().zip(&list) {
        assert!(text.contains(board.name()), "{text}");
        assert_eq!(record["name"], board.name());
        assert_eq!(record["sheet"]["clock"]["pin"], *board.sheet.clock.pin);
    }
}

/// Bitstreams of the manifest are shown with what nextpnr said; everything else is called an estimate.
#[test]
fn measured_numbers_are_those_of_the_manifest() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams/manifest.toml");
    let manifest: toml::Value =
        toml::from_str(&std::fs::read_to_string(manifest).unwrap()).unwrap();
    let entries = manifest["bitstream"].as_array().unwrap();
    let (_, text, _) = systole(&["boards"]);
    let (_, json, _) = systole(&["boards", "--json"]);
    let list: Vec<Value> = serde_json::from_str(&json).unwrap();
    let mut shown = 0;
    for (board, record) in boards().unwrap().iter().zip(&list) {
        let Some(arch) = board.arch() else {
            assert_eq!(record["performance"], Value::Null);
            continue;
        };
        let hash = arch.hash_text();
        let of_board = entries
            .iter()
            .filter(|e| e["board"].as_str() == Some(board.name()));
        shown += of_board.clone().count();
        assert_eq!(
            record["bitstreams"].as_array().unwrap().len(),
            of_board.clone().count()
        );
        let mut of_preset = of_board.filter(|e| {
            (e["arch"].as_str(), e["arch_hash"].as_str()) == (Some(&arch.name), Some(&hash))
        });
        let performance = &record["performance"];
        let line = text
            .lines()
            .find(|line| line.trim().starts_with(board.name()))
            .unwrap();
        match of_preset.next() {
            Some(entry) => {
                assert_eq!(performance["from"], "measured", "{}", board.name());
                assert_eq!(
                    performance["fmax_mhz"].as_f64(),
                    entry["fmax_mhz"].as_float()
                );
                assert!(line.contains("measured"), "{line}");
            }
            None => {
                assert_eq!(performance["from"], "estimate", "{}", board.name());
                assert!(line.contains("estimate"), "{line}");
            }
        }
    }
    assert_eq!(
        shown,
        entries.len(),
        "every entry belongs to a board with a preset"
    );
    assert!(text.contains("measured: placed and routed"), "{text}");
    let (_, text, _) = systole(&["boards", entries[0]["board"].as_str().unwrap()]);
    assert!(text.contains("built: "), "{text}");
}

#[test]
fn one_board_in_every_form() {
    let (code, text, _) = systole(&["boards", "icebreaker"]);
    assert_eq!(code, 0);
    for needle in [
        "SB_PLL40_PAD",
        "openFPGALoader --board ice40_generic --write-flash",
        "lights when low",
        "holds no preset; `2x2`: ",
        "FT2232H",
    ] {
        assert!(text.contains(needle), "{needle}: {text}");
    }
    let (code, text, _) = systole(&["boards", "ulx3s-85f", "--constraints"]);
    assert_eq!(
        (code, text),
        (0, Board::named("ulx3s-85f").unwrap().constraints())
    );
    let (_, text, _) = systole(&["boards", "ulx3s-85f", "--json"]);
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["core_clocks"][0]["parameters"]["CLKFB_DIV"], "4");
    assert_eq!(record["luts"], 83_640);
    let (code, _, error) = systole(&["boards", "ulx4s"]);
    assert_eq!(code, 1);
    assert!(error.contains("hint: boards: ulx3s-85f"), "{error}");
}

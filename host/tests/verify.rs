//! `systole verify`: the receipt, what is refused, and that an error planted at a level is caught there.

#![allow(clippy::unwrap_used)] // a test may

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assert_cmd::Command;
use systole::compiler::compile;
use systole::device::{Cpu, Device, Pins, board_design};
use systole::receipt::{Mismatch, Receipt};
use systole::testing::tiny;
use systole_arch::Arch;
use systole_arch::boards::Board;
use systole_hdl::board::BoardTop;
use systole_sim::flow::{Level, PlaceRoute, Stages};
use systole_sim::{Design, sha256_hex};

mod command;
mod flow_tools;
mod ice40_bits;
use command::{said, systole};
use flow_tools::{ICE40, have};

const SIMULATOR: &[&str] = &["verilator", "cxx"];
const ECP5: &[&str] = &[
    "verilator",
    "cxx",
    "yosys",
    "nextpnr-ecp5",
    "ecppack",
    "ecpunpack",
];

/// Verifies real images of the example.
fn verify(output: &Path, arguments: &[&str]) -> Command {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/small_digits");
    let mut command = systole();
    command.current_dir(example).args([
        "verify",
        "small_digits.onnx",
        "--calib",
        "calib.npz",
        "--test",
        "test.npz",
        "--input-scale",
        "1/255",
        "--arch",
        "2x2-lean",
    ]);
    command.args(arguments).arg("-o").arg(output);
    command
}

/// The build of the manifest: what is placed for it is in the cache.
const ULX3S: [&str; 4] = ["--board", "ulx3s-12f", "--target-mhz", "75"];

fn ulx3s<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ULX3S[..], more].concat()
}

fn receipt(output: &Path) -> Receipt {
    let text = std::fs::read_to_string(output.join("receipt.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Without what a clock on the wall says.
fn timeless(mut receipt: Receipt) -> Receipt {
    receipt
        .levels
        .iter_mut()
        .for_each(|level| level.seconds = 0.0);
    receipt
}

#[test]
fn requests_that_compare_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code, needle) in [
        (&["--levels", "cpu"][..], 1, "compares nothing"),
        (
            &["--levels", "rtl", "--bitstream", "x.bit"],
            1,
            "not among --levels",
        ),
        (&["--levels", "interpreter,silicon"], 2, "silicon"),
        (&["--images", "0"], 2, "0"),
        (
            &[
                "--levels",
                "interpreter,bitstream",
                "--bitstream",
                "nowhere.bit",
            ],
            1,
            "nowhere.bit",
        ),
    ] {
        if arguments.contains(&"nowhere.bit") && !have(ECP5, "a bitstream that is not there") {
            continue;
        }
        let (found, _, errors) = said(&mut verify(folder.path(), &ulx3s(arguments)));
        assert_eq!(found, code, "{errors}");
        assert!(errors.contains(needle), "{arguments:?}: {errors}");
        assert!(!folder.path().join("receipt.json").exists());
    }
}

#[test]
fn a_missing_tool_is_named_with_remedy_and_fewer_levels() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = verify(folder.path(), &ulx3s(&[]));
    command
        .env("PATH", folder.path())
        .env("SYSTOLE_HOME", folder.path());
    for variable in ["VERILATOR", "CXX", "YOSYS"] {
        command.env_remove(variable);
    }
    let (code, _, errors) = said(&mut command);
    assert_eq!(code, 1, "{errors}");
    for needle in [
        "level `rtl`",
        "systole tools install",
        "--levels cpu,interpreter`",
    ] {
        assert!(errors.contains(needle), "{errors}");
    }
    assert!(!folder.path().join("receipt.json").exists());
}

#[test]
fn two_verifications_give_one_receipt() {
    if !have(SIMULATOR, "the levels of simulation") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = ulx3s(&["--levels", "interpreter,rtl,board", "--images", "2"]);
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let (code, text, errors) = said(&mut verify(folder.path(), &arguments));
        assert_eq!(code, 0, "{errors}");
        assert!(text.contains("equal with rtl, 2 images"), "{text}");
        receipts.push(timeless(receipt(folder.path())));
    }
    assert_eq!(receipts[0], receipts[1]);
    let found = &receipts[0];
    assert!(found.equal && found.mismatch.is_none());
    let levels: Vec<&str> = found
        .levels
        .iter()
        .map(|level| level.level.as_str())
        .collect();
    assert_eq!(levels, ["cpu", "interpreter", "rtl", "board"]);
    for level in &found.levels[1..] {
        assert_eq!((level.equal, level.images), (Some(true), 2), "{level:?}");
        assert_eq!(level.cycles_measured, Some(level.cycles_predicted));
    }
    let left_out: Vec<&str> = found
        .left_out
        .iter()
        .map(|left| left.level.as_str())
        .collect();
    assert_eq!(left_out, ["netlist", "routed", "bitstream"]);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("<section id=\"levels\""));
    for stage in &found.stages {
        assert!(page.contains(&stage.sha256), "{stage:?}");
    }
    // What was found before does not stay if the next verification ends early.
    let missing = ["--test", "nowhere.npz"];
    let mut command = systole();
    command
        .args(["verify", "nowhere.onnx", "--calib", "nowhere.npz"])
        .args(missing);
    let command = command.args(&arguments).args(["--arch", "2x2-lean"]);
    let (code, _, errors) = said(command.arg("-o").arg(folder.path()));
    assert_eq!(code, 1, "{errors}");
    assert!(!folder.path().join("receipt.json").exists());
    assert!(!folder.path().join("report.html").exists());
}

/// The netlist and the routed netlist that the bitstream of the manifest is packed from.
#[test]
fn every_level_of_an_ecp5_is_that_of_the_build() {
    if !have(ECP5, "every level of an ECP5") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, _, errors) = said(&mut verify(folder.path(), &ulx3s(&["--images", "2"])));
    assert_eq!(code, 0, "{errors}");
    let found = receipt(folder.path());
    assert!(found.equal && found.left_out.is_empty(), "{found:?}");
    assert_eq!(found.levels.len(), 7);
    for level in &found.levels[1..6] {
        assert_eq!((level.equal, level.images), (Some(true), 2), "{level:?}");
        assert_eq!(level.cycles_measured, Some(level.cycles_predicted));
    }
    let note = found.levels[6].note.as_deref().unwrap();
    assert!(note.contains("not decoded: ECP5"), "{note}");
    // The hashes are those of the files of the build.
    let build = std::fs::read_to_string(folder.path().join("build.json")).unwrap();
    for name in ["netlist", "routed netlist", "bitstream"] {
        let stage = found
            .stages
            .iter()
            .find(|stage| stage.stage == name)
            .unwrap();
        assert!(build.contains(&stage.sha256), "{name}");
    }
    let bitstream = std::fs::read(folder.path().join("board_top.bit")).unwrap();
    let stage = found
        .stages
        .iter()
        .find(|stage| stage.stage == "bitstream")
        .unwrap();
    assert_eq!(stage.sha256, sha256_hex(&bitstream));
    // Handed in, the same file is the same, and another one an error that is in the receipt.
    let mut other = bitstream.clone();
    other[bitstream.len() / 2] ^= 1;
    for (bytes, expected) in [(bitstream, 0), (other, 3)] {
        let file = folder.path().join("handed-in.bit");
        std::fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        let arguments = ulx3s(&[
            "--levels",
            "bitstream",
            "--bitstream",
            file,
            "--images",
            "1",
        ]);
        let (code, _, errors) = said(&mut verify(folder.path(), &arguments));
        assert_eq!(code, expected, "{errors}");
        let found = receipt(folder.path());
        assert_eq!(found.equal, expected == 0);
        let named = matches!(&found.mismatch, Some(Mismatch::Bitstream { level, .. }) if level == "bitstream");
        assert_eq!(named, expected == 3, "{found:?}");
        assert_eq!(
            errors.contains("error: level `bitstream`"),
            expected == 3,
            "{errors}"
        );
    }
}

/// Whether a design behind the pins of the board gives the bytes and cycles of the CPU reference.
fn agrees(design: &Design, top: &BoardTop, arch: &Arch) -> bool {
    let graph = Arc::new(tiny());
    let program = compile(&graph, arch).unwrap();
    let device = Pins::gates("netlist", design.clone(), top.clone());
    let input: Vec<i8> = (0..6 * 6 * 3).map(|n| (n * 37 % 251 - 125) as i8).collect();
    let mut reference = Cpu::new(graph).prepare(&program).unwrap();
    let expected = reference.run(std::slice::from_ref(&input)).unwrap();
    let Ok(mut session) = device.prepare(&program) else {
        return false;
    };
    session.run(&[input]).is_ok_and(|found| {
        let cycles = found.counters.map(|counters| counters.cycles);
        (found.outputs, cycles) == (expected.outputs, Some(program.cycles()))
    })
}

#[test]
fn a_cell_that_is_changed_in_the_netlist_of_the_board_top_is_noticed() {
    if !have(ECP5, "a changed cell in the netlist of a board top") {
        return;
    }
    let (board, arch) = (
        Board::named("ulx3s-12f").unwrap(),
        Arch::preset("2x2-lean").unwrap(),
    );
    let top = BoardTop::new(&board, &arch, Some(75_000_000)).unwrap();
    assert_eq!(top.uart.cycles, 25, "as on the board");
    let design = board_design(&top).unwrap();
    let stages = Stages {
        design: &design,
        how: PlaceRoute::free(&board),
    };
    let good = stages.at(Level::Netlist).unwrap();
    let wanted = top.pll.unwrap().parameters();
    let wanted = wanted.iter().map(|(name, value)| (*name, value.as_str()));
    let wanted = systole_sim::netlist::PllSettings::new(wanted);
    assert_eq!(wanted.difference(&good.plls[0]), None);
    assert!(agrees(&good.design, &top, &arch));
    // One carry bit of a sum.
    let mut changed = good.design.clone();
    let text = &mut changed.sources[0].1;
    let at = text.match_indices(" ^ ").nth(200).unwrap().0;
    text.replace_range(at..at + 3, " | ");
    assert!(!agrees(&changed, &top, &arch), "not noticed");
}

/// The build for an HX8K that reaches its clock.
const HX8K: [&str; 4] = ["--board", "ice40-hx8k", "--target-mhz", "24"];

fn bitstream_of_an_hx8k(folder: &Path) -> PathBuf {
    let (board, arch) = (
        Board::named("ice40-hx8k").unwrap(),
        Arch::preset("2x2-lean").unwrap(),
    );
    let top = BoardTop::new(&board, &arch, Some(24_000_000)).unwrap();
    let (design, constraints) = (board_design(&top).unwrap(), board.constraints());
    let stages = Stages {
        design: &design,
        how: PlaceRoute {
            board: &board,
            constraints: &constraints,
            target_mhz: 24.0,
            seed: 1,
        },
    };
    let (routed, _) = stages.routed().unwrap();
    let part = ["serial.accelerator.accumulators."];
    let cells = ice40_bits::used_cells(&routed.text("routed.json").unwrap(), &part);
    let (_, tile, cell) = &cells[0];
    let (row, column) = ice40_bits::TABLE_ENTRY;
    let text = routed.text("board.asc").unwrap();
    let flipped = ice40_bits::flip(&text, *tile, 2 * cell + row, column);
    let path = folder.join("flipped.bin");
    std::fs::write(&path, ice40_bits::packed(&flipped)).unwrap();
    path
}

/// Down to what the packed file says; and one flipped bit in it.
#[test]
#[ignore = "places and routes an HX8K that is full: ten minutes; cargo test -p systole --test verify -- --ignored"]
fn every_level_of_an_ice40_and_a_flipped_bit() {
    if !have(ICE40, "every level of an HX8K") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, _, errors) = said(&mut verify(folder.path(), &HX8K));
    assert_eq!(code, 0, "{errors}");
    let found = receipt(folder.path());
    assert!(found.equal && found.left_out.is_empty(), "{found:?}");
    for level in &found.levels[1..] {
        assert_eq!((level.equal, level.images), (Some(true), 20), "{level:?}");
    }
    let file = bitstream_of_an_hx8k(folder.path());
    let more = [
        "--bitstream",
        file.to_str().unwrap(),
        "--levels",
        "bitstream",
    ];
    let (code, _, errors) = said(&mut verify(folder.path(), &[&HX8K[..], &more].concat()));
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("error: level `bitstream`"), "{errors}");
    assert!(!receipt(folder.path()).equal);
}

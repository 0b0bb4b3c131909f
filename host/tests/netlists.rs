//! What synthesis, place and route, and the packed bitstream make of the accelerator runs programs like the RTL: bits and cycles
//! of the CPU reference. A flipped bit of the bitstream is noticed.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;
mod flow_tools;
mod ice40_bits;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flow_tools::{ICE40, have};
use ice40_bits::{FLIP_FLOP, TABLE_ENTRY, flip, packed, tool, used_cells};
use serde_json::Value;
use systole::compiler::compile;
use systole::device::{Cpu, Device, DeviceError, Gates, Linked, SimulatedLine, accelerator_design};
use systole::link::{Settings, Transport};
use systole::testing::tiny;
use systole_arch::boards::Board;
use systole_arch::{Arch, Multipliers};
use systole_quant::integer::IntGraph;
use systole_sim::flow::{Artifact, Level, PlaceRoute, Stages};
use systole_sim::{BuildOptions, Design, Model, Optimize};

const ECP5: &[&str] = &["verilator", "cxx", "yosys", "nextpnr-ecp5"];

/// One test after the other: what one has placed and routed the next finds in the cache.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/small_digits")
}

/// Runs real images of the example on a device.
fn run(arch: &str, board: &str, device: &str, images: &str) {
    let mut command = command::systole();
    command.current_dir(example()).args([
        "run",
        "small_digits.onnx",
        "--calib",
        "calib.npz",
        "--test",
        "test.npz",
    ]);
    command.args([
        "--input-scale",
        "1/255",
        "--arch",
        arch,
        "--board",
        board,
        "--device",
        device,
        "--images",
        images,
        "--json",
        "-",
    ]);
    let (code, text, error) = command::said(&mut command);
    assert_eq!(code, 0, "{device}: {error}");
    let results: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(results["device"], device);
    assert_eq!(results["images_compared"].to_string(), images);
    assert_eq!(
        (&results["bit_equal"], &results["cycles_equal"]),
        (&Value::Bool(true), &Value::Bool(true)),
        "{device}: {text}"
    );
}

#[test]
fn netlist_and_bitstream_of_an_ice40_run_real_images() {
    let _turn = turn();
    if have(ICE40, "netlist and bitstream of an HX8K") {
        run("2x2-lean", "ice40-hx8k", "netlist", "2");
        run("2x2-lean", "ice40-hx8k", "bitstream", "20");
    }
}

#[test]
#[ignore = "places and routes an ECP5: ten minutes; cargo test -p systole --test netlists -- --ignored routed"]
fn netlist_and_routed_netlist_of_an_ecp5_run_real_images() {
    let _turn = turn();
    if have(ECP5, "routed netlist of an ECP5") {
        run("4x8-12f", "ulx3s-12f", "netlist", "20");
        run("4x8-12f", "ulx3s-12f", "routed", "20");
    }
}

/// Whether a device gives the bytes of the CPU reference in the cycles of the schedule.
fn agrees(device: &dyn Device, graph: &Arc<IntGraph>, arch: &Arch) -> Result<bool, DeviceError> {
    let program = compile(graph, arch).unwrap();
    let mut reference = Cpu::new(graph.clone()).prepare(&program)?;
    let mut session = device.prepare(&program)?;
    for seed in 0..2i32 {
        let count = program.inputs[0].placement.shape.elements() as i32;
        let input: Vec<i8> = (0..count)
            .map(|n| ((n * 37 + seed * 91) % 251 - 125) as i8)
            .collect();
        let expected = reference.run(std::slice::from_ref(&input))?.outputs;
        let found = session.run(&[input])?;
        let cycles = found.counters.as_ref().map(|counters| counters.cycles);
        if found.outputs != expected || cycles != Some(program.cycles()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Instantiated multipliers, carry cells and distributed memories of an ECP5 as well.
#[test]
#[ignore = "three syntheses: some minutes; cargo test -p systole --test netlists -- --ignored multipliers"]
fn netlists_of_all_kinds_of_multipliers() {
    let _turn = turn();
    if !have(ECP5, "netlists of all kinds of multipliers") {
        return;
    }
    let graph = Arc::new(tiny());
    for multipliers in Multipliers::ALL {
        let arch = Arch {
            cols: 4,
            multipliers,
            ..Arch::preset("2x2").unwrap()
        };
        let device = Gates::new(
            accelerator_design,
            Board::named("ulx3s-85f").unwrap(),
            Level::Netlist,
        );
        assert!(agrees(&device, &graph, &arch).unwrap(), "{multipliers:?}");
    }
}

/// Runs the program on a bitstream; an error of the device counts as noticed.
fn is_caught(bitstream: &[u8], design: &Design, board: &Board, arch: &Arch) -> bool {
    let stages = Stages {
        design,
        how: PlaceRoute::free(board),
    };
    let changed = stages.decoded(bitstream).unwrap().design;
    let open = move |_: &Arch| {
        let options = BuildOptions {
            optimize: Optimize::Build,
            ..BuildOptions::default()
        };
        let mut instance = Model::build(&changed, &options)?.instantiate()?;
        instance.reset(8)?;
        Ok(Box::new(SimulatedLine::new(instance)) as Box<dyn Transport>)
    };
    let settings = Settings {
        retries: 1,
        ..Settings::default()
    };
    let device = Linked::new("bitstream", settings, Box::new(open));
    !agrees(&device, &Arc::new(tiny()), arch).unwrap_or(false)
}

/// The smallest accelerator, placed and routed in an HX8K.
fn small() -> (Arch, Design, Artifact) {
    let arch = Arch::preset("2x2-lean").unwrap();
    let design = accelerator_design(&arch).unwrap();
    let board = Board::named("ice40-hx8k").unwrap();
    let stages = Stages {
        design: &design,
        how: PlaceRoute::free(&board),
    };
    let routed = stages.routed().unwrap().0;
    (arch, design, routed)
}

/// Flips one bit in each of the named parts and packs again; how many of them the comparison notices.
fn caught(parts: &[&str], bits: &[(usize, usize)]) -> (usize, usize) {
    let (arch, design, routed) = small();
    let board = Board::named("ice40-hx8k").unwrap();
    let text = routed.text("board.asc").unwrap();
    let (mut noticed, mut all) = (0, 0);
    for (name, tile, cell) in used_cells(&routed.text("routed.json").unwrap(), parts) {
        for (row, column) in bits {
            let bitstream = packed(&flip(&text, tile, 2 * cell + row, *column));
            let seen = is_caught(&bitstream, &design, &board, &arch);
            println!(
                "{}: {name}, tile {tile:?}, cell {cell}, bit {row} {column}",
                if seen { "noticed" } else { "not noticed" }
            );
            (noticed, all) = (noticed + usize::from(seen), all + 1);
        }
    }
    (noticed, all)
}

#[test]
fn a_flipped_bit_of_the_bitstream_is_noticed() {
    let _turn = turn();
    if have(ICE40, "a flipped bit of a bitstream") {
        assert_eq!(caught(&["accumulators."], &[TABLE_ENTRY]), (1, 1));
    }
}

#[test]
#[ignore = "decodes and builds sixteen bitstreams: fifteen minutes; cargo test -p systole --test netlists -- --ignored flipped --nocapture"]
fn flipped_bits_all_over_are_noticed() {
    let _turn = turn();
    if have(ICE40, "flipped bits of a bitstream") {
        let parts = [
            "accumulators.",
            "address_generator.",
            "aligner.",
            "array.row_1",
            "link.receiver",
            "memory.",
            "post_processing.lane_0",
            "sequencer.",
        ];
        let (noticed, all) = caught(&parts, &[TABLE_ENTRY, FLIP_FLOP]);
        println!("{noticed} of {all} flipped bits noticed");
        assert!(noticed * 4 >= all * 3, "{noticed} of {all}");
    }
}

/// A bit that is flipped on the way to the device does not even get that far: the file has a check sum.
#[test]
fn a_damaged_file_is_refused() {
    let _turn = turn();
    if !have(ICE40, "a damaged bitstream file") {
        return;
    }
    let (_, _, routed) = small();
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = packed(&routed.text("board.asc").unwrap());
    std::fs::write(folder.path().join("good.bin"), &bytes).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.path().join("bad.bin"), bytes).unwrap();
    assert!(
        tool("iceunpack", folder.path(), &["good.bin", "again.asc"])
            .status
            .success()
    );
    let refused = tool("iceunpack", folder.path(), &["bad.bin", "bad.asc"]);
    assert!(
        !refused.status.success(),
        "{}",
        String::from_utf8_lossy(&refused.stderr)
    );
}

//! Single bits in the packed file of an iCE40.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used)] // a test may

use std::path::Path;
use std::process::Command;

use systole_sim::netlist::{Cell, Netlist};
use systole_sim::tools;

/// One line of bits of a tile in a text of configuration bits.
pub(crate) fn flip(text: &str, tile: (u32, u32), row: usize, column: usize) -> String {
    let head = format!(".logic_tile {} {}", tile.0, tile.1);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| *line == head).unwrap() + 1 + row;
    let bit = if lines[at].as_bytes()[column] == b'0' {
        "1"
    } else {
        "0"
    };
    lines[at].replace_range(column..=column, bit);
    lines.join("\n") + "\n"
}

pub(crate) fn tool(name: &str, folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command: Command = tools::find(name).unwrap().command();
    command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Bits of a logic cell, by row of the tile and column, counted from those of cell 0: an entry of the look-up table, and whether
/// the flip-flop is used.
pub(crate) const TABLE_ENTRY: (usize, usize) = (0, 40);
pub(crate) const FLIP_FLOP: (usize, usize) = (0, 45);

/// Places of flip-flops behind tables of two inputs or more, in the parts of the accelerator that names begin with.
pub(crate) fn used_cells(netlist: &str, parts: &[&str]) -> Vec<(String, (u32, u32), usize)> {
    let netlist = Netlist::read(netlist, "routed").unwrap();
    let used = |cell: &&Cell| {
        let inputs = ["I0", "I1", "I2", "I3"].iter().filter(|port| {
            let bits = cell.connections.get(**port);
            bits.is_some_and(|bits| !bits.is_empty())
        });
        let flip_flop = cell.parameters.get("DFF_ENABLE");
        cell.kind == "ICESTORM_LC" && flip_flop.is_some_and(|on| on == "1") && inputs.count() >= 2
    };
    let mut found = Vec::new();
    for part in parts {
        // Cells are in the order of their names.
        let mut cells = netlist.cells.iter().filter(used);
        let cell = cells.find(|cell| cell.name.starts_with(part)).unwrap();
        let place = cell.place().unwrap();
        let numbers: Vec<u32> = place
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|word| word.parse().ok())
            .collect();
        let tile = (numbers[0], numbers[1]);
        found.push((cell.name.clone(), tile, numbers[2] as usize));
    }
    found
}

/// The bitstream of a text of configuration bits.
pub(crate) fn packed(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bits.asc"), text).unwrap();
    let packed = tool("icepack", folder.path(), &["bits.asc", "bits.bin"]);
    assert!(packed.status.success());
    std::fs::read(folder.path().join("bits.bin")).unwrap()
}

//! Whose cells they are: a netlist counted by the instances of our modules.
//!
//! Flattened netlists keep the path of an instance in the names of its cells (`accelerator.array.row_3.x_TRELLIS_FF_Q`).

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, io};
use crate::netlist;

/// Cells of one instance and of all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct InstanceCells {
    /// Path of the instance; empty for the top.
    pub instance: String,
    /// Look-up tables, those in carry cells and small memories included.
    pub luts: usize,
    /// Flip-flops.
    pub flip_flops: usize,
    /// Block RAMs.
    pub block_rams: usize,
    /// Multipliers.
    pub multipliers: usize,
}

/// A cell, without its connections: netlists are large.
#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
}

impl InstanceCells {
    fn add(&mut self, kind: &str) {
        match kind {
            "DP16KD" | "SB_RAM40_4K" => self.block_rams += 1,
            kind if kind.starts_with("MULT") || kind == "SB_MAC16" => self.multipliers += 1,
            kind if kind.starts_with("SB_DFF") || kind.starts_with("DFF") => self.flip_flops += 1,
            "TRELLIS_FF" => self.flip_flops += 1,
            kind if is_gowin_ram(kind) => self.block_rams += 1,
            kind => self.luts += luts_in(kind),
        }
    }
}

/// Look-up tables in a cell: two in a carry cell of an ECP5; six in its 16 x 4 bits of memory (each slice of three gives two tables
/// and holds the write port in the third).
pub(crate) fn luts_in(kind: &str) -> usize {
    match kind {
        "LUT4" | "SB_LUT4" | "LUT1" | "LUT2" | "LUT3" | "ALU" => 1,
        "CCU2C" => 2,
        "RAM16SDP4" => 4,
        "TRELLIS_DPR16X4" => 6,
        _ => 0,
    }
}

fn is_gowin_ram(kind: &str) -> bool {
    ["SDPB", "SDPX9B", "SP", "SPX9", "DPB", "DPX9B", "pROM"].contains(&kind)
}

/// Counts the cells of a netlist that yosys wrote: the top first, then instances by path, at most `DEPTH` levels down.
///
/// # Errors
/// [`Error::Io`] for a file that is no netlist.
pub fn by_instance(path: &Path) -> Result<Vec<InstanceCells>> {
    const DEPTH: usize = 3;
    let file = std::fs::File::open(path).map_err(io("reading", path))?;
    let netlist: netlist::File<Cell> =
        serde_json::from_reader(BufReader::new(file)).map_err(|error| Error::Io {
            action: "reading",
            path: path.to_path_buf(),
            source: std::io::Error::other(error),
        })?;
    let mut all: BTreeMap<String, InstanceCells> = BTreeMap::new();
    let cells = netlist.top().map(|module| module.cells);
    for (name, cell) in cells.iter().flatten() {
        let instance = instance(name);
        let ends = instance.match_indices('.').map(|(at, _)| at);
        let levels = ends.chain([instance.len()]).take(DEPTH);
        let mut paths = vec![""];
        paths.extend(
            levels
                .map(|end| &instance[..end])
                .filter(|path| !path.is_empty()),
        );
        for path in paths {
            let entry = all.entry(path.to_owned()).or_insert_with(|| InstanceCells {
                instance: path.to_owned(),
                ..InstanceCells::default()
            });
            entry.add(&cell.kind);
        }
    }
    let used = |cells: &InstanceCells| {
        cells.luts + cells.flip_flops + cells.block_rams + cells.multipliers > 0
    };
    Ok(all.into_values().filter(used).collect())
}

/// Path of the instance that a cell or a net belongs to: its name without the last part. Names that tools made up belong to the top.
pub(super) fn instance(name: &str) -> &str {
    let ours = name.split('$').next().unwrap_or_default();
    ours.rsplit_once('.').map_or("", |(path, _)| path)
}

/// A name without what tools append: `a.b.sum_TRELLIS_FF_Q_3` is `a.b.sum`.
pub(super) fn signal(name: &str) -> &str {
    const APPENDED: [&str; 12] = [
        "_TRELLIS_",
        "_LUT4",
        "_LUT3",
        "_LUT2",
        "_CCU2C",
        "_PFUMX",
        "_L6MUX",
        "_SB_",
        "_DFF",
        "_ALU",
        "_MULT",
        "$",
    ];
    let end = APPENDED.iter().filter_map(|text| name.find(text)).min();
    name[..end.unwrap_or(name.len())].trim_end_matches(['_', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_count_for_every_instance_round_them() {
        let text = r#"{"creator": "t", "modules": {
            "lib": {"cells": {"x": {"type": "LUT4"}}},
            "top": {"attributes": {"top": "1"}, "cells": {
              "a.b.sum_LUT4_Z": {"type": "LUT4"}, "a.b.sum_TRELLIS_FF_Q": {"type": "TRELLIS_FF", "port": {}},
              "a.c.product": {"type": "MULT18X18D"}, "led_LUT4_Z": {"type": "LUT4"}, "a.ram.0.0": {"type": "DP16KD"},
              "a.b.c.d.e_CCU2C_S0": {"type": "CCU2C"}, "$iopad": {"type": "TRELLIS_IO"}}}}}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.json");
        std::fs::write(&path, text).unwrap();
        let cells = by_instance(&path).unwrap();
        let of = |path: &str| cells.iter().find(|c| c.instance == path).unwrap();
        assert_eq!((of("").luts, of("").flip_flops), (4, 1));
        assert_eq!(
            (of("a").luts, of("a").multipliers, of("a").block_rams),
            (3, 1, 1)
        );
        assert_eq!((of("a.b").luts, of("a.b.c").luts), (3, 2));
        assert!(cells.iter().all(|c| c.instance != "a.b.c.d"));
    }

    #[test]
    fn names_lose_what_tools_append() {
        assert_eq!(signal("a.b.sum_TRELLIS_FF_Q_3"), "a.b.sum");
        assert_eq!(signal("a.b.sum_SB_LUT4_O_I1_SB_DFF_Q"), "a.b.sum");
        assert_eq!(instance("a.b.sum_LUT4_Z"), "a.b");
        assert_eq!(instance("$abc$12.3"), "");
    }
}

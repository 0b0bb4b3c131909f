//! `bitstreams/manifest.toml`: what builds have given. It comes with the program, so that `systole boards` can say what was measured.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use systole_arch::Arch;
use systole_arch::boards::Board;
use systole_arch::boards::part::Family;
use systole_arch::resources::placed::Placed;

/// The file as it was when this program was built.
const EMBEDDED: &str = include_str!("../../../bitstreams/manifest.toml");

/// All entries.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    #[serde(default)]
    pub(super) bitstream: Vec<Entry>,
}

/// One bitstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Board.
    pub(super) board: String,
    /// Name of the configuration.
    pub(super) arch: String,
    /// Its hash, as in the device.
    pub(super) arch_hash: String,
    /// Core clock, MHz.
    pub(super) core_mhz: f64,
    /// Seed of the placement.
    pub(super) seed: u64,
    /// What the core clock reaches, MHz.
    pub(super) fmax_mhz: f64,
    /// Used cells, by kind: name and number.
    pub(super) cells: Vec<(String, u64)>,
    /// SHA-256 of the Verilog and constraints, file after file by name.
    pub(super) sources: String,
    /// SHA-256 of the bitstream.
    pub(super) sha256: String,
    /// Programs that made it, with versions.
    pub(super) tools: Vec<String>,
}

impl Manifest {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{}: the manifest cannot be read", path.display()))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// The one that comes with the program.
    pub(super) fn embedded() -> anyhow::Result<Self> {
        Self::parse(EMBEDDED, "bitstreams/manifest.toml")
    }

    fn parse(text: &str, origin: &str) -> anyhow::Result<Self> {
        toml::from_str(text).with_context(|| {
            format!("{origin}: not a manifest of bitstreams\n  hint: it is written by `systole build --record`")
        })
    }

    /// Entries of a board.
    pub(super) fn of_board(&self, board: &Board) -> impl Iterator<Item = &Entry> {
        let name = board.name().to_owned();
        self.bitstream.iter().filter(move |e| e.board == name)
    }

    /// The entry of a board with the configuration that its file names, sizes included.
    pub(super) fn of_preset(&self, board: &Board) -> Option<&Entry> {
        let arch = board.arch()?;
        self.of_board(board).find(|entry| entry.is_of(&arch))
    }
}

impl Entry {
    /// Whether the configuration is this one. A preset that was changed since has another hash.
    fn is_of(&self, arch: &Arch) -> bool {
        self.arch == arch.name && self.arch_hash == arch.hash_text()
    }

    /// Its cells in the words of the estimates.
    pub(super) fn placed(&self, family: Family) -> Placed {
        Placed::new(family, |kind| {
            let found = self.cells.iter().find(|(name, _)| name == kind);
            found.map_or(0, |(_, used)| *used)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every entry that names a preset, the preset is still that one; other boards and sizes are not mixed up.
    #[test]
    fn entries_are_found_by_board_and_sizes() {
        let manifest = Manifest::embedded().unwrap();
        assert!(!manifest.bitstream.is_empty());
        let mut entry = manifest.bitstream[0].clone();
        let board = Board::named("ulx3s-12f").unwrap();
        let arch = board.arch().unwrap();
        entry.board = board.name().to_owned();
        entry.arch = arch.name.clone();
        entry.arch_hash = arch.hash_text();
        let mut manifest = Manifest {
            bitstream: vec![entry],
        };
        assert!(manifest.of_preset(&board).is_some());
        let other = Board::named("ulx3s-25f").unwrap();
        assert!(manifest.of_preset(&other).is_none());
        manifest.bitstream[0].arch_hash = "0".repeat(16);
        assert!(manifest.of_preset(&board).is_none());
        assert_eq!(manifest.of_board(&board).count(), 1);
    }
}

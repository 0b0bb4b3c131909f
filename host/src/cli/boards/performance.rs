//! What a board does with its preset: as placed and routed if the manifest has it, else by the estimates.

use serde::Serialize;
use systole_arch::boards::{Board, room};
use systole_arch::resources::{clock, on_board};

use super::percent;
use crate::cli::manifest::Manifest;

/// Where numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Origin {
    /// nextpnr, in `bitstreams/manifest.toml`.
    Measured,
    /// The estimator.
    Estimate,
}

impl Origin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Origin::Measured => "measured",
            Origin::Estimate => "estimate",
        }
    }
}

/// One board with its preset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Performance {
    pub(super) preset: String,
    /// Multiply-adds in a cycle.
    pub(super) macs: usize,
    /// LUTs that are used; cells of an iCE40, where a flip-flop may take one alone.
    pub(super) luts: usize,
    /// How many there are.
    pub(super) luts_there: usize,
    /// What the PLL makes, MHz.
    pub(super) clock_mhz: f64,
    /// What the core clock could be; none for parts that were never measured.
    pub(super) fmax_mhz: Option<f64>,
    /// Multiply-adds in a second at that rate, thousands of millions.
    pub(super) gmacs: Option<f64>,
    pub(super) from: Origin,
}

impl Performance {
    /// `None` for a board without preset.
    pub(super) fn of(board: &Board, manifest: &Manifest) -> Option<Self> {
        let arch = board.arch()?;
        let device = room::device(board.part)?;
        let macs = arch.rows * arch.cols;
        let (luts, clock_mhz, fmax_mhz, from) = match manifest.of_preset(board) {
            Some(entry) => {
                let luts = entry.placed(board.part.family).logic() as usize;
                (luts, entry.core_mhz, Some(entry.fmax_mhz), Origin::Measured)
            }
            None => {
                let needed = on_board(&arch, &device.fabric)?;
                let luts = match board.part.family.counts_cells() {
                    true => needed.cells,
                    false => needed.placed_luts,
                };
                let clocks = board.core_clocks();
                let clock = clocks.first().map_or(0.0, |clock| clock.hz as f64 / 1e6);
                let fmax = clock::mhz(&arch, device, board.sheet.speed.as_deref());
                (luts, clock, fmax, Origin::Estimate)
            }
        };
        Some(Performance {
            preset: arch.name,
            macs,
            luts,
            luts_there: device.luts,
            clock_mhz,
            fmax_mhz,
            gmacs: fmax_mhz.map(|mhz| macs as f64 * mhz / 1e3),
            from,
        })
    }

    /// Columns of the list.
    pub(super) fn cells(&self) -> [String; 7] {
        let number = |n: Option<f64>| n.map_or("-".to_owned(), |n| format!("{n:.1}"));
        [
            self.preset.clone(),
            self.macs.to_string(),
            format!("{} %", percent(self.luts, self.luts_there)),
            format!("{}", self.clock_mhz),
            number(self.fmax_mhz),
            number(self.gmacs),
            self.from.name().to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_preset_replaces_the_estimate() {
        let board = Board::named("ulx3s-25f").unwrap();
        let none = Manifest::default();
        let estimate = Performance::of(&board, &none).unwrap();
        assert_eq!(estimate.from, Origin::Estimate);
        assert_eq!(estimate.macs, 64);
        let mut manifest = Manifest::embedded().unwrap();
        let arch = board.arch().unwrap();
        let entry = &mut manifest.bitstream[0];
        entry.board = board.name().into();
        entry.arch = arch.name.clone();
        entry.arch_hash = arch.hash_text();
        entry.cells = vec![("TRELLIS_COMB".into(), 12_144)];
        entry.core_mhz = 100.0;
        entry.fmax_mhz = 125.0;
        manifest.bitstream.truncate(1);
        let measured = Performance::of(&board, &manifest).unwrap();
        let text = measured.cells().join("|");
        assert_eq!(text, "8x8-25f|64|50 %|100|125.0|8.0|measured");
    }
}

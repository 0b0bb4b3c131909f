//! Boards: which part, pins, clock, link and programmer. One TOML file for each board in `bitstreams/boards/`, which
//! comes with the crate; every fact in it names public files that confirm it.
//!
//! A file is checked as it is read: unknown keys, unknown parts, two functions on one pin, clocks that no PLL makes, rates
//! that no divider makes and presets that do not fit are errors. `docs/adding-a-board.md` says how to add one.

pub mod baud;
mod check;
pub mod constraints;
mod error;
pub mod frequency;
pub mod part;
pub mod pins;
pub mod pll;
pub mod room;
pub mod sheet;

pub use error::BoardError;

use crate::config::Arch;
use baud::{BaudError, Divisor};
use part::Part;
use pll::{Pll, PllError};
use serde::Serialize;
use sheet::{Sheet, Variant};

/// Board files that come with the crate: name and text.
pub const SHEETS: &[(&str, &str)] = &[
    (
        "ulx3s.toml",
        include_str!("../../../bitstreams/boards/ulx3s.toml"),
    ),
    (
        "colorlight-i5.toml",
        include_str!("../../../bitstreams/boards/colorlight-i5.toml"),
    ),
    (
        "ice40-hx8k.toml",
        include_str!("../../../bitstreams/boards/ice40-hx8k.toml"),
    ),
    (
        "icebreaker.toml",
        include_str!("../../../bitstreams/boards/icebreaker.toml"),
    ),
    (
        "tang-nano-9k.toml",
        include_str!("../../../bitstreams/boards/tang-nano-9k.toml"),
    ),
    (
        "tang-primer-20k.toml",
        include_str!("../../../bitstreams/boards/tang-primer-20k.toml"),
    ),
    (
        "ecpix5.toml",
        include_str!("../../../bitstreams/boards/ecpix5.toml"),
    ),
];

/// A board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// What distinguishes it from the others of its file.
    pub variant: Variant,
    /// Its file.
    pub sheet: Sheet,
    /// Its part.
    pub part: &'static Part,
}

/// A core clock: how it is made and what the UART makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CoreClock {
    /// What the file asks for, Hz.
    pub wanted_hz: u64,
    /// What it is, to the nearest Hz.
    pub hz: u64,
    /// Setting of the PLL.
    pub pll: Pll,
    /// Divider of the UART at `link.baud`.
    pub uart: Divisor,
}

/// All boards, in the order of [`SHEETS`].
///
/// # Errors
/// [`BoardError`] of the first file that is wrong; tests make sure that none is.
pub fn boards() -> Result<Vec<Board>, BoardError> {
    let read = SHEETS
        .iter()
        .map(|(file, text)| Board::from_toml(text, file));
    Ok(read
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

impl Board {
    /// The board of that name.
    ///
    /// # Errors
    /// [`BoardError::UnknownBoard`], which lists the names there are.
    pub fn named(name: &str) -> Result<Board, BoardError> {
        let mut all = boards()?;
        match all.iter().position(|board| board.name() == name) {
            Some(at) => Ok(all.swap_remove(at)),
            None => Err(BoardError::UnknownBoard {
                name: name.into(),
                known: all.iter().map(Board::name).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Reads and checks a board file: one board for each variant. `origin` names the file in errors.
    ///
    /// # Errors
    /// [`BoardError`]: position and cause, or the first key that is not possible.
    pub fn from_toml(text: &str, origin: &str) -> Result<Vec<Board>, BoardError> {
        let sheet: Sheet = toml::from_str(text).map_err(|source| BoardError::Toml {
            origin: origin.into(),
            source: Box::new(source),
        })?;
        check::boards(sheet, origin)
    }

    /// Name on the command line.
    pub fn name(&self) -> &str {
        &self.variant.name
    }

    /// Arguments that tell nextpnr the part.
    pub fn nextpnr_arguments(&self) -> Vec<String> {
        let sheet = &self.sheet;
        self.part
            .nextpnr_arguments(&sheet.package, sheet.speed.as_deref())
    }

    /// The setting of the PLL for a core clock.
    ///
    /// # Errors
    /// [`PllError`] if the PLL of the part does not make it.
    pub fn pll(&self, hz: u64) -> Result<Pll, PllError> {
        pll::solve(self.part.pll, self.sheet.clock.hz, hz)
    }

    /// The divider of the UART for what a PLL makes.
    ///
    /// # Errors
    /// [`BaudError`] if the rate of the link cannot be made.
    pub fn uart(&self, pll: &Pll) -> Result<Divisor, BaudError> {
        baud::divisor(pll.out().hz(), self.sheet.link.baud)
    }

    /// Core clocks of the file that can be made: all of them, once the file is checked.
    pub fn core_clocks(&self) -> Vec<CoreClock> {
        let make = |&wanted_hz: &u64| {
            let pll = self.pll(wanted_hz).ok()?;
            let uart = self.uart(&pll).ok()?;
            Some(CoreClock {
                wanted_hz,
                hz: pll.out().hz(),
                pll,
                uart,
            })
        };
        self.sheet.core.clocks.iter().filter_map(make).collect()
    }

    /// The configuration that fits, if there is one.
    pub fn arch(&self) -> Option<Arch> {
        let mut arch = Arch::preset(self.variant.preset.as_deref()?).ok()?;
        arch.multipliers = self.variant.multipliers.unwrap_or(arch.multipliers);
        Some(arch)
    }
}

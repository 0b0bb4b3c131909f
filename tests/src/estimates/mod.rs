//! Estimates of resources and clock rates against designs that were placed and routed: `./x estimates`.
//!
//! `bitstreams/measurements.toml` says which designs, and what nextpnr made of them; `docs/estimates.md` shows both beside the estimates of
//! today.

mod measure;
mod table;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use systole_arch::Arch;
use systole_arch::boards::{Board, BoardError};

use crate::marks::{self, MarksError};
pub use measure::measure;
pub use table::{Compared, Row, rows, table, worst};

const BEGIN: &str = "<!-- estimates: begin -->";
const END: &str = "<!-- estimates: end -->";
const HEAD: &str = "# Designs that were placed and routed to see how good the estimates are: whole boards with UART, PLL and pins. Sizes and\n\
                    # seeds are chosen; what stands under `measured` is written by `./x estimates`.\n\n";

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum EstimatesError {
    /// The file of measurements.
    #[error("{path}: {reason}\n  hint: `git checkout` brings it back")]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A board that does not exist.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// A design that cannot be built.
    #[error("{design}: {reason}")]
    Build {
        /// Which one.
        design: String,
        /// Cause.
        reason: String,
    },
    /// The page.
    #[error(transparent)]
    Marks(#[from] MarksError),
}

/// All designs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Designs {
    /// In the order of the table.
    pub design: Vec<Design>,
}

/// One design and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Board.
    pub board: String,
    /// Core clock, and what nextpnr aims at, MHz.
    pub target_mhz: f64,
    /// Seed of the placement.
    pub seed: u64,
    /// No constant of the estimator was fitted to it: its errors are those of a prediction.
    #[serde(default)]
    pub held_out: bool,
    /// Configuration.
    pub arch: Arch,
    /// What the tools said; none if it was never built.
    pub measured: Option<Measured>,
}

/// What the tools said of a placed design.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// LUTs: of nextpnr for an ECP5, else of yosys, as nextpnr counts cells.
    pub luts: u64,
    /// Flip-flops: of nextpnr, but of yosys for an iCE40.
    pub flip_flops: u64,
    /// Cells of a LUT and a flip-flop, where nextpnr counts them.
    pub cells: Option<u64>,
    /// Block RAMs.
    pub block_rams: u64,
    /// Multipliers.
    pub multipliers: u64,
    /// What the core clock reaches.
    pub mhz: f64,
}

impl Design {
    /// Board and configuration.
    pub fn name(&self) -> String {
        format!("{} {}", self.board, self.arch.name)
    }

    /// The board.
    ///
    /// # Errors
    /// [`EstimatesError::Board`].
    pub fn on(&self) -> Result<Board, EstimatesError> {
        Ok(Board::named(&self.board)?)
    }
}

impl Designs {
    /// The file in the checkout.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams/measurements.toml")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`EstimatesError::File`].
    pub fn read(path: &Path) -> Result<Self, EstimatesError> {
        let text = std::fs::read_to_string(path).map_err(|error| file(path, &error))?;
        toml::from_str(&text).map_err(|error| file(path, &error))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// [`EstimatesError::File`].
    pub fn write(&self, path: &Path) -> Result<(), EstimatesError> {
        let text = toml::to_string(self).map_err(|error| file(path, &error))?;
        std::fs::write(path, format!("{HEAD}{text}")).map_err(|error| file(path, &error))
    }
}

fn file(path: &Path, error: &dyn std::fmt::Display) -> EstimatesError {
    EstimatesError::File {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}

/// The page of the documentation.
pub fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/estimates.md")
}

/// Writes the table into the page.
///
/// # Errors
/// The page cannot be written, or has no place for it.
pub fn bless(page: &Path, text: &str) -> Result<(), EstimatesError> {
    Ok(marks::replace(page, BEGIN, END, text)?)
}

/// What the page says now.
pub fn shown(page: &str) -> Option<&str> {
    marks::between(page, BEGIN, END)
}

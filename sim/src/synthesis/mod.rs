//! Synthesis, place and route of emitted Verilog for ECP5, with yosys and nextpnr: cell counts and clock rates.
//!
//! [`cells`] counts what a design becomes; [`clock_rate`] puts it behind a shift register, which stands in for
//! pins that no package has, and asks nextpnr how fast it is.

mod cells;
mod harness;
mod place;

pub use cells::{Cells, cells};
pub use place::{ClockRate, Placement, clock_rate};

use std::path::Path;

use crate::command::call;
use crate::error::Result;
use crate::flow::ecp5;

/// Runs yosys in `folder`.
fn yosys(folder: &Path, sources: &[String], top: &str, finish: &str) -> Result<()> {
    let synthesize = ecp5(&sources.join(" "), top, &format!("{top}.json"));
    let script = format!("{synthesize}; {finish}");
    call("yosys", top, folder, &["-q", "-p", &script])?;
    Ok(())
}

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

use crate::command::{head, run};
use crate::error::{Error, Result};
use crate::tools;

/// Runs yosys in `folder`.
///
/// Cells are read as a library, and the design goes through an RTLIL file before `synth_ecp5`: yosys 0.70 does not
/// accept instantiated `MULT18X18D` otherwise.
fn yosys(folder: &Path, sources: &[String], top: &str, finish: &str) -> Result<()> {
    let sources = sources.join(" ");
    let script = format!(
        "read_verilog -lib -specify +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v; read_verilog -sv {sources}; \
         hierarchy -check -top {top}; proc; flatten; write_rtlil flat.il; design -reset; \
         read_rtlil flat.il; synth_ecp5 -abc9 -top {top} -json {top}.json; {finish}"
    );
    let tool = tools::find("yosys")?;
    let finished = run(tool
        .command()
        .current_dir(folder)
        .args(["-q", "-p", &script]))?;
    match finished.success {
        true => Ok(()),
        false => Err(Error::Synthesis {
            tool: "yosys",
            top: top.to_owned(),
            log: errors(&finished.messages()),
        }),
    }
}

/// Lines of a log that tell errors; its end if there are none.
pub(crate) fn errors(log: &str) -> String {
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    if !lines.is_empty() {
        return lines.join("\n");
    }
    let all: Vec<&str> = log.lines().collect();
    head(&all[all.len().saturating_sub(10)..].join("\n"), 10)
}

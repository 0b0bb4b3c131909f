//! Verilog to a netlist of the cells of a family, with yosys.

use std::path::Path;

use systole_arch::boards::part::Family;

use super::hard_registers::absorb;
use super::modules::{InstanceCells, by_instance};
use super::rings::{RINGS, rings};
use super::step::{Artifact, Step, cached, identity};
use crate::command::call;
use crate::error::{Result, io};
use crate::hash::Key;
use crate::verilator::{write, write_files};

/// The netlist in the folder of the step, for nextpnr.
pub const NETLIST: &str = "netlist.json";
const LOG: &str = "synthesize.log";
/// How products become cells of an iCE40.
const MULTIPLY: &str = "multiply_by_rows.v";
const MULTIPLY_TEXT: &str = include_str!("../../cells/multiply.v");

/// A netlist.
#[derive(Debug, Clone)]
pub struct Synthesis {
    /// [`NETLIST`], the log.
    pub artifact: Artifact,
}

impl Synthesis {
    /// Cells of each instance, nested ones included.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn instances(&self) -> Result<Vec<InstanceCells>> {
        by_instance(&self.artifact.file(NETLIST))
    }
}

/// Script of yosys for ECP5: files in, `json` out.
///
/// Cells are read as a library, and the design goes through an RTLIL file before `synth_ecp5`: yosys 0.70 does not accept
/// instantiated `MULT18X18D` otherwise.
pub(crate) fn ecp5(files: &str, top: &str, json: &str) -> String {
    format!(
        "read_verilog -lib -specify +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v; read_verilog -sv {files}; \
         hierarchy -check -top {top}; proc; flatten; write_rtlil flat.il; design -reset; \
         read_rtlil flat.il; synth_ecp5 -abc9 -top {top} -json {json}"
    )
}

/// Script of yosys: files in, [`NETLIST`] out. iCE40: products become rows of additions, long delay lines rings.
fn script(family: Family, part: &str, files: &str, top: &str) -> String {
    match family {
        Family::Ecp5 => ecp5(files, top, NETLIST),
        Family::Ice40 => {
            let device = if part.contains("UP") { "u" } else { "hx" };
            format!(
                "read_verilog -lib +/ice40/cells_sim.v; read_verilog -sv {files}; read_verilog -overwrite {RINGS}; \
                 hierarchy -check -top {top}; proc; flatten; opt; wreduce; opt_clean; techmap -map {MULTIPLY} t:$mul; \
                 synth_ice40 -device {device} -abc9 -top {top} -json {NETLIST}"
            )
        }
        Family::Gowin => {
            let family = if part.starts_with("GW2A") {
                "gw2a"
            } else {
                "gw1n"
            };
            format!(
                "read_verilog -sv {files}; synth_gowin -family {family} -top {top} -json {NETLIST}"
            )
        }
    }
}

/// Synthesizes `top`. `part` is a name of [`PARTS`](systole_arch::boards::part::PARTS).
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Synthesis`](crate::Error::Synthesis),
/// [`Error::Io`](crate::Error::Io).
pub fn synthesize(
    sources: &[(String, String)],
    top: &str,
    family: Family,
    part: &str,
) -> Result<Synthesis> {
    let names: Vec<&str> = sources.iter().map(|(name, _)| name.as_str()).collect();
    let script = script(family, part, &names.join(" "), top);
    let mut key = Key::default().part("script", script.as_bytes());
    let library = match family {
        Family::Ice40 => vec![
            (MULTIPLY, MULTIPLY_TEXT.to_owned()),
            (RINGS, rings(sources)),
        ],
        _ => Vec::new(),
    };
    for (name, text) in &library {
        key = key.part(name, text.as_bytes());
    }
    if family == Family::Ecp5 {
        key = key.part("hard registers", b"1");
    }
    for (name, text) in sources {
        key = key.part(name, text.as_bytes());
    }
    let artifact = cached(Step::Synthesize, &[identity("yosys")?], key, |stage| {
        write_files(sources, stage)?;
        for (name, text) in &library {
            write(&stage.join(name), text)?;
        }
        yosys(stage, &script, top)?;
        if family == Family::Ecp5 {
            absorb_registers(stage, top)?;
        }
        Ok([NETLIST, LOG].map(str::to_owned).to_vec())
    })?;
    Ok(Synthesis { artifact })
}

/// Runs yosys in a folder and keeps its log.
fn yosys(folder: &Path, script: &str, top: &str) -> Result<()> {
    call("yosys", top, folder, &["-q", "-l", LOG, "-p", script])?;
    let path = folder.join(NETLIST);
    path.metadata().map(|_| ()).map_err(io("reading", path))
}

/// Registers into block RAMs and multipliers; the log says how many.
fn absorb_registers(folder: &Path, top: &str) -> Result<()> {
    let taken = absorb(&folder.join(NETLIST), top)?;
    let path = folder.join(LOG);
    let mut log = std::fs::read_to_string(&path).map_err(io("reading", &path))?;
    log.push_str(&format!(
        "\nsystole: registers moved into {} block RAMs, {} products and the factors of {}.\n",
        taken.memories, taken.products, taken.factors
    ));
    std::fs::write(&path, log).map_err(io("writing", path))
}

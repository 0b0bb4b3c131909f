//! A design on its way to a bitstream, as something to simulate: every step ends as Verilog with the ports that the design has.

use systole_arch::boards::Board;

use super::decode;
use super::pack::pack;
use super::place_route::{PlaceRoute, ROUTED, place_and_route};
use super::step::Artifact;
use super::synthesize::{NETLIST, synthesize};
use crate::design::Design;
use crate::error::{Result, io};
use crate::netlist::{self, MODELS, Netlist};

/// How far a design goes before it is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The cells that yosys maps it to.
    Netlist,
    /// The cells as nextpnr packs, places and connects them.
    Routed,
    /// What the packed bitstream says, decoded; iCE40 only.
    Bitstream,
}

/// Clock rate to aim at, MHz: a simulation has no clock rate, and an easy target is placed soonest.
const TARGET_MHZ: f64 = 12.0;

/// The design for the part of a board as it is at a level: other Verilog, same ports. nextpnr chooses the pins, so that a design
/// with more ports than the board has connections can be simulated as well.
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Synthesis`](crate::Error::Synthesis) with what the tool said,
/// [`Error::Netlist`](crate::Error::Netlist), [`Error::Io`](crate::Error::Io), and
/// [`Error::NoDecoder`](crate::Error::NoDecoder) for a bitstream of another family than iCE40.
pub fn at_level(design: &Design, board: &Board, level: Level) -> Result<Design> {
    let (family, top) = (board.part.family, &design.top);
    if level == Level::Netlist {
        let netlist = synthesize(&design.sources, top, family, board.part.name)?.artifact;
        return Ok(with_source(design, simulated(&netlist, NETLIST, top)?));
    }
    let routed = routed(design, board)?;
    if level == Level::Routed {
        return Ok(with_source(design, simulated(&routed, ROUTED, top)?));
    }
    let (packed, name) = pack(&routed, board)?;
    let path = packed.file(&name);
    let bytes = std::fs::read(&path).map_err(io("reading", path))?;
    behind(design, board, &bytes, &routed)
}

/// The design as a bitstream says, which must have been packed from this design for the part of this board, but may have been
/// changed since.
///
/// # Errors
/// As [`at_level`].
pub fn decoded(design: &Design, board: &Board, bitstream: &[u8]) -> Result<Design> {
    behind(design, board, bitstream, &routed(design, board)?)
}

/// The design with what a bitstream holds, whose pins `routed` names.
fn behind(design: &Design, board: &Board, bitstream: &[u8], routed: &Artifact) -> Result<Design> {
    let routed = routed.text(ROUTED)?;
    let source = decode::verilog(design, board.part.family, bitstream, &routed)?;
    Ok(with_source(design, source))
}

/// The design placed and routed: with `routed.json`, and for iCE40 `board.asc`.
///
/// # Errors
/// As [`at_level`].
pub fn routed(design: &Design, board: &Board) -> Result<Artifact> {
    let netlist = synthesize(
        &design.sources,
        &design.top,
        board.part.family,
        board.part.name,
    )?
    .artifact;
    let how = PlaceRoute {
        board,
        constraints: "",
        target_mhz: TARGET_MHZ,
        seed: 1,
    };
    Ok(place_and_route(&netlist, &how)?.0)
}

/// The design with the ports it has and another module behind them.
fn with_source(design: &Design, source: String) -> Design {
    let models = MODELS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let mut sources = vec![(format!("{}.v", design.top), source)];
    sources.extend(models);
    Design {
        sources,
        ..design.clone()
    }
}

fn simulated(step: &Artifact, file: &str, top: &str) -> Result<String> {
    netlist::verilog(&Netlist::read(&step.text(file)?, top)?, top)
}

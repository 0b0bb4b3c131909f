//! A design on its way to a bitstream, as something to simulate: every step ends as Verilog with the ports that the design has.

use systole_arch::boards::Board;

use super::decode;
use super::pack::pack;
use super::place_route::{PlaceRoute, ROUTED, place_and_route};
use super::step::Artifact;
use super::synthesize::{NETLIST, synthesize};
use crate::design::Design;
use crate::error::Result;
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
    let netlist = synthesize(&design.sources, top, family, board.part.name)?.artifact;
    if level == Level::Netlist {
        return Ok(with_source(design, simulated(&netlist, NETLIST, top)?));
    }
    let how = PlaceRoute {
        board,
        constraints: "",
        target_mhz: TARGET_MHZ,
        seed: 1,
    };
    let (routed, _) = place_and_route(&netlist, &how)?;
    let source = match level {
        Level::Bitstream => {
            let (packed, name) = pack(&routed, board)?;
            decode::verilog(design, family, &packed.file(&name), &routed.text(ROUTED)?)?
        }
        _ => simulated(&routed, ROUTED, top)?,
    };
    Ok(with_source(design, source))
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

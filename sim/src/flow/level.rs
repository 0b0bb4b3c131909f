//! A design on its way to a bitstream, as something to simulate: every step ends as Verilog with the ports that the design has.

use systole_arch::boards::Board;
use systole_arch::boards::part::Family;

use super::decode;
use super::pack::pack;
use super::place_route::{PlaceRoute, ROUTED, place_and_route};
use super::step::Artifact;
use super::synthesize::{NETLIST, synthesize};
use super::timing::Timing;
use crate::design::Design;
use crate::error::{Result, io};
use crate::netlist::{self, MODELS, Netlist, PllSettings};

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

impl<'a> PlaceRoute<'a> {
    /// nextpnr chooses the pins, so that a design with more ports than the board has connections can be simulated as well.
    pub fn free(board: &'a Board) -> Self {
        PlaceRoute {
            board,
            constraints: "",
            target_mhz: TARGET_MHZ,
            seed: 1,
        }
    }
}

/// A design as it is at a level.
#[derive(Debug, Clone)]
pub struct AtLevel {
    /// Other Verilog, same ports.
    pub design: Design,
    /// Settings of its PLLs, which pass their clock through in the simulation.
    pub plls: Vec<PllSettings>,
}

/// A design and how it is placed. Each step is made when it is asked for, and looked up the next time.
#[derive(Debug, Clone, Copy)]
pub struct Stages<'a> {
    /// The design; its sources are what is synthesized.
    pub design: &'a Design,
    /// Board, pins, clock, seed.
    pub how: PlaceRoute<'a>,
}

impl Stages<'_> {
    fn family(&self) -> Family {
        self.how.board.part.family
    }

    /// After synthesis: with [`NETLIST`].
    ///
    /// # Errors
    /// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Synthesis`](crate::Error::Synthesis) with what the tool said,
    /// [`Error::Io`](crate::Error::Io).
    pub fn netlist(&self) -> Result<Artifact> {
        let Design { sources, top, .. } = self.design;
        let part = self.how.board.part.name;
        Ok(synthesize(sources, top, self.family(), part)?.artifact)
    }

    /// After place and route: with [`ROUTED`], and for iCE40 `board.asc`.
    ///
    /// # Errors
    /// As [`Stages::netlist`].
    pub fn routed(&self) -> Result<(Artifact, Timing)> {
        place_and_route(&self.netlist()?, &self.how)
    }

    /// The bitstream.
    ///
    /// # Errors
    /// As [`Stages::netlist`].
    pub fn packed(&self) -> Result<Vec<u8>> {
        let (packed, name) = pack(&self.routed()?.0, self.how.board)?;
        let path = packed.file(&name);
        std::fs::read(&path).map_err(io("reading", path))
    }

    /// What is simulated of a level.
    ///
    /// # Errors
    /// As [`Stages::netlist`]; [`Error::Netlist`](crate::Error::Netlist) for a cell without a model, and
    /// [`Error::NoDecoder`](crate::Error::NoDecoder) for a bitstream of another family than iCE40.
    pub fn at(&self, level: Level) -> Result<AtLevel> {
        match level {
            Level::Netlist => self.cells(&self.netlist()?, NETLIST),
            Level::Routed => self.cells(&self.routed()?.0, ROUTED),
            Level::Bitstream => self.decoded(&self.packed()?),
        }
    }

    /// The design as a bitstream says, which must have been packed from this design with these pins, but may have been changed
    /// since.
    ///
    /// # Errors
    /// As [`Stages::at`].
    pub fn decoded(&self, bitstream: &[u8]) -> Result<AtLevel> {
        let routed = self.routed()?.0.text(ROUTED)?;
        let source = decode::verilog(self.design, self.family(), bitstream, &routed)?;
        Ok(AtLevel {
            plls: PllSettings::of_verilog(&source),
            design: self.with_source(source),
        })
    }

    fn cells(&self, step: &Artifact, file: &str) -> Result<AtLevel> {
        let top = &self.design.top;
        let netlist = Netlist::read(&step.text(file)?, top)?;
        Ok(AtLevel {
            design: self.with_source(netlist::verilog(&netlist, top)?),
            plls: PllSettings::of_netlist(&netlist),
        })
    }

    /// The design with the ports it has and another module behind them.
    fn with_source(&self, source: String) -> Design {
        let models = MODELS
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let mut sources = vec![(format!("{}.v", self.design.top), source)];
        sources.extend(models);
        Design {
            sources,
            ..self.design.clone()
        }
    }
}

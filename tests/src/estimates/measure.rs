//! One design through synthesis, place and route; what was built before with the same tools is looked up.

use std::fmt::Display;

use super::{Design, EstimatesError, Measured};
use systole_arch::resources::placed::Placed;
use systole_hdl::board::{BoardTop, TOP};
use systole_sim::flow::{PlaceRoute, place_and_route, synthesize};

/// Builds a design.
///
/// # Errors
/// [`EstimatesError::Board`], [`EstimatesError::Build`].
pub fn measure(design: &Design) -> Result<Measured, EstimatesError> {
    let build = |error: &dyn Display| EstimatesError::Build {
        design: design.name(),
        reason: error.to_string(),
    };
    let board = design.on()?;
    let hz = (design.target_mhz * 1e6).round() as u64;
    let top = BoardTop::new(&board, &design.arch, Some(hz)).map_err(|e| build(&e))?;
    let sources = top.sources().map_err(|e| build(&e))?;
    let part = board.part;
    let netlist = synthesize(&sources, TOP, part.family, part.name).map_err(|e| build(&e))?;
    let instances = netlist.instances().map_err(|e| build(&e))?;
    let synthesized = instances.first().ok_or_else(|| build(&"no cells"))?;
    let how = PlaceRoute {
        board: &board,
        constraints: &board.constraints(),
        target_mhz: top.core_hz as f64 / 1e6,
        seed: design.seed,
    };
    let (_, timing) = place_and_route(&netlist.artifact, &how).map_err(|e| build(&e))?;
    let clock = timing.slowest().ok_or_else(|| build(&"no clock"))?;
    let used = |kind: &str| timing.utilization.get(kind).map_or(0, |(used, _)| *used);
    let placed = Placed::new(part.family, used);
    Ok(Measured {
        luts: placed.luts.unwrap_or(synthesized.luts as u64),
        flip_flops: placed.flip_flops.unwrap_or(synthesized.flip_flops as u64),
        cells: placed.cells,
        block_rams: placed.block_rams,
        multipliers: placed.multipliers,
        mhz: (clock.mhz * 100.0).round() / 100.0,
    })
}

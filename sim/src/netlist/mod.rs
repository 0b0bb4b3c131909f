//! Netlists of FPGA cells as Verilog that simulates: what yosys maps a design to, and what nextpnr places.
//!
//! Both tools write the same JSON. A netlist of ten thousand instances takes Verilator minutes, so the small cells (look-up
//! tables, carry bits, flip-flops) become expressions and registers here, one scalar wire for each net; block RAMs and
//! multipliers become instances of our own behavioural models in `sim/cells`. A kind of cell, a parameter or a mode without a
//! model here is an error, as is a net without a driver: nothing is left out silently.

mod cell;
mod ecp5;
mod ice40;
mod json;
mod pll;
mod table;
mod writer;

pub(crate) use json::File;
pub use json::{Bit, Cell, Netlist, TopPort};
pub use pll::PllSettings;

use crate::error::{Error, Result};
use writer::Writer;

/// Verilog of the block RAMs and multipliers that [`verilog`] instantiates.
pub const MODELS: &[(&str, &str)] = &[
    ("ecp5_cells.v", include_str!("../../cells/ecp5.v")),
    ("ice40_cells.v", include_str!("../../cells/ice40.v")),
];

/// The netlist as one Verilog module of the name `top`, with the ports of the netlist.
///
/// # Errors
/// [`Error::Netlist`] names the cell that has no model, the parameter that the model does not know, or the net without driver.
pub fn verilog(netlist: &Netlist, top: &str) -> Result<String> {
    let failed = |reason: String| Error::Netlist {
        top: top.to_owned(),
        reason,
    };
    let mut writer = Writer::new(netlist);
    for cell in &netlist.cells {
        let known = ice40::write(cell, netlist, &mut writer)
            .and_then(|known| Ok(known || ecp5::write(cell, &mut writer)?));
        match known {
            Ok(true) => {}
            Ok(false) => {
                return Err(failed(format!(
                    "there is no model of the cell `{}`",
                    cell.kind
                )));
            }
            Err(reason) => return Err(failed(format!("{} `{}`: {reason}", cell.kind, cell.name))),
        }
    }
    writer.print(netlist, top).map_err(failed)
}

//! Registers beside block RAMs and multipliers move into them (ECP5).
//!
//! yosys leaves all registers among the flip-flops, so that the slow way out of a memory (5.8 ns) or through a multiplier (3.9 ns)
//! shares its clock cycle with wires on both sides. The blocks have registers of their own: with them 1.0 and 0.7 ns are left (Trellis,
//! speed grade 6), and the flip-flops are free.

mod netlist;

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Result, io};
use netlist::{Nets, Object, constant, kind};

/// How many blocks took registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taken {
    /// Block RAMs with their output register.
    pub(super) memories: usize,
    /// Multipliers with their output register.
    pub(super) products: usize,
    /// Multipliers with the registers of both factors.
    pub(super) factors: usize,
}

/// Moves registers into the blocks of a netlist file of yosys.
///
/// A block takes a register only as a whole: each bit goes from the block to one flip-flop and nowhere else, or from one flip-flop to
/// the block and nowhere else, and all flip-flops do what the register of the block does: same clock, always enabled, no reset.
pub(super) fn absorb(path: &Path, top: &str) -> Result<Taken> {
    let text = std::fs::read_to_string(path).map_err(io("reading", path))?;
    let failed = |reason: String| Error::Netlist {
        top: top.to_owned(),
        reason,
    };
    let mut file: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    drop(text);
    let module = file
        .get_mut("modules")
        .and_then(|modules| modules.get_mut(top))
        .and_then(Value::as_object_mut)
        .ok_or_else(|| failed("the top module is missing".into()))?;
    let taken = absorb_all(module);
    if taken != Taken::default() {
        std::fs::write(path, file.to_string()).map_err(io("writing", path))?;
    }
    Ok(taken)
}

fn absorb_all(module: &mut Object) -> Taken {
    let mut nets = Nets::of(module);
    let mut taken = Taken::default();
    let Some(cells) = module.get_mut("cells").and_then(Value::as_object_mut) else {
        return taken;
    };
    let named = |cells: &Object, wanted: &str| -> Vec<String> {
        let all = cells.iter().filter(|(_, cell)| kind(cell) == wanted);
        all.map(|(name, _)| name.clone()).collect()
    };
    for name in named(cells, "DP16KD") {
        taken.memories += usize::from(memory(cells, &mut nets, &name).is_some());
    }
    let multipliers: Vec<String> = named(cells, "MULT18X18D")
        .into_iter()
        .filter(|name| is_bare(&cells[name]))
        .collect();
    for name in &multipliers {
        taken.products += usize::from(product(cells, &mut nets, name).is_some());
    }
    for name in &multipliers {
        taken.factors += usize::from(factors(cells, &mut nets, name).is_some());
    }
    nets.forget_gone(module);
    taken
}

/// The output register of a block RAM.
fn memory(cells: &mut Object, nets: &mut Nets, name: &str) -> Option<()> {
    let block = cells.get(name)?;
    let reads = ["CEB", "OCEB"]
        .iter()
        .all(|port| constant(block, port) == Some("1"))
        && ["RSTA", "RSTB"]
            .iter()
            .all(|port| constant(block, port) == Some("0"))
        && ["REGMODE_A", "REGMODE_B"]
            .iter()
            .all(|key| block["parameters"][key] == "NOREG");
    if !reads {
        return None;
    }
    let clock = block["connections"]["CLKB"].clone();
    nets.take_outputs(cells, name, "DO", Some(&clock))?;
    let block = cells.get_mut(name)?;
    // In words of 36 bits half of the data leave by port A.
    block["connections"]["OCEA"] = json!(["1"]);
    for side in ["REGMODE_A", "REGMODE_B"] {
        block["parameters"][side] = json!("OUTREG");
    }
    Some(())
}

/// A multiplier without registers, as yosys makes it of a product.
fn is_bare(multiplier: &Value) -> bool {
    ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"]
        .iter()
        .all(|stage| {
            let clock = &multiplier["parameters"][format!("REG_{stage}_CLK")];
            clock.is_null() || clock == "NONE"
        })
}

/// The output register of a multiplier.
fn product(cells: &mut Object, nets: &mut Nets, name: &str) -> Option<()> {
    let clock = nets.take_outputs(cells, name, "P", None)?;
    clocked(cells.get_mut(name)?, &clock, &["OUTPUT"]);
    Some(())
}

/// The registers of both factors; the tools know the times of both or none.
fn factors(cells: &mut Object, nets: &mut Nets, name: &str) -> Option<()> {
    let known = cells.get(name)?["connections"].get("CLK0").cloned();
    let clock = nets.take_inputs(cells, name, &["A", "B"], known.as_ref())?;
    let block = cells.get_mut(name)?;
    clocked(block, &clock, &["INPUTA", "INPUTB"]);
    Some(())
}

fn clocked(multiplier: &mut Value, clock: &Value, stages: &[&str]) {
    for (port, bits) in [
        ("CLK0", clock.clone()),
        ("CE0", json!(["1"])),
        ("RST0", json!(["0"])),
    ] {
        multiplier["connections"][port] = bits;
        multiplier["port_directions"][port] = json!("input");
    }
    for stage in stages {
        for (end, word) in [("CLK", "CLK0"), ("CE", "CE0"), ("RST", "RST0")] {
            multiplier["parameters"][format!("REG_{stage}_{end}")] = json!(word);
        }
    }
}

#[cfg(test)]
mod tests;

//! PLLs: in a simulation they pass their clock through, so their settings are compared as numbers.

use std::collections::BTreeMap;

use super::cell::Reason;
use super::json::{Cell, Netlist};
use super::writer::Writer;

const ZERO: &str = "1'b0";
const ONE: &str = "1'b1";
/// How nextpnr writes the feedback path `SIMPLE`.
const PACKED_SIMPLE: &str = "001";

/// One output, fed back; what moves its phase or stops it while it runs is not used.
pub(super) fn ecp5(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    for (name, known) in [
        ("FEEDBK_PATH", "CLKOP"),
        ("OUTDIVIDER_MUXA", "DIVA"),
        ("CLKOP_ENABLE", "ENABLED"),
        ("PLLRST_ENA", "DISABLED"),
        ("STDBY_ENABLE", "DISABLED"),
        ("DPHASE_SOURCE", "DISABLED"),
        ("INTFB_WAKE", "DISABLED"),
    ] {
        cell.expect(name, &[known])?;
    }
    unused(cell, &["CLKOS", "CLKOS2", "CLKOS3", "CLKINTFB", "INTLOCK"])?;
    let inputs = [("CLKI", "CLKI", ZERO), ("CLKFB", "CLKFB", ZERO)];
    instance(cell, "EHXPLLL", &inputs, &["CLKOP", "LOCK"], writer);
    Ok(())
}

/// As yosys names it.
pub(super) fn ice40(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    core_or_pad(cell, ["PLLOUTCORE", "PLLOUTGLOBAL", "LOCK"], writer)
}

/// As nextpnr packs it: one cell for all kinds, whose outputs have other names. A PLL drives its global buffer without a wire of
/// its own, by its place: what listens is connected to a buffer without input that is named after the PLL.
pub(super) fn packed_ice40(
    cell: &Cell,
    netlist: &Netlist,
    writer: &mut Writer,
) -> Result<(), Reason> {
    let buffer = format!(
        "$gbuf_{}_pllout_a",
        cell.name.strip_suffix("_PLL").unwrap_or(&cell.name)
    );
    let mut cell = cell.clone();
    let mut cells = netlist.cells.iter();
    let of_pll = cells.find(|other| other.kind == "SB_GB" && other.name == buffer);
    let without_input = of_pll.filter(|of_pll| {
        let wire = of_pll.bit("USER_SIGNAL_TO_GLOBAL_BUFFER");
        wire.is_none() && cell.bit("PLLOUT_A_GLOBAL").is_none()
    });
    let output = without_input.and_then(|of_pll| of_pll.connections.get("GLOBAL_BUFFER_OUTPUT"));
    if let Some(output) = output {
        let output = output.clone();
        cell.connections.insert("PLLOUT_A_GLOBAL".into(), output);
    }
    core_or_pad(&cell, ["PLLOUT_A", "PLLOUT_A_GLOBAL", "LOCK"], writer)
}

fn core_or_pad(cell: &Cell, outputs: [&str; 3], writer: &mut Writer) -> Result<(), Reason> {
    cell.expect("FEEDBACK_PATH", &["SIMPLE", PACKED_SIMPLE])?;
    unused(cell, &["PLLOUT_B", "PLLOUT_B_GLOBAL", "SDO"])?;
    let from_pad = cell.kind == "SB_PLL40_PAD" || cell.bit("PACKAGEPIN").is_some();
    let (kind, input) = match from_pad {
        true => ("SB_PLL40_PAD", "PACKAGEPIN"),
        false => ("SB_PLL40_CORE", "REFERENCECLK"),
    };
    let inputs = [
        (input, input, ZERO),
        ("RESETB", "RESETB", ONE),
        ("BYPASS", "BYPASS", ZERO),
    ];
    instance(cell, kind, &inputs, &outputs, writer);
    Ok(())
}

fn unused(cell: &Cell, ports: &[&str]) -> Result<(), Reason> {
    match ports.iter().find(|port| cell.bit(port).is_some()) {
        Some(port) => Err(format!(
            "{port} is connected, which the model does not have"
        )),
        None => Ok(()),
    }
}

/// Inputs: port of the model, port of the cell, value if nothing is connected. Outputs that nextpnr renamed get the names of the
/// model back.
fn instance(
    cell: &Cell,
    kind: &str,
    inputs: &[(&str, &str, &str)],
    outputs: &[&str],
    writer: &mut Writer,
) {
    let mut connections: Vec<String> = inputs
        .iter()
        .map(|(to, from, otherwise)| format!(".{to}({})", cell.input(from, otherwise, writer)))
        .collect();
    for output in outputs {
        let name = match *output {
            "PLLOUT_A" => "PLLOUTCORE",
            "PLLOUT_A_GLOBAL" => "PLLOUTGLOBAL",
            other => other,
        };
        let wire = writer.outputs(&[cell.bit(output)]);
        connections.push(format!(".{name}({wire})"));
    }
    let number = writer.next_instance();
    writer.instance(format!(
        "  {kind} pll_{number} ({});",
        connections.join(", ")
    ));
}

/// Parameters of a PLL by name: words as they are, numbers in decimal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PllSettings(BTreeMap<String, String>);

impl PllSettings {
    /// As Verilog spells them: `4'd3`, `4'b0011`, `"SIMPLE"`.
    pub fn new<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let plain = |(name, value): (&str, &str)| (name.to_owned(), verilog_number(value));
        PllSettings(parameters.into_iter().map(plain).collect())
    }

    /// Those of each PLL of a netlist.
    pub fn of_netlist(netlist: &Netlist) -> Vec<Self> {
        let cells = netlist.cells.iter();
        let plls = cells.filter(|cell| cell.kind.contains("PLL"));
        let plain = |(name, value): (&String, &String)| {
            let value = match (name.as_str(), value.trim_end()) {
                ("FEEDBACK_PATH", PACKED_SIMPLE) => "SIMPLE",
                (_, value) => value,
            };
            let number = u64::from_str_radix(value, 2).map(|number| number.to_string());
            (name.clone(), number.unwrap_or_else(|_| value.to_owned()))
        };
        plls.map(|cell| PllSettings(cell.parameters.iter().map(plain).collect()))
            .collect()
    }

    /// Those of each PLL of a Verilog text that has one parameter in each line, as `icebox_vlog` prints them.
    pub fn of_verilog(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if !line.trim_start().starts_with("SB_PLL40") || !line.ends_with("#(") {
                continue;
            }
            let parameters = lines.by_ref().map_while(|line| {
                let (name, value) = line.trim().strip_prefix('.')?.split_once('(')?;
                Some((name, value.trim_end_matches(',').trim_end_matches(')')))
            });
            found.push(PllSettings::new(parameters.collect::<Vec<_>>()));
        }
        found
    }

    /// The first of these settings that `found` does not have: name, value here, value there.
    pub fn difference(&self, found: &PllSettings) -> Option<(String, String, String)> {
        self.0.iter().find_map(|(name, wanted)| {
            let value = found.0.get(name).map_or("none", String::as_str);
            (value != wanted).then(|| (name.clone(), wanted.clone(), value.to_owned()))
        })
    }
}

fn verilog_number(text: &str) -> String {
    let number = match text.split_once('\'') {
        Some((_, digits)) => match digits.split_at_checked(1) {
            Some(("b", digits)) => u64::from_str_radix(digits, 2).ok(),
            Some(("d", digits)) => digits.parse().ok(),
            _ => None,
        },
        None => None,
    };
    number.map_or_else(|| text.trim_matches('"').to_owned(), |n| n.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_netlist_and_of_a_decoded_text_are_numbers() {
        let wanted = PllSettings::new([
            ("DIVR", "4'd0"),
            ("DIVF", "7'd63"),
            ("FEEDBACK_PATH", "\"SIMPLE\""),
        ]);
        let json = r#"{"modules": {"top": {"cells": {"pll": {"type": "SB_PLL40_CORE", "connections": {},
            "parameters": {"DIVR": "0000", "DIVF": "0111111", "FEEDBACK_PATH": "SIMPLE"}}}}}}"#;
        let netlist = Netlist::read(json, "top").unwrap();
        let found = PllSettings::of_netlist(&netlist);
        assert_eq!(found, std::slice::from_ref(&wanted));
        let text = "SB_PLL40_CORE #(\n  .FEEDBACK_PATH(\"SIMPLE\"),\n  .DIVR(4'b0000),\n  .DIVF(7'b0111110),\n  \
                    .TEST_MODE(1'b0)\n) PLL_16_0 (\n  .REFERENCECLK(n1),\n";
        let found = PllSettings::of_verilog(text);
        let difference = ("DIVF".into(), "63".into(), "62".into());
        assert_eq!(wanted.difference(&found[0]), Some(difference));
        assert_eq!(found[0].0.len(), 4);
    }
}

//! Back from the packed bitstream of an iCE40 to Verilog: `iceunpack`, then `icebox_vlog`, which names wires after places on the
//! chip. Only the names of the pins come from the routed netlist; everything else is what the bits say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use systole_arch::boards::part::Family;

use super::step::{Step, cached, identity};
use crate::command::call;
use crate::design::{Design, Direction};
use crate::error::{Error, Result, io};
use crate::hash::Key;
use crate::netlist::{Bit, Netlist};

/// File with the decoded module `chip`.
const DECODED: &str = "chip.v";

/// Verilog of the module that a bitstream makes, with the ports of the design. `routed` is the text of the netlist with places.
pub(super) fn verilog(
    design: &Design,
    family: Family,
    packed: &[u8],
    routed: &str,
) -> Result<String> {
    if family != Family::Ice40 {
        return Err(Error::NoDecoder);
    }
    let chip = decoded(packed, &design.top)?;
    let pins = pins(&Netlist::read(routed, &design.top)?, &design.top)?;
    Ok(format!(
        "{}\n{}",
        plain(&chip),
        wrapper(design, &pins, &chip)
    ))
}

/// The module `chip`, as `icebox_vlog` prints it.
fn decoded(bytes: &[u8], top: &str) -> Result<String> {
    let tools = [identity("iceunpack")?, identity("icebox_vlog")?];
    let key = Key::default().part("decoded bitstream", bytes);
    let artifact = cached(Step::Verify, &tools, key, |stage| {
        let input = stage.join("packed.bin");
        fs::write(&input, bytes).map_err(io("writing", &input))?;
        call("iceunpack", top, stage, &["packed.bin", "bits.asc"])?;
        let text = call("icebox_vlog", top, stage, &["-s", "bits.asc"])?.stdout;
        let path = stage.join(DECODED);
        fs::write(&path, text).map_err(io("writing", &path))?;
        Ok(vec![DECODED.to_owned()])
    })?;
    artifact.text(DECODED)
}

/// Names of the pins as `icebox_vlog` gives them, by port and bit.
type Pins = BTreeMap<(String, usize), String>;

/// Where nextpnr put each port: the attribute `X33/Y6/io0` of its pad is the wire `io_33_6_0`.
fn pins(netlist: &Netlist, top: &str) -> Result<Pins> {
    let mut pads = BTreeMap::new();
    for cell in netlist.cells.iter().filter(|cell| cell.kind == "SB_IO") {
        if let (Some([Bit::Net(net)]), Some(place)) = (
            cell.connections.get("PACKAGE_PIN").map(Vec::as_slice),
            cell.place(),
        ) {
            pads.insert(
                *net,
                place
                    .replace('X', "io_")
                    .replace("/Y", "_")
                    .replace("/io", "_"),
            );
        }
    }
    let mut pins = Pins::new();
    for (name, port) in &netlist.ports {
        for (n, bit) in port.bits.iter().enumerate() {
            let pad = match bit {
                Bit::Net(net) => pads.get(net),
                Bit::Constant(_) => None,
            };
            let pad = pad.ok_or_else(|| Error::Netlist {
                top: top.to_owned(),
                reason: format!("port `{name}` bit {n} has no pad"),
            })?;
            pins.insert((name.clone(), n), pad.clone());
        }
    }
    Ok(pins)
}

/// `icebox_vlog` declares the pins twice, in the head and in the body, where registers get their initial values.
fn plain(chip: &str) -> String {
    let Some((head, body)) = chip.split_once(");") else {
        return chip.to_owned();
    };
    let (start, list) = head.split_once('(').unwrap_or((head, ""));
    let words = list
        .split(',')
        .map(str::trim)
        .filter(|port| !port.is_empty());
    let ports: Vec<(&str, &str)> = words.filter_map(|port| port.split_once(' ')).collect();
    let names: Vec<&str> = ports.iter().map(|(_, name)| *name).collect();
    let directions: String = ports
        .iter()
        .map(|(direction, name)| format!("{direction} {name};\n"))
        .collect();
    format!("{start}({});\n{directions}{body}", names.join(", "))
}

/// The module `top` round the module `chip`. Pins that the decoded logic does not use are left out of it by `icebox_vlog`.
fn wrapper(design: &Design, pins: &Pins, chip: &str) -> String {
    let head = chip.split(");").next().unwrap_or_default();
    let known: Vec<&str> = head
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let mut ports = Vec::new();
    let mut connections = Vec::new();
    let mut ties = String::new();
    for port in &design.ports {
        let range = if port.width > 1 {
            format!("[{}:0] ", port.width - 1)
        } else {
            String::new()
        };
        let word = if port.direction == Direction::Input {
            "input"
        } else {
            "output"
        };
        ports.push(format!("  {word} wire {range}{}", port.name));
        for n in 0..port.width {
            let select = if port.width > 1 {
                format!("{}[{n}]", port.name)
            } else {
                port.name.clone()
            };
            match pins
                .get(&(port.name.clone(), n))
                .filter(|pin| known.contains(&pin.as_str()))
            {
                Some(pin) => connections.push(format!("    .{pin}({select})")),
                None if port.direction == Direction::Output => {
                    let _ = writeln!(ties, "  assign {select} = 1'b0;");
                }
                None => {}
            }
        }
    }
    format!(
        "module {} (\n{}\n);\n  chip chip (\n{}\n  );\n{ties}endmodule\n",
        design.top,
        ports.join(",\n"),
        connections.join(",\n")
    )
}

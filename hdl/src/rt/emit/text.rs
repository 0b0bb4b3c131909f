//! The fixed parts of a module's text: comment, port list, ranges, constants.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rust_hdl::core::prelude::AtomKind;

use super::collect::{Class, Node};
use super::ir::{Net, NetId};
use super::nets::bus_name;
use super::operand::literal_bits;

/// Runs of bits of `net` that are not in the mask `read`.
pub(super) fn unread_parts(net: &Net, read: u64) -> Vec<String> {
    let mut parts = Vec::new();
    let mut low = 0;
    while low < net.width {
        if read >> low & 1 == 1 {
            low += 1;
            continue;
        }
        let width = (low..net.width)
            .take_while(|bit| read >> bit & 1 == 0)
            .count();
        parts.push(part(&net.base, net.total, net.offset + low, width));
        low += width;
    }
    parts
}

/// Bits `low..low + width` of an identifier of `total` bits.
pub(super) fn part(base: &str, total: usize, low: usize, width: usize) -> String {
    if width == total {
        return base.to_owned();
    }
    if width == 1 {
        return format!("{base}[{low}]");
    }
    format!("{base}[{}:{low}]", low + width - 1)
}

pub(super) fn range(width: usize, signed: bool) -> String {
    let sign = if signed { "signed " } else { "" };
    match width {
        1 => sign.to_owned(),
        _ => format!("{sign}[{}:0] ", width - 1),
    }
}

pub(super) fn parameter(net: &Net, v: i64) -> String {
    format!(
        "  localparam {}{} = {};\n",
        range(net.width, net.signed),
        net.base,
        literal_bits(v.into(), net.width as u32, net.signed)
    )
}

/// Name of the port an atom belongs to.
pub(super) fn port_name(atom: &str) -> String {
    bus_name(atom).unwrap_or(atom).replace('$', "_")
}

pub(super) fn comment(node: &Node) -> String {
    let text = node.doc.as_ref().map_or("", |doc| doc.text.as_str());
    let mut comment = String::new();
    for line in text.lines() {
        let _ = writeln!(comment, "{}", format!("// {line}").trim_end());
    }
    comment
}

pub(super) fn ports(node: &Node, nets: &[Net], procedural: &BTreeSet<NetId>) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut done = BTreeSet::new();
    let parameters = node.atoms.iter().filter(|a| a.kind.is_parameter());
    for atom in parameters {
        let Some((_, net)) = nets.iter().enumerate().find(|(_, n)| n.key == atom.name) else {
            continue;
        };
        if !done.insert(&net.base) {
            continue;
        }
        let lanes = nets.iter().enumerate().filter(|(_, n)| n.base == net.base);
        let is_reg = lanes.clone().any(|(id, _)| procedural.contains(&id));
        let kind = match (atom.kind, is_reg) {
            (AtomKind::InputParameter, _) => "input  wire",
            (_, true) => "output reg ",
            (_, false) => "output wire",
        };
        let shape = range(net.total, net.declared_signed);
        let described = describe(node, net, lanes.count());
        rows.push((format!("{kind} {shape}{}", net.base), described));
    }
    let last = rows.len().saturating_sub(1);
    let mut text = String::from("(\n");
    for (at, (row, described)) in rows.iter().enumerate() {
        let comma = if at == last { "" } else { "," };
        let line = format!("  {row}{comma}{described}");
        let _ = writeln!(text, "{line}");
    }
    text + ");\n"
}

/// Comment of a port: what its `Doc` says, and how a bus is divided.
fn describe(node: &Node, net: &Net, lanes: usize) -> String {
    let name = port_name(&net.key);
    let said = node
        .doc
        .iter()
        .flat_map(|doc| &doc.ports)
        .find(|p| p.0 == name);
    let said = said.map(|p| p.1.as_str()).unwrap_or_default();
    let is_bus = bus_name(&net.key).is_some() && net.class != Class::Clock;
    let divided = match (is_bus && lanes > 1, net.signed) {
        (true, true) => format!("{lanes} lanes of {} bits, signed", net.width),
        (true, false) => format!("{lanes} lanes of {} bits", net.width),
        (false, _) => String::new(),
    };
    match (said, divided.as_str()) {
        ("", "") => String::new(),
        ("", d) => format!(" // {d}"),
        (s, "") => format!(" // {s}"),
        (s, d) => format!(" // {s}; {d}"),
    }
}

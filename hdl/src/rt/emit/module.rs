//! Puts a module together: comment, ports, declarations, instances, assignments, procedures.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rust_hdl::core::ast::VerilogStatement;
use rust_hdl::core::prelude::AtomKind;

use super::collect::{Class, Node};
use super::drive::{self, Drivers};
use super::error::EmitError;
use super::ir::{Expr, Net, NetId, Role, Stmt};
use super::lower::lower;
use super::nets::Nets;
use super::print::{Printer, literal_bits};

type Parts = (String, String);

/// Module of a leaf whose body is written by hand.
pub(super) fn of_text(node: &Node, text: &str) -> Result<Parts, EmitError> {
    let nets = Nets::of(node)?;
    let mut body = ports(node, &nets.all, &BTreeSet::new());
    for net in &nets.all {
        if let Role::Constant(v) = net.role {
            body.push_str(&parameter(net, v));
        }
    }
    for line in text.trim_end().lines() {
        let _ = writeln!(body, "{}", format!("  {line}").trim_end());
    }
    Ok((comment(node), body))
}

/// Module of a block described by `#[hdl_gen]`. `kinds` are the module names of its children.
pub(super) fn of_statements(
    node: &Node,
    kinds: &[String],
    code: &[VerilogStatement],
) -> Result<Parts, EmitError> {
    let mut nets = Nets::of(node)?;
    let lowered = lower(&node.path, &nets, code)?;
    let block = drive::without_dead_locals(lowered, &nets.all);
    let drivers = drive::drivers(&node.path, &nets.all, &block)?;
    let unused = nets.fresh("unused");
    let writer = Writer {
        node,
        nets: &nets,
        block: &block,
        printer: Printer::new(&node.path, &nets.all),
        procedural: drivers.groups.iter().flatten().copied().collect(),
        drivers,
    };
    writer.check_driven()?;
    Ok((comment(node), writer.body(kinds, &unused)?))
}

struct Writer<'a> {
    node: &'a Node,
    nets: &'a Nets,
    block: &'a [Stmt],
    printer: Printer<'a>,
    drivers: Drivers,
    procedural: BTreeSet<NetId>,
}

/// How the left-hand side of an assignment is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Blocking,
    /// Non-blocking, to the register behind the input.
    Clocked,
}

impl Writer<'_> {
    fn check_driven(&self) -> Result<(), EmitError> {
        let all = self.nets.all.iter().enumerate();
        let undriven = all.into_iter().find(|(id, net)| {
            let needed = match net.role {
                Role::Output | Role::ChildInput | Role::RegisterInput | Role::RegisterClock => true,
                Role::Local => self.drivers.read.contains(id),
                _ => false,
            };
            let driven = self.drivers.single.contains_key(id)
                || self.drivers.clocked.contains(id)
                || self.procedural.contains(id);
            needed && !driven
        });
        match undriven {
            None => Ok(()),
            Some((_, net)) => Err(EmitError::Undriven {
                block: self.node.path.clone(),
                signal: net.key.replace('$', "."),
            }),
        }
    }

    fn body(&self, kinds: &[String], unused: &str) -> Result<String, EmitError> {
        let mut folded = BTreeSet::new();
        let instances = self.instances(kinds, &mut folded)?;
        let assigns = self.assigns(&folded)?;
        let procedures = self.procedures()?;
        let registers = self.registers()?;
        let declarations = self.declarations(&folded);
        let sections = [
            self.parameters(),
            declarations,
            instances,
            assigns,
            procedures,
            self.initial(),
            registers,
            self.sink(unused),
        ];
        let sections: Vec<_> = sections.into_iter().filter(|s| !s.is_empty()).collect();
        let ports = ports(self.node, &self.nets.all, &self.procedural);
        Ok(format!("{ports}{}", sections.join("\n")))
    }

    fn parameters(&self) -> String {
        let mut text = String::new();
        let read = self.printer.read.borrow();
        for (id, net) in self.nets.all.iter().enumerate() {
            if let (Role::Constant(v), true) = (net.role, read[id] != 0) {
                text.push_str(&parameter(net, v));
            }
        }
        let mut variants = self.printer.variants.borrow().clone();
        variants.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        for (name, value, width) in variants {
            let _ = writeln!(text, "  localparam {}{name} = {width}'d{value};", range(width, false));
        }
        text
    }

    fn declarations(&self, folded: &BTreeSet<NetId>) -> String {
        let mut text = String::new();
        let mut done = BTreeSet::new();
        for (id, net) in self.nets.all.iter().enumerate() {
            let procedural = self.procedural.contains(&id);
            let is_reg = procedural || net.role == Role::RegisterOutput;
            let kind = if is_reg { "reg " } else { "wire" };
            let declared = match net.role {
                Role::Local => self.drivers.read.contains(&id),
                Role::ChildInput => !folded.contains(&id),
                Role::ChildOutput => true,
                Role::RegisterInput => !self.drivers.clocked.contains(&id),
                Role::RegisterOutput => true,
                _ => false,
            };
            if declared && done.insert(&net.base) {
                let shape = range(net.total, net.declared_signed);
                let _ = writeln!(text, "  {kind} {shape}{};", net.base);
            }
        }
        text
    }

    /// What configuration leaves in the registers.
    fn initial(&self) -> String {
        let mut text = String::new();
        for net in self.nets.all.iter().filter(|net| net.role == Role::RegisterOutput) {
            let value = literal_bits(self.init(net).into(), net.width as u32, net.signed);
            let _ = writeln!(text, "    {} = {value};", net.base);
        }
        match text.is_empty() {
            true => text,
            false => format!("  initial begin\n{text}  end\n"),
        }
    }

    fn init(&self, q: &Net) -> i64 {
        let name = q.key.strip_suffix("$q").unwrap_or(&q.key);
        let register = self.node.children.iter().find(|child| child.name == name);
        register.and_then(Node::register_init).unwrap_or(0)
    }

    fn instances(&self, kinds: &[String], folded: &mut BTreeSet<NetId>) -> Result<String, EmitError> {
        let mut text = String::new();
        for (child, kind) in self.node.children.iter().zip(kinds) {
            if kind.is_empty() {
                continue;
            }
            let mut connections = Vec::new();
            for (port, lanes) in self.ports_of(child) {
                let direct = self.direct(&lanes)?;
                if direct.is_some() {
                    folded.extend(lanes.iter().copied());
                }
                let base = || self.nets.all[lanes[0]].base.clone();
                connections.push(format!("    .{port}({})", direct.unwrap_or_else(base)));
            }
            let name = child.name.replace('$', "_");
            let _ = writeln!(text, "  {kind} {name} (\n{}\n  );", connections.join(",\n"));
        }
        Ok(text)
    }

    /// Ports of a child with the nets of their lanes.
    fn ports_of(&self, child: &Node) -> Vec<(String, Vec<NetId>)> {
        let mut ports: Vec<(String, Vec<NetId>)> = Vec::new();
        for atom in child.atoms.iter().filter(|a| a.kind.is_parameter()) {
            let Some(id) = self.nets.find(&format!("{}${}", child.name, atom.name)) else {
                continue;
            };
            let port = port_name(&atom.name);
            match ports.last_mut() {
                Some((last, lanes)) if *last == port => lanes.push(id),
                _ => ports.push((port, vec![id])),
            }
        }
        ports
    }

    /// What drives an input of a child, if it is simple enough to stand in the port list.
    fn direct(&self, lanes: &[NetId]) -> Result<Option<String>, EmitError> {
        let mut drivers = Vec::new();
        for id in lanes {
            let is_input = self.nets.all[*id].role == Role::ChildInput;
            let driver = self.drivers.single.get(id);
            match driver.filter(|_| is_input && !self.drivers.read.contains(id)) {
                Some(driver) => drivers.push((*id, driver)),
                None => return Ok(None),
            }
        }
        if let Some(text) = self.contiguous(&drivers) {
            return Ok(Some(text));
        }
        let [(id, driver)] = drivers[..] else {
            return Ok(None);
        };
        let simple = match driver {
            Expr::Net(net) => self.nets.all[*net].width == self.nets.all[id].width,
            e => matches!(e, Expr::Number(_) | Expr::Bool(_) | Expr::Variant(..)),
        };
        match simple {
            true => self.printer.value_for(id, driver).map(Some),
            false => Ok(None),
        }
    }

    /// Lanes driven by neighbouring lanes of another vector: a part of that vector.
    fn contiguous(&self, drivers: &[(NetId, &Expr)]) -> Option<String> {
        let all = &self.nets.all;
        let sources: Option<Vec<NetId>> = drivers
            .iter()
            .map(|(target, e)| match e {
                Expr::Net(source) if all[*source].width == all[*target].width => Some(*source),
                _ => None,
            })
            .collect();
        let sources = sources.filter(|s| s.len() > 1)?;
        let follows = |a: &NetId, b: &NetId| {
            all[*a].base == all[*b].base && all[*a].offset + all[*a].width == all[*b].offset
        };
        if !sources.windows(2).all(|pair| follows(&pair[0], &pair[1])) {
            return None;
        }
        for id in &sources {
            self.printer.slice(*id, 0, all[*id].width);
        }
        let first = &all[*sources.first()?];
        let width: usize = sources.iter().map(|id| all[*id].width).sum();
        Some(part(&first.base, first.total, first.offset, width))
    }

    fn assigns(&self, folded: &BTreeSet<NetId>) -> Result<String, EmitError> {
        let mut text = String::new();
        for (id, value) in &self.drivers.single {
            if folded.contains(id) || self.nets.all[*id].role == Role::RegisterClock {
                continue;
            }
            let value = self.printer.value_for(*id, value)?;
            let _ = writeln!(text, "  assign {} = {value};", self.target(*id, Style::Blocking));
        }
        Ok(text)
    }

    fn procedures(&self) -> Result<String, EmitError> {
        let mut texts = Vec::new();
        for group in &self.drivers.groups {
            let code = drive::keep(self.block, &|id| group.contains(&id));
            let mut text = String::from("  always_comb begin\n");
            self.statements(&code, 2, Style::Blocking, &mut text)?;
            text.push_str("  end\n");
            texts.push(text);
        }
        Ok(texts.join("\n"))
    }

    fn registers(&self) -> Result<String, EmitError> {
        let mut clocks: Vec<(String, Vec<NetId>)> = Vec::new();
        for (id, net) in self.nets.all.iter().enumerate() {
            if net.role != Role::RegisterInput {
                continue;
            }
            let clock = self.clock_of(net)?;
            match clocks.iter_mut().find(|c| c.0 == clock) {
                Some((_, inputs)) => inputs.push(id),
                None => clocks.push((clock, vec![id])),
            }
        }
        let mut texts = Vec::new();
        for (clock, inputs) in clocks {
            let direct: BTreeSet<_> = inputs
                .iter()
                .filter(|id| self.drivers.clocked.contains(id))
                .collect();
            let code = drive::keep(self.block, &|id| direct.contains(&id));
            let code = self.without_holds(code);
            let mut text = format!("  always @(posedge {clock}) begin\n");
            self.statements(&code, 2, Style::Clocked, &mut text)?;
            for id in inputs.iter().filter(|id| !direct.contains(id)) {
                let next = self.printer.slice(*id, 0, self.nets.all[*id].width);
                let _ = writeln!(text, "    {} <= {next};", self.target(*id, Style::Clocked));
            }
            text.push_str("  end\n");
            texts.push(text);
        }
        Ok(texts.join("\n"))
    }

    fn clock_of(&self, d: &Net) -> Result<String, EmitError> {
        let clock = d.key.strip_suffix("$d").map(|r| format!("{r}$clock"));
        let driver = clock
            .as_ref()
            .and_then(|key| self.nets.find(key))
            .and_then(|id| self.drivers.single.get(&id));
        match driver {
            Some(Expr::Net(clock)) => Ok(self.printer.slice(*clock, 0, 1)),
            _ => Err(EmitError::Unsupported {
                block: self.node.path.clone(),
                what: format!("the clock of `{}`", d.key.replace('$', ".")),
                instead: "assign it once, from a clock signal".to_owned(),
            }),
        }
    }

    /// A register that is first told to hold its value needs no statement for it.
    fn without_holds(&self, code: Vec<Stmt>) -> Vec<Stmt> {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::new();
        for statement in code {
            let holds = match &statement {
                Stmt::Assign(d, value) => *value == Expr::Net(self.register(*d)) && !seen.contains(d),
                _ => false,
            };
            for id in drive::assigned(std::slice::from_ref(&statement)) {
                seen.insert(id);
            }
            if !holds {
                kept.push(statement);
            }
        }
        kept
    }

    /// Output of the register with input `d`.
    fn register(&self, d: NetId) -> NetId {
        let q = self.nets.all[d].key.strip_suffix("$d").map(|r| format!("{r}$q"));
        q.and_then(|key| self.nets.find(&key)).unwrap_or(d)
    }

    fn target(&self, id: NetId, style: Style) -> String {
        let id = match style {
            Style::Blocking => id,
            Style::Clocked => self.register(id),
        };
        let net = &self.nets.all[id];
        part(&net.base, net.total, net.offset, net.width)
    }

    fn statements(
        &self,
        code: &[Stmt],
        indent: usize,
        style: Style,
        text: &mut String,
    ) -> Result<(), EmitError> {
        let pad = "  ".repeat(indent);
        let op = if style == Style::Blocking { "=" } else { "<=" };
        for statement in code {
            match statement {
                Stmt::Assign(target, value) => {
                    let value = self.printer.value_for(*target, value)?;
                    let _ = writeln!(text, "{pad}{} {op} {value};", self.target(*target, style));
                }
                Stmt::If(c, then, other) => self.conditional(c, then, other, indent, style, text)?,
                Stmt::Case(subject, arms) => {
                    let _ = writeln!(text, "{pad}case ({})", self.printer.subject(subject)?);
                    for (label, body) in arms {
                        let label = match label {
                            None => "default".to_owned(),
                            Some(e) => match self.printer.state(e) {
                                Some(state) => state,
                                None => self.printer.condition(e)?,
                            },
                        };
                        let _ = writeln!(text, "{pad}  {label}: begin");
                        self.statements(body, indent + 2, style, text)?;
                        let _ = writeln!(text, "{pad}  end");
                    }
                    let _ = writeln!(text, "{pad}endcase");
                }
            }
        }
        Ok(())
    }

    fn conditional(
        &self,
        c: &Expr,
        then: &[Stmt],
        other: &[Stmt],
        indent: usize,
        style: Style,
        text: &mut String,
    ) -> Result<(), EmitError> {
        let pad = "  ".repeat(indent);
        let condition = self.printer.condition(c)?;
        if then.is_empty() {
            let _ = writeln!(text, "{pad}if (!({condition})) begin");
            self.statements(other, indent + 1, style, text)?;
        } else {
            let _ = writeln!(text, "{pad}if ({condition}) begin");
            self.statements(then, indent + 1, style, text)?;
            if !other.is_empty() {
                let _ = writeln!(text, "{pad}end else begin");
                self.statements(other, indent + 1, style, text)?;
            }
        }
        let _ = writeln!(text, "{pad}end");
        Ok(())
    }

    /// One wire that reads what nothing else reads, so that linters know it is meant.
    fn sink(&self, name: &str) -> String {
        let read = self.printer.read.borrow();
        let mut unread = Vec::new();
        for (id, net) in self.nets.all.iter().enumerate() {
            let declared = match net.role {
                Role::Input | Role::ChildOutput | Role::RegisterOutput => true,
                Role::Local => self.drivers.read.contains(&id),
                Role::RegisterInput => !self.drivers.clocked.contains(&id),
                _ => false,
            };
            if declared {
                unread.extend(unread_parts(net, read[id]));
            }
        }
        if unread.is_empty() {
            return String::new();
        }
        let mut text = format!("  wire {name} = &{{1'b0");
        for part in unread {
            let _ = write!(text, ",\n    {part}");
        }
        text + "};\n"
    }
}

/// Runs of bits of `net` that are not in the mask `read`.
fn unread_parts(net: &Net, read: u64) -> Vec<String> {
    let mut parts = Vec::new();
    let mut low = 0;
    while low < net.width {
        if read >> low & 1 == 1 {
            low += 1;
            continue;
        }
        let width = (low..net.width).take_while(|bit| read >> bit & 1 == 0).count();
        parts.push(part(&net.base, net.total, net.offset + low, width));
        low += width;
    }
    parts
}

/// Bits `low..low + width` of an identifier of `total` bits.
fn part(base: &str, total: usize, low: usize, width: usize) -> String {
    if width == total {
        return base.to_owned();
    }
    if width == 1 {
        return format!("{base}[{low}]");
    }
    format!("{base}[{}:{low}]", low + width - 1)
}

fn range(width: usize, signed: bool) -> String {
    let sign = if signed { "signed " } else { "" };
    match width {
        1 => sign.to_owned(),
        _ => format!("{sign}[{}:0] ", width - 1),
    }
}

fn parameter(net: &Net, v: i64) -> String {
    format!(
        "  localparam {}{} = {};\n",
        range(net.width, net.signed),
        net.base,
        literal_bits(v.into(), net.width as u32, net.signed)
    )
}

/// Name of the port an atom belongs to.
fn port_name(atom: &str) -> String {
    super::nets::bus_name(atom).unwrap_or(atom).replace('$', "_")
}

fn comment(node: &Node) -> String {
    let text = node.doc.as_ref().map_or("", |doc| doc.text.as_str());
    let mut comment = String::new();
    for line in text.lines() {
        let _ = writeln!(comment, "{}", format!("// {line}").trim_end());
    }
    comment
}

fn ports(node: &Node, nets: &[Net], procedural: &BTreeSet<NetId>) -> String {
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
    let said = node.doc.iter().flat_map(|doc| &doc.ports).find(|p| p.0 == name);
    let said = said.map(|p| p.1.as_str()).unwrap_or_default();
    let is_bus = super::nets::bus_name(&net.key).is_some() && net.class != Class::Clock;
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

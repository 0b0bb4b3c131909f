//! Puts a module together: comment, ports, declarations, instances, assignments, procedures.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rust_hdl::core::ast::VerilogStatement;

use super::collect::Node;
use super::drive::{self, Drivers};
use super::error::EmitError;
use super::ir::{Net, NetId, Role, Stmt};
use super::lower::lower;
use super::nets::Nets;
use super::operand::literal_bits;
use super::print::Printer;
use super::statements::Style;
use super::text::{comment, parameter, ports, range, unread_parts};

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

/// Everything known about a block while its module is written.
pub(super) struct Writer<'a> {
    pub(super) node: &'a Node,
    pub(super) nets: &'a Nets,
    pub(super) block: &'a [Stmt],
    pub(super) printer: Printer<'a>,
    pub(super) drivers: Drivers,
    pub(super) procedural: BTreeSet<NetId>,
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
            let _ = writeln!(
                text,
                "  localparam {}{name} = {width}'d{value};",
                range(width, false)
            );
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
        for net in self
            .nets
            .all
            .iter()
            .filter(|net| net.role == Role::RegisterOutput)
        {
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

    fn assigns(&self, folded: &BTreeSet<NetId>) -> Result<String, EmitError> {
        let mut text = String::new();
        for (id, value) in &self.drivers.single {
            if folded.contains(id) || self.nets.all[*id].role == Role::RegisterClock {
                continue;
            }
            let value = self.printer.value_for(*id, value)?;
            let _ = writeln!(
                text,
                "  assign {} = {value};",
                self.target(*id, Style::Blocking)
            );
        }
        Ok(text)
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

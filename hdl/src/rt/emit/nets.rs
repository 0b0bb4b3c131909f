//! The table of everything a block can name, and the Verilog identifier of each.

use std::collections::{HashMap, HashSet};

use rust_hdl::core::prelude::AtomKind;

use super::collect::{AtomInfo, Class, Node};
use super::error::EmitError;
use super::ir::{Net, NetId, Role};

/// Nets by key, and counts that exist while emitting only.
#[derive(Default)]
pub(super) struct Nets {
    pub(super) all: Vec<Net>,
    by_key: HashMap<String, NetId>,
    pub(super) sizes: HashMap<String, i64>,
    identifiers: HashSet<String>,
}

impl Nets {
    /// Nets of `node`: its ports and locals, and the ports of its children.
    pub(super) fn of(node: &Node) -> Result<Nets, EmitError> {
        let mut nets = Nets::default();
        nets.add_group(node, "", &node.atoms, false)?;
        for child in &node.children {
            match child.register_init() {
                Some(_) => nets.add_register(node, child)?,
                None => nets.add_group(node, &child.name, &child.atoms, true)?,
            }
        }
        Ok(nets)
    }

    pub(super) fn find(&self, key: &str) -> Option<NetId> {
        self.by_key.get(key).copied()
    }

    /// A new identifier as close to `wanted` as possible.
    pub(super) fn fresh(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while !self.identifiers.insert(name.clone()) {
            name = format!("{wanted}_{n}");
            n += 1;
        }
        name
    }

    fn add_register(&mut self, node: &Node, register: &Node) -> Result<(), EmitError> {
        let q = self.identifier(node, &register.name)?;
        let d = self.fresh(&format!("{q}_next"));
        for atom in &register.atoms {
            let (base, role) = match atom.name.as_str() {
                "q" => (q.clone(), Role::RegisterOutput),
                "d" => (d.clone(), Role::RegisterInput),
                _ => (q.clone(), Role::RegisterClock),
            };
            check_class(node, atom)?;
            let key = format!("{}${}", register.name, atom.name);
            self.add(single(key, base, atom, role));
        }
        Ok(())
    }

    fn add_group(
        &mut self,
        node: &Node,
        child: &str,
        atoms: &[AtomInfo],
        is_child: bool,
    ) -> Result<(), EmitError> {
        let prefix = |name: &str| match child {
            "" => name.to_owned(),
            child => format!("{child}${name}"),
        };
        let mut at = 0;
        while let Some(first) = atoms.get(at) {
            check_class(node, first)?;
            if first.class == Class::Size {
                self.sizes.insert(prefix(&first.name), first.value);
                at += 1;
                continue;
            }
            if is_child && !first.kind.is_parameter() {
                at += 1;
                continue;
            }
            let role = role(first, is_child);
            let bus = bus_name(&first.name).filter(|_| first.kind.is_parameter());
            let Some(bus) = bus else {
                let base = self.identifier(node, &prefix(&first.name))?;
                self.add(single(prefix(&first.name), base, first, role));
                at += 1;
                continue;
            };
            let lanes = atoms[at..]
                .iter()
                .take_while(|a| bus_name(&a.name) == Some(bus));
            let lanes: Vec<_> = lanes.collect();
            let base = self.identifier(node, &prefix(bus))?;
            self.add_bus(&base, &lanes, role, &prefix);
            at += lanes.len();
        }
        Ok(())
    }

    fn add_bus(
        &mut self,
        base: &str,
        lanes: &[&AtomInfo],
        role: Role,
        prefix: &dyn Fn(&str) -> String,
    ) {
        let total = lanes.iter().map(|lane| lane.width).sum();
        let mut offset = 0;
        for lane in lanes {
            let net = single(prefix(&lane.name), base.to_owned(), lane, role);
            self.add(Net {
                offset,
                total,
                declared_signed: false,
                ..net
            });
            offset += lane.width;
        }
    }

    fn add(&mut self, net: Net) {
        self.by_key.insert(net.key.clone(), self.all.len());
        self.all.push(net);
    }

    fn identifier(&mut self, node: &Node, name: &str) -> Result<String, EmitError> {
        let identifier = name.replace('$', "_");
        if KEYWORDS.contains(&identifier.as_str()) {
            return Err(EmitError::Keyword {
                block: node.path.clone(),
                name: identifier,
            });
        }
        Ok(self.fresh(&identifier))
    }
}

fn single(key: String, base: String, atom: &AtomInfo, role: Role) -> Net {
    Net {
        key,
        base,
        offset: 0,
        width: atom.width,
        total: atom.width,
        signed: atom.signed,
        declared_signed: atom.signed,
        class: atom.class.clone(),
        role,
    }
}

fn role(atom: &AtomInfo, is_child: bool) -> Role {
    match (atom.kind, is_child) {
        (AtomKind::InputParameter, false) => Role::Input,
        (AtomKind::InputParameter, true) => Role::ChildInput,
        (AtomKind::OutputParameter, true) => Role::ChildOutput,
        (AtomKind::OutputParameter, false) => Role::Output,
        (AtomKind::Constant, _) => Role::Constant(atom.value),
        _ => Role::Local,
    }
}

fn check_class(node: &Node, atom: &AtomInfo) -> Result<(), EmitError> {
    if let Class::Foreign(name) = &atom.class {
        return Err(EmitError::Unsupported {
            block: node.path.clone(),
            what: format!("the signal `{}` of type `{name}`", atom.name),
            instead: "its operators wrap: use `Sig` or `Flag`".to_owned(),
        });
    }
    if atom.kind == AtomKind::InOutParameter {
        return Err(EmitError::Unsupported {
            block: node.path.clone(),
            what: format!("the bidirectional port `{}`", atom.name),
            instead: "drive pins in a hand-written leaf".to_owned(),
        });
    }
    Ok(())
}

/// `a` for `a$3` and `a$1$2`; nothing for a signal that is not part of a `Vec`.
pub(super) fn bus_name(name: &str) -> Option<&str> {
    let mut rest = name;
    while let Some((head, tail)) = rest.rsplit_once('$') {
        if tail.is_empty() || !tail.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        rest = head;
    }
    (rest.len() < name.len()).then_some(rest)
}

/// Words of Verilog and SystemVerilog that a Rust field could be named by.
const KEYWORDS: &[&str] = &[
    "alias",
    "always",
    "and",
    "assert",
    "assign",
    "assume",
    "automatic",
    "before",
    "begin",
    "bind",
    "bins",
    "bit",
    "buf",
    "byte",
    "case",
    "cell",
    "chandle",
    "checker",
    "class",
    "clocking",
    "config",
    "constraint",
    "context",
    "cover",
    "cross",
    "deassign",
    "default",
    "defparam",
    "design",
    "disable",
    "dist",
    "edge",
    "end",
    "endcase",
    "event",
    "expect",
    "export",
    "extends",
    "final",
    "first_match",
    "force",
    "forever",
    "fork",
    "forkjoin",
    "function",
    "generate",
    "genvar",
    "global",
    "implies",
    "import",
    "incdir",
    "include",
    "initial",
    "inout",
    "input",
    "inside",
    "instance",
    "int",
    "integer",
    "interface",
    "intersect",
    "join",
    "large",
    "liblist",
    "library",
    "local",
    "localparam",
    "logic",
    "longint",
    "medium",
    "modport",
    "module",
    "nand",
    "negedge",
    "new",
    "nexttime",
    "nor",
    "not",
    "null",
    "or",
    "output",
    "package",
    "packed",
    "parameter",
    "posedge",
    "primitive",
    "priority",
    "program",
    "property",
    "protected",
    "pulldown",
    "pullup",
    "rand",
    "randc",
    "randcase",
    "real",
    "realtime",
    "reg",
    "release",
    "repeat",
    "restrict",
    "scalared",
    "sequence",
    "shortint",
    "signed",
    "small",
    "soft",
    "solve",
    "specify",
    "specparam",
    "string",
    "strong",
    "supply0",
    "supply1",
    "table",
    "tagged",
    "task",
    "time",
    "timescale",
    "tran",
    "tri",
    "tri0",
    "tri1",
    "triand",
    "trior",
    "trireg",
    "typedef",
    "union",
    "unique",
    "unique0",
    "unsigned",
    "until",
    "untyped",
    "use",
    "uwire",
    "var",
    "vectored",
    "virtual",
    "void",
    "wait",
    "wand",
    "weak",
    "wildcard",
    "wire",
    "with",
    "within",
    "wor",
    "xnor",
    "xor",
];

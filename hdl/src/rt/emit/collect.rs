//! Walks a block and writes down what it is made of: atoms, children, statements.

use rust_hdl::core::prelude::*;

use crate::rt::constant::{DOC_TYPE, SIZE_TYPE};
use crate::rt::register::REGISTER_MARK;

/// What kind of value an atom holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Integer of this crate.
    Integer,
    /// Truth value.
    Flag,
    /// Clock.
    Clock,
    /// State of an enum: its variants, as `Type::Variant`.
    State(Vec<String>),
    /// A count that exists while emitting only.
    Size,
    /// A type of rust-hdl whose operators wrap: refused.
    Foreign(String),
}

/// A signal or constant of a block.
#[derive(Clone, Debug)]
pub(super) struct AtomInfo {
    pub(super) name: String,
    pub(super) kind: AtomKind,
    pub(super) width: usize,
    pub(super) signed: bool,
    pub(super) class: Class,
    /// Value of a constant.
    pub(super) value: i64,
}

/// Name and comments of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct DocInfo {
    pub(super) module: String,
    pub(super) text: String,
    pub(super) ports: Vec<(String, String)>,
}

/// A block.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) atoms: Vec<AtomInfo>,
    pub(super) children: Vec<Node>,
    pub(super) code: Verilog,
    pub(super) doc: Option<DocInfo>,
}

impl Node {
    /// Initial value, if this is a register.
    pub(super) fn register_init(&self) -> Option<i64> {
        let Verilog::Custom(text) = &self.code else {
            return None;
        };
        text.strip_prefix(REGISTER_MARK)?.trim().parse().ok()
    }
}

/// The tree below `block`.
pub(super) fn collect(name: &str, block: &dyn Block) -> Option<Node> {
    let mut collector = Collector::default();
    block.accept(name, &mut collector);
    collector.root
}

#[derive(Default)]
struct Collector {
    open: Vec<Node>,
    namespace: Vec<String>,
    root: Option<Node>,
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, name: &str, block: &dyn Block) {
        let path = match self.open.last() {
            Some(parent) => format!("{}.{name}", parent.path),
            None => name.to_owned(),
        };
        self.open.push(Node {
            name: name.to_owned(),
            path,
            atoms: Vec::new(),
            children: Vec::new(),
            code: block.hdl(),
            doc: None,
        });
    }

    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        let Some(node) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }

    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.namespace.push(name.to_owned());
    }

    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let Some(node) = self.open.last_mut() else {
            return;
        };
        let descriptor = atom.descriptor();
        if descriptor.name == DOC_TYPE {
            node.doc = Some(doc(&descriptor));
            return;
        }
        let mut path = self.namespace.clone();
        path.push(name.to_owned());
        node.atoms.push(AtomInfo {
            name: path.join("$"),
            kind: atom.kind(),
            width: atom.bits(),
            signed: matches!(descriptor.kind, TypeKind::Signed(_)),
            class: class(&descriptor),
            value: constant_value(atom),
        });
    }
}

fn class(descriptor: &TypeDescriptor) -> Class {
    match (descriptor.name.as_str(), &descriptor.kind) {
        (_, TypeKind::Enum(variants)) => Class::State(variants.clone()),
        ("integer", _) => Class::Integer,
        ("flag" | "Bit", _) => Class::Flag,
        ("clock", _) => Class::Clock,
        (SIZE_TYPE, _) => Class::Size,
        (other, _) => Class::Foreign(other.to_owned()),
    }
}

fn doc(descriptor: &TypeDescriptor) -> DocInfo {
    let TypeKind::Composite(fields) = &descriptor.kind else {
        return DocInfo::default();
    };
    let mut texts = fields
        .iter()
        .map(|f| (f.fieldname.clone(), f.kind.name.clone()));
    let module = texts.next().map(|t| t.1).unwrap_or_default();
    let text = texts.next().map(|t| t.1).unwrap_or_default();
    DocInfo {
        module,
        text,
        ports: texts.collect(),
    }
}

/// A `VerilogLiteral` shows its value only as text.
fn constant_value(atom: &dyn Atom) -> i64 {
    if atom.kind() != AtomKind::Constant {
        return 0;
    }
    literal_value(&atom.verilog()).map_or(0, |v| v as i64)
}

/// Value of a literal, if it is not negative and fits 64 bits.
pub(super) fn literal_value(literal: &VerilogLiteral) -> Option<u64> {
    let text = format!("{literal:x}");
    let (_, digits) = text.split_once("'h")?;
    u64::from_str_radix(digits, 16).ok()
}

/// Whether a literal was written `true` or `false`.
pub(super) fn is_bool_literal(literal: &VerilogLiteral) -> bool {
    literal.to_string().starts_with("1'")
}

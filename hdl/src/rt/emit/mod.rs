//! Verilog of a block: one module for each distinct body, registers as non-blocking assignments, lanes
//! as parts of packed vectors, explicit widths everywhere.
//!
//! `collect` walks the block, `nets` names everything in it, `lower` unrolls its statements, `drive` sorts
//! them by what they drive, `print` turns expressions into text, `module` puts a module together from `text`,
//! `instances` and `statements`.

mod collect;
mod drive;
mod error;
mod index;
mod instances;
mod ir;
mod lower;
mod module;
mod nets;
mod operand;
mod print;
mod range;
mod statements;
mod text;

use std::collections::HashMap;

use rust_hdl::core::prelude::{Block, Verilog};

pub use error::EmitError;

use collect::Node;

/// A Verilog module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Its text, from the opening comment to `endmodule`.
    pub text: String,
}

/// Verilog of `block`: all modules it consists of, children first, the last one called `name`.
pub fn emit(name: &str, block: &dyn Block) -> Result<String, EmitError> {
    let modules = emit_modules(name, block)?;
    let texts: Vec<_> = modules.into_iter().map(|m| m.text).collect();
    Ok(texts.join("\n"))
}

/// The modules of `block`, children before parents, the last one called `name`.
pub fn emit_modules(name: &str, block: &dyn Block) -> Result<Vec<Module>, EmitError> {
    let no_logic = || EmitError::NoLogic {
        block: name.to_owned(),
    };
    let mut node = collect::collect(name, block).ok_or_else(no_logic)?;
    let doc = node.doc.get_or_insert_default();
    doc.module = name.to_owned();
    let mut emitter = Emitter::default();
    emitter.names.insert(name.to_owned(), 1);
    emitter.node(&node, Some(name))?;
    Ok(emitter.modules)
}

#[derive(Default)]
struct Emitter {
    modules: Vec<Module>,
    /// Name of the module with a given text (from the opening comment on, name left out).
    known: HashMap<(String, String), String>,
    names: HashMap<String, usize>,
}

impl Emitter {
    /// Emits `node` and everything below it; returns the name of its module.
    fn node(&mut self, node: &Node, fixed_name: Option<&str>) -> Result<String, EmitError> {
        let mut kinds = Vec::new();
        for child in &node.children {
            kinds.push(match child.register_init() {
                Some(_) => String::new(),
                None => self.node(child, None)?,
            });
        }
        let (comment, body) = match &node.code {
            Verilog::Combinatorial(code) => module::of_statements(node, &kinds, code)?,
            Verilog::Custom(text) => module::of_text(node, text)?,
            Verilog::Wrapper(wrapper) => {
                self.add_cores(&wrapper.cores);
                module::of_text(node, &wrapper.code)?
            }
            Verilog::Empty | Verilog::Blackbox(_) => {
                return Err(EmitError::NoLogic {
                    block: node.path.clone(),
                });
            }
        };
        let key = (comment.clone(), body.clone());
        if let (Some(known), None) = (self.known.get(&key), fixed_name) {
            return Ok(known.clone());
        }
        let name = match fixed_name {
            Some(name) => name.to_owned(),
            None => self.unique(&wanted_name(node)),
        };
        self.modules.push(Module {
            text: format!("{comment}module {name} {body}endmodule\n"),
            name: name.clone(),
        });
        self.known.insert(key, name.clone());
        Ok(name)
    }

    fn unique(&mut self, wanted: &str) -> String {
        let count = self.names.entry(wanted.to_owned()).or_insert(0);
        *count += 1;
        match count {
            1 => wanted.to_owned(),
            n => {
                let next = format!("{wanted}_{n}");
                self.unique(&next)
            }
        }
    }

    /// Declarations of vendor cells that a leaf needs, once each.
    fn add_cores(&mut self, cores: &str) {
        let text = format!("{}\n", cores.trim());
        if text.trim().is_empty() || self.modules.iter().any(|m| m.text == text) {
            return;
        }
        self.modules.push(Module {
            name: String::new(),
            text,
        });
    }
}

/// The name its `Doc` asks for, or the name of the field.
fn wanted_name(node: &Node) -> String {
    let asked = node.doc.as_ref().map(|doc| doc.module.clone());
    asked.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        nets::bus_name(&node.name)
            .unwrap_or(&node.name)
            .replace('$', "_")
    })
}

//! The JSON netlists of yosys and nextpnr.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// One bit of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Bit {
    /// A net.
    Net(u32),
    /// `0`, `1`, `x` or `z`.
    Constant(String),
}

/// A port of the top module, lowest bit first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TopPort {
    /// `input` or `output`.
    pub direction: String,
    /// Nets.
    pub bits: Vec<Bit>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Cell {
    /// Name, for messages.
    #[serde(skip)]
    pub name: String,
    /// Which cell of the vendor's library.
    #[serde(rename = "type")]
    pub kind: String,
    /// Parameters: numbers as binary digits, words as they are.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Notes of the tools.
    #[serde(default)]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Nets at each port, lowest bit first.
    pub connections: BTreeMap<String, Vec<Bit>>,
}

impl Cell {
    /// Where nextpnr put it.
    pub fn place(&self) -> Option<&str> {
        self.attributes.get("NEXTPNR_BEL")?.as_str()
    }
}

/// The top module of a netlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Netlist {
    /// Ports by name.
    pub ports: BTreeMap<String, TopPort>,
    /// Cells, in the order of their names.
    pub cells: Vec<Cell>,
}

/// A file: modules whose cells are read as `C`.
#[derive(Deserialize)]
pub(crate) struct File<C> {
    modules: BTreeMap<String, Module<C>>,
}

/// A module.
#[derive(Deserialize)]
pub(crate) struct Module<C> {
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    ports: BTreeMap<String, TopPort>,
    #[serde(default = "BTreeMap::new")]
    pub(crate) cells: BTreeMap<String, C>,
}

impl<C> File<C> {
    /// The module that is marked as top, or the only one.
    pub(crate) fn top(self) -> Option<Module<C>> {
        let alone = self.modules.len() == 1;
        let is_top = |module: &Module<C>| alone || module.attributes.contains_key("top");
        self.modules.into_values().find(is_top)
    }
}

impl Netlist {
    /// Reads the module that is marked as top, or the only one. `top` is for messages.
    ///
    /// # Errors
    /// [`Error::Netlist`] if the text is no netlist.
    pub fn read(text: &str, top: &str) -> Result<Netlist> {
        let failed = |reason: String| Error::Netlist {
            top: top.to_owned(),
            reason,
        };
        let file: File<serde_json::Value> =
            serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
        let module = file
            .top()
            .ok_or_else(|| failed("no module is marked as top".into()))?;
        let mut cells = Vec::with_capacity(module.cells.len());
        for (name, value) in module.cells {
            let read = serde_json::from_value::<Cell>(value);
            let mut cell = read.map_err(|error| failed(format!("cell `{name}`: {error}")))?;
            // Scopes are notes for debuggers.
            if cell.kind != "$scopeinfo" {
                cell.name = name;
                cells.push(cell);
            }
        }
        Ok(Netlist {
            ports: module.ports,
            cells,
        })
    }
}

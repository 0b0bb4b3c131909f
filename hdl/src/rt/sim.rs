//! A light simulator for one clock: set inputs, let the logic settle, read outputs, tick.
//!
//! No event queue and no threads: a settled state is a fixpoint of `update_all`, and the clock edge is one
//! more pass in which clocked leaves store their inputs (see [`super::clock_edge`]). No register can see
//! another one's new value during the edge, however deep both are.

use std::collections::HashMap;

use rust_hdl::core::prelude::*;

use super::exchange::{self, PortTraffic};

/// Passes after which a block that still changes is taken for a combinational loop.
const MAX_PASSES: usize = 2000;

/// Why a simulation stopped.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The logic does not come to rest.
    #[error(
        "the logic does not settle: a combinational loop runs through {}; put a register into it",
        signals.join(", ")
    )]
    CombinationalLoop {
        /// Paths of signals that still change.
        signals: Vec<String>,
    },
    /// There is no such port.
    #[error("no {direction} port `{name}` (a lane of a bus is `name$0`); ports: {}", ports.join(", "))]
    UnknownPort {
        /// `input` or `output`.
        direction: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        ports: Vec<String>,
    },
}

/// A port of the simulated block. A lane of a bus is a port of its own, named `bus$lane`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Field name; `bus$lane` for a lane.
    pub name: String,
    /// Number of wires.
    pub width: usize,
    /// Two's complement.
    pub signed: bool,
    /// Input (or output).
    pub input: bool,
    id: usize,
}

/// A block under simulation.
pub struct Sim<B: Block> {
    /// The block; its inputs may be assigned directly (`sim.block.a.next = 3.into()`).
    pub block: B,
    ports: Vec<Port>,
    cycles: u64,
}

impl<B: Block> Sim<B> {
    /// Takes a block. Nothing has been evaluated yet: call [`Sim::settle`] or [`Sim::tick`].
    pub fn new(block: B) -> Self {
        let ports = ports(&block);
        Sim {
            block,
            ports,
            cycles: 0,
        }
    }

    /// Ports of the block, clocks left out, in the order of its fields.
    pub fn ports(&self) -> &[Port] {
        &self.ports
    }

    /// Clock edges so far.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Evaluates the combinational logic until nothing changes.
    pub fn settle(&mut self) -> Result<(), SimError> {
        for _ in 0..MAX_PASSES {
            self.block.update_all();
            if !self.block.has_changed() {
                return Ok(());
            }
        }
        let mut changing = Changing::default();
        self.block.accept("top", &mut changing);
        Err(SimError::CombinationalLoop {
            signals: changing.found,
        })
    }

    /// Settles, gives one clock edge, settles again.
    pub fn tick(&mut self) -> Result<(), SimError> {
        self.settle()?;
        let block = &mut self.block;
        exchange::at_clock_edge(|| block.update_all());
        self.cycles += 1;
        self.settle()
    }

    /// Sets an input by name. Takes effect with the next `settle` or `tick`.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), SimError> {
        let id = self.port(name, true)?.id;
        self.set_all(&[(id, value)]);
        Ok(())
    }

    /// Reads an output by name, as of the last `settle` or `tick`.
    pub fn get(&mut self, name: &str) -> Result<i64, SimError> {
        let id = self.port(name, false)?.id;
        Ok(self.get_all(&[id]).first().copied().unwrap_or(0))
    }

    /// Sets all inputs, in the order of [`Sim::ports`].
    pub fn set_inputs(&mut self, values: &[i64]) {
        let inputs = self.ports.iter().filter(|p| p.input).map(|p| p.id);
        let pairs: Vec<_> = inputs.zip(values.iter().copied()).collect();
        self.set_all(&pairs);
    }

    /// Reads all outputs, in the order of [`Sim::ports`].
    pub fn outputs(&mut self) -> Vec<i64> {
        let outputs = self.ports.iter().filter(|p| !p.input);
        let ids: Vec<_> = outputs.map(|p| p.id).collect();
        self.get_all(&ids)
    }

    /// Reads all inputs back, in the order of [`Sim::ports`].
    pub fn inputs(&mut self) -> Vec<i64> {
        let inputs = self.ports.iter().filter(|p| p.input);
        let ids: Vec<_> = inputs.map(|p| p.id).collect();
        self.get_all(&ids)
    }

    fn set_all(&mut self, values: &[(usize, i64)]) {
        let traffic = PortTraffic {
            set: values.iter().copied().collect(),
            ..PortTraffic::default()
        };
        let block = &mut self.block;
        exchange::with_traffic(traffic, || block.connect_all());
    }

    fn get_all(&mut self, ids: &[usize]) -> Vec<i64> {
        let traffic = PortTraffic {
            read: ids.iter().map(|id| (*id, 0)).collect(),
            ..PortTraffic::default()
        };
        let block = &mut self.block;
        let values: HashMap<_, _> = exchange::with_traffic(traffic, || block.connect_all()).read;
        ids.iter()
            .map(|id| values.get(id).copied().unwrap_or(0))
            .collect()
    }

    fn port(&self, name: &str, input: bool) -> Result<&Port, SimError> {
        let candidates = || self.ports.iter().filter(|p| p.input == input);
        candidates()
            .find(|p| p.name == name)
            .ok_or_else(|| SimError::UnknownPort {
                direction: if input { "input" } else { "output" },
                name: name.to_owned(),
                ports: candidates().map(|p| p.name.clone()).collect(),
            })
    }
}

/// Integer and flag ports of a block, clocks left out.
pub(crate) fn ports(block: &dyn Block) -> Vec<Port> {
    let mut ports = Ports::default();
    block.accept("top", &mut ports);
    ports.found
}

/// Whether the block has the port `clock`.
pub(crate) fn has_clock(block: &dyn Block) -> bool {
    let mut ports = Ports::default();
    block.accept("top", &mut ports);
    ports.clocked
}

#[derive(Default)]
struct Ports {
    depth: usize,
    clocked: bool,
    found: Vec<Port>,
}

impl Probe for Ports {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let descriptor = atom.descriptor();
        if self.depth != 1 || !atom.kind().is_parameter() {
            return;
        }
        if descriptor.name == "clock" {
            self.clocked |= name == "clock";
            return;
        }
        self.found.push(Port {
            name: name.to_owned(),
            width: atom.bits(),
            signed: matches!(descriptor.kind, TypeKind::Signed(_)),
            input: atom.kind() == AtomKind::InputParameter,
            id: atom.id(),
        });
    }
}

#[derive(Default)]
struct Changing {
    path: Vec<String>,
    found: Vec<String>,
}

impl Probe for Changing {
    fn visit_start_scope(&mut self, name: &str, _: &dyn Block) {
        self.path.push(name.to_owned());
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.path.pop();
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if atom.changed() && self.found.len() < 8 {
            self.found.push(format!("{}.{name}", self.path.join(".")));
        }
    }
}

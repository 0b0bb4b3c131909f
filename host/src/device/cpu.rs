//! The CPU reference as a device: what all others are compared with. It has no cycles.

use std::sync::Arc;

use super::states::{Begin, check_same_states};
use super::{Device, DeviceError, RunResult, Session, check_inputs};
use crate::program::{Kept, Placement, Program, StateBinding, hidden_bytes};
use systole_quant::integer::{IntGraph, RecurrentState};
use systole_quant::reference::fast::Prepared;
use systole_quant::reference::final_states;

/// Executes the integer graph instead of the program.
pub struct Cpu {
    graph: Arc<IntGraph>,
}

impl Cpu {
    /// The device for one graph. Programs given to it must be compiled from that graph, or keep states and be compiled from
    /// that graph over another number of steps.
    #[must_use]
    pub fn new(graph: Arc<IntGraph>) -> Self {
        Cpu { graph }
    }
}

impl Device for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        let graph = graph_of(&self.graph, program)?;
        Ok(Box::new(CpuSession {
            reference: Prepared::new(&graph)?,
            states: graph.initial_states(),
            given: self.graph.clone(),
            graph,
            program: program.clone(),
            tensors: Vec::new(),
            begin: Begin::Initial,
        }))
    }
}

/// The graph over as many steps as the program has.
fn graph_of(graph: &Arc<IntGraph>, program: &Program) -> Result<Arc<IntGraph>, DeviceError> {
    let shapes = program.inputs.iter().map(|b| b.placement.shape);
    let same = shapes.eq(graph.inputs.iter().map(|&id| graph.tensors[id].shape));
    let Some(binding) = program
        .inputs
        .first()
        .filter(|_| program.keeps_states && !same)
    else {
        return Ok(graph.clone());
    };
    let one = graph.with_steps(1)?;
    let of_one = one
        .inputs
        .first()
        .map(|&id| one.tensors[id].shape.elements());
    let steps = binding.placement.shape.elements() / of_one.unwrap_or(1).max(1);
    Ok(Arc::new(graph.with_steps(steps)?))
}

struct CpuSession {
    /// The graph of the device.
    given: Arc<IntGraph>,
    /// The same over as many steps as the program has.
    graph: Arc<IntGraph>,
    reference: Prepared,
    program: Program,
    tensors: Vec<Vec<i8>>,
    /// What the last run left, of a program that keeps states.
    states: Vec<RecurrentState>,
    begin: Begin,
}

impl Session for CpuSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        check_inputs(&self.program, inputs)?;
        if self.begin.run(&self.program)? {
            self.states = self.graph.initial_states();
        }
        if self.program.keeps_states {
            let trace = self.reference.trace(inputs, &self.states)?;
            self.states = final_states(&self.graph, &trace.steps)?;
            self.tensors = trace.tensors;
        } else {
            self.tensors = self.reference.run_parallel(inputs)?;
        }
        self.begin.done();
        let output = |&id: &usize| self.tensors.get(id).cloned().unwrap_or_default();
        Ok(RunResult {
            outputs: self.graph.outputs.iter().map(output).collect(),
            counters: None,
        })
    }

    /// Tensors of layers, and the hidden states that a program keeps.
    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        let mut layers = self.program.layers.iter();
        let layer = layers.find(|layer| layer.placement.as_ref() == Some(placement));
        if let Some(tensor) = layer.and_then(|layer| self.tensors.get(layer.output)) {
            return Ok(tensor.clone());
        }
        let mut states = self.program.states.iter().zip(&self.states);
        let is_here = |state: &StateBinding| {
            let initial = state.initial.as_ref();
            initial.is_some_and(|initial| initial.place == *placement)
        };
        let state = states.find(|(state, _)| self.program.keeps_states && is_here(state));
        let bytes = state.map(|(binding, state)| hidden_bytes(&state.hidden, binding.hidden_bits));
        bytes.ok_or(DeviceError::Tensor {
            bank: placement.bank,
            address: placement.address,
        })
    }

    fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, DeviceError> {
        let mut states = self.program.states.iter().zip(&self.states);
        let found = states.find(|(known, _)| self.program.keeps_states && known.is_at(state));
        let (_, kept) = found.ok_or_else(|| DeviceError::NoState {
            layer: state.name.clone(),
        })?;
        Ok(match state.kept {
            Kept::Nothing => Vec::new(),
            Kept::Cell => kept.cell.clone(),
            Kept::Hidden => kept.hidden.clone(),
        })
    }

    fn reset_states(&mut self) {
        self.begin = Begin::Initial;
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        check_same_states(&self.program, program)?;
        let graph = graph_of(&self.given, program)?;
        self.reference = Prepared::new(&graph)?;
        self.graph = graph;
        self.program = program.clone();
        Ok(())
    }
}

//! The compiler: from an integer graph to a program for one configuration.
//!
//! 1. `lower`: every layer becomes passes over buffers; weights, parameters and tables are collected.
//! 2. `memory`: buffers get a bank and an address from their lifetimes.
//! 3. `pass`: passes are encoded.
//! 4. [`schedule`]: every instruction gets the earliest start at which no hazard is left.

mod banks;
mod constants;
mod emit;
mod error;
mod homes;
mod lower;
mod memory;
mod pass;
pub mod schedule;
mod summary;
mod tiling;
mod view;
mod window;

use systole_arch::isa::{self, Opcode};
use systole_arch::{Arch, Instruction, map};
use systole_quant::integer::{Cell, IntGraph, LayerOp, TensorId};

pub use error::CompileError;

use crate::program::{Binding, InitialState, Kept, LayerPlan, Placement, Program, StateBinding};
use lower::Lowered;
use memory::Life;
use pass::Step;

/// Compiles a graph for a configuration. Every run of the program begins with the initial states of the graph.
///
/// # Errors
/// The graph is not valid, or does not fit the configuration: which layer, and which value to enlarge.
pub fn compile(graph: &IntGraph, arch: &Arch) -> Result<Program, CompileError> {
    compile_for(graph, arch, false)
}

/// As [`compile`], but each run begins with the states that the run before it left in the device, so that a signal can
/// be fed in chunks ([`IntGraph::with_steps`]). Programs of one network for chunks of different lengths keep their
/// states in the same places.
///
/// # Errors
/// As [`compile`]; [`CompileError::KeptReverse`].
pub fn compile_keeping_states(graph: &IntGraph, arch: &Arch) -> Result<Program, CompileError> {
    compile_for(graph, arch, true)
}

fn compile_for(graph: &IntGraph, arch: &Arch, keeps_states: bool) -> Result<Program, CompileError> {
    graph.validate()?;
    let lowered = lower::lower(graph, arch, keeps_states)?;
    let addresses = plan_memory(graph, arch, &lowered)?;
    let mut instructions = Vec::with_capacity(lowered.steps.len() + 1);
    for step in &lowered.steps {
        let layer = || graph.layers[step.layer()].name.clone();
        let encoded = step.encode(&addresses);
        instructions.push(encoded.map_err(|source| CompileError::Field {
            layer: layer(),
            source,
        })?);
    }
    instructions.push(Instruction::new(Opcode::End));
    check_sizes(instructions.len(), arch)?;
    let starts = schedule::schedule(&mut instructions, arch)?;
    let place = |id: TensorId| {
        lowered.views[id].as_ref().map(|view| {
            let (bank, address) = addresses[view.buffer];
            view.place(bank, address)
        })
    };
    Ok(Program {
        name: graph.name.clone(),
        arch: arch.clone(),
        instructions,
        starts,
        inputs: bindings(graph, &graph.inputs, place),
        outputs: bindings(graph, &graph.outputs, place),
        layers: layer_plans(graph, &lowered, place),
        host_ops: graph.host_ops.clone(),
        states: states(graph, &lowered, &addresses),
        keeps_states,
        weights: lowered.constants.weights,
        parameters: lowered.constants.parameters,
        tables: lowered.constants.tables,
    })
}

fn check_sizes(instructions: usize, arch: &Arch) -> Result<(), CompileError> {
    let (needed, available) = (instructions * isa::WORDS, arch.program_words);
    if instructions > map::TIMESTAMPS {
        return Err(CompileError::Instructions {
            needed: instructions,
            available: map::TIMESTAMPS,
        });
    }
    if needed > available {
        return Err(CompileError::ProgramWords { needed, available });
    }
    Ok(())
}

/// Lifetimes of the buffers, then their addresses.
fn plan_memory(
    graph: &IntGraph,
    arch: &Arch,
    lowered: &Lowered,
) -> Result<Vec<(usize, usize)>, CompileError> {
    let end = lowered.steps.len() + 1;
    let mut lives: Vec<Life> = lowered
        .buffers
        .iter()
        .map(|&bytes| Life {
            bytes,
            first: usize::MAX,
            last: 0,
        })
        .collect();
    let mut touch = |buffer: usize, time: usize| {
        lives[buffer].first = lives[buffer].first.min(time);
        lives[buffer].last = lives[buffer].last.max(time);
    };
    let buffer_of = |id: &TensorId| lowered.views[*id].as_ref().map(|view| view.buffer);
    graph
        .inputs
        .iter()
        .filter_map(buffer_of)
        .for_each(|buffer| touch(buffer, 0));
    graph
        .outputs
        .iter()
        .filter_map(buffer_of)
        .for_each(|buffer| touch(buffer, end));
    let initial = lowered
        .states
        .iter()
        .filter_map(|home| home.initial.as_ref());
    let mut fixed = Vec::new();
    for (view, _) in initial {
        touch(view.buffer, 0);
        if lowered.keeps_states {
            touch(view.buffer, end);
            fixed.push(view.buffer);
        }
    }
    let passes = lowered.steps.iter().map(Step::pass).enumerate();
    for (index, pass) in passes.filter_map(|(index, pass)| Some((index, pass?))) {
        let residual = pass.residual.map(|(path, _)| path.buffer);
        [Some(pass.input), Some(pass.out.buffer), residual]
            .into_iter()
            .flatten()
            .for_each(|b| touch(b, index + 1));
    }
    memory::place(&lives, &fixed, &lowered.banks, arch).map_err(|(time, needed)| {
        let step = lowered.steps.get(time.saturating_sub(1));
        let layer = step.map_or_else(
            || "the inputs".to_string(),
            |step| graph.layers[step.layer()].name.clone(),
        );
        let (available, banks, bank_words) = (arch.bank_bytes(), arch.banks, arch.bank_words);
        CompileError::Activations {
            layer,
            needed,
            available,
            banks,
            bank_words,
        }
    })
}

fn bindings(
    graph: &IntGraph,
    ids: &[TensorId],
    place: impl Fn(TensorId) -> Option<Placement>,
) -> Vec<Binding> {
    let binding = |&id: &TensorId| {
        let tensor = &graph.tensors[id];
        Some(Binding {
            name: tensor.name.clone(),
            placement: place(id)?,
            scale: tensor.scale,
            zero: tensor.zero,
        })
    };
    ids.iter().filter_map(binding).collect()
}

/// Where each recurrent layer keeps its state.
fn states(graph: &IntGraph, lowered: &Lowered, addresses: &pass::Addresses) -> Vec<StateBinding> {
    let binding = |home: &lower::StateHome| {
        let layer = &graph.layers[home.layer];
        let LayerOp::Recurrent(op) = &layer.op else {
            return None;
        };
        let initial = home.initial.as_ref().map(|(view, state)| {
            let (bank, address) = addresses[view.buffer];
            InitialState {
                place: view.place(bank, address),
                bytes: state.bytes.clone(),
                units: state.units.clone(),
            }
        });
        Some(StateBinding {
            name: layer.name.clone(),
            hidden: op.hidden,
            hidden_bits: op.hidden_bits,
            kept: match op.cell {
                Cell::Lstm { .. } => Kept::Cell,
                Cell::Gru { .. } => Kept::Hidden,
                Cell::Rnn { .. } => Kept::Nothing,
            },
            first_unit: home.first_unit,
            initial,
        })
    };
    lowered.states.iter().filter_map(binding).collect()
}

fn layer_plans(
    graph: &IntGraph,
    lowered: &Lowered,
    place: impl Fn(TensorId) -> Option<Placement>,
) -> Vec<LayerPlan> {
    let plan = |(index, layer): (usize, &systole_quant::integer::Layer)| LayerPlan {
        name: layer.name.clone(),
        op: summary::describe(layer),
        macs: summary::macs(graph, layer),
        instructions: lowered.first_step[index]..lowered.first_step[index + 1],
        output: layer.output,
        placement: place(layer.output),
    };
    graph.layers.iter().enumerate().map(plan).collect()
}

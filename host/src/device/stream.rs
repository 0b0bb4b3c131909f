//! A live signal, chunk by chunk: one network on one device, with states that stay in the device.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Device, DeviceError, RunResult, Session, read_states};
use crate::compiler::{CompileError, compile_keeping_states};
use crate::program::Program;
use systole_arch::Arch;
use systole_quant::integer::{ChunkError, IntGraph, RecurrentState};

/// Why a signal cannot be fed in chunks.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The network is not made for it.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// It does not fit the configuration.
    #[error("for chunks of {steps} steps: {source}")]
    Compile {
        /// Steps.
        steps: usize,
        /// Cause.
        source: Box<CompileError>,
    },
    /// A chunk that holds no whole number of steps.
    #[error(
        "a chunk of input `{name}` has {found} elements, one step has {step}\n  hint: feed a whole number of steps, the same for all inputs"
    )]
    Length {
        /// Name of the input.
        name: String,
        /// Elements given.
        found: usize,
        /// Elements of a step.
        step: usize,
    },
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A network that is fed in chunks of any lengths. Each length is a program of its own, compiled when it first occurs; all of
/// them keep their states in the same places of the device.
pub struct Stream {
    graph: IntGraph,
    arch: Arch,
    programs: BTreeMap<usize, Program>,
    /// Steps of the program in the device.
    steps: usize,
    session: Box<dyn Session>,
    /// Name of each input, and elements of one step.
    inputs: Vec<(String, usize)>,
}

impl Stream {
    /// Opens a device for a network; `steps` is the length of the chunks that come first.
    ///
    /// # Errors
    /// The network cannot be fed in chunks, does not fit the configuration, or the device cannot be had.
    pub fn open(
        graph: &IntGraph,
        arch: &Arch,
        device: &dyn Device,
        steps: usize,
    ) -> Result<Self, StreamError> {
        let one = graph.with_steps(1)?;
        let input = |&id: &usize| {
            let tensor = &one.tensors[id];
            (tensor.name.clone(), tensor.shape.elements())
        };
        let inputs = one.inputs.iter().map(input).collect();
        let program = program(graph, arch, steps)?;
        Ok(Stream {
            graph: graph.clone(),
            arch: arch.clone(),
            session: device.prepare(&program)?,
            programs: BTreeMap::from([(steps, program)]),
            steps,
            inputs,
        })
    }

    /// Feeds the next chunk, one tensor for each input. The outputs are those of the steps of the chunk; an output behind the
    /// last step is that of the last step so far.
    ///
    /// # Errors
    /// A chunk of no whole number of steps; what can fail in a device.
    pub fn feed(&mut self, chunk: &[Vec<i8>]) -> Result<RunResult, StreamError> {
        let steps = self.length(chunk)?;
        if steps != self.steps {
            if !self.programs.contains_key(&steps) {
                let program = program(&self.graph, &self.arch, steps)?;
                self.programs.insert(steps, program);
            }
            self.session.load(&self.programs[&steps])?;
            self.steps = steps;
        }
        Ok(self.session.run(chunk)?)
    }

    /// The next chunk is the beginning of a signal.
    pub fn reset(&mut self) {
        self.session.reset_states();
    }

    /// The states after the last chunk, one for each recurrent layer, in the order of the layers.
    ///
    /// # Errors
    /// A lost line.
    pub fn states(&mut self) -> Result<Vec<RecurrentState>, StreamError> {
        let program = &self.programs[&self.steps];
        Ok(read_states(self.session.as_mut(), program)?)
    }

    /// The program of the last chunk.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.programs[&self.steps]
    }

    fn length(&self, chunk: &[Vec<i8>]) -> Result<usize, StreamError> {
        if chunk.len() != self.inputs.len() {
            return Err(StreamError::Device(DeviceError::InputCount {
                expected: self.inputs.len(),
                found: chunk.len(),
            }));
        }
        let lengths = chunk.iter().map(Vec::len);
        let mut steps = None;
        for ((name, step), found) in self.inputs.iter().zip(lengths) {
            let count = found / (*step).max(1);
            if count == 0 || count * step != found || steps.is_some_and(|steps| steps != count) {
                return Err(StreamError::Length {
                    name: name.clone(),
                    found,
                    step: *step,
                });
            }
            steps = Some(count);
        }
        steps.ok_or(StreamError::Chunk(ChunkError::Empty))
    }
}

fn program(graph: &IntGraph, arch: &Arch, steps: usize) -> Result<Program, StreamError> {
    let graph = graph.with_steps(steps)?;
    compile_keeping_states(&graph, arch).map_err(|source| StreamError::Compile {
        steps,
        source: Box::new(source),
    })
}

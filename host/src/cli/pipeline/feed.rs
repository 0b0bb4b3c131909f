//! Samples go through a device whole, or chunk by chunk.

use std::sync::Arc;

use anyhow::Context;
use systole::compiler::{compile, compile_keeping_states};
use systole::device::{Counters, Device, Session, Stream};
use systole::program::Program;
use systole_arch::Arch;
use systole_quant::integer::IntGraph;

/// The program for whole samples, or for chunks of so many steps (at most a whole sample).
pub(crate) fn program(
    graph: &IntGraph,
    arch: &Arch,
    chunk: Option<usize>,
) -> anyhow::Result<Program> {
    let cannot = || format!("cannot compile {} for {}", graph.name, arch.name);
    let Some(chunk) = chunk else {
        return compile(graph, arch).with_context(cannot);
    };
    let steps = chunk.min(graph.steps()?);
    compile_keeping_states(&graph.with_steps(steps)?, arch).with_context(cannot)
}

/// A device with a program in it.
pub(crate) enum Feed {
    /// Samples as they are.
    Whole {
        session: Box<dyn Session>,
        program: Program,
    },
    /// Samples in chunks; the states stay in the device.
    Chunks {
        stream: Stream,
        graph: Arc<IntGraph>,
        chunk: usize,
        steps: usize,
    },
}

/// What one sample gave.
pub(crate) struct Fed {
    pub(crate) outputs: Vec<Vec<i8>>,
    /// Counters of its only or first run.
    pub(crate) counters: Option<Counters>,
    /// Whether the counters of all its runs are as scheduled.
    pub(crate) as_scheduled: bool,
}

impl Feed {
    /// Loads the program that [`program`] gives.
    pub(crate) fn open(
        device: &dyn Device,
        graph: &Arc<IntGraph>,
        program: &Program,
        chunk: Option<usize>,
    ) -> anyhow::Result<Self> {
        let Some(chunk) = chunk else {
            return Ok(Feed::Whole {
                session: device.prepare(program)?,
                program: program.clone(),
            });
        };
        let steps = graph.steps()?;
        Ok(Feed::Chunks {
            stream: Stream::open(graph, &program.arch, device, chunk.min(steps))?,
            graph: graph.clone(),
            chunk,
            steps,
        })
    }

    /// Runs one sample from its beginning to its end.
    pub(crate) fn sample(&mut self, inputs: &[Vec<i8>]) -> anyhow::Result<Fed> {
        match self {
            Feed::Whole { session, program } => {
                let result = session.run(inputs)?;
                Ok(Fed {
                    as_scheduled: as_scheduled(program, result.counters.as_ref()),
                    outputs: result.outputs,
                    counters: result.counters,
                })
            }
            Feed::Chunks {
                stream,
                graph,
                chunk,
                steps,
            } => {
                stream.reset();
                let (mut outputs, mut counters, mut equal) = (Vec::new(), None, true);
                for from in (0..*steps).step_by(*chunk) {
                    let part = graph.cut_steps(inputs, from..from + *chunk)?;
                    let result = stream.feed(&part)?;
                    equal &= as_scheduled(stream.program(), result.counters.as_ref());
                    outputs.push(result.outputs);
                    counters = counters.or(result.counters);
                }
                Ok(Fed {
                    outputs: graph.join_steps(&outputs)?,
                    counters,
                    as_scheduled: equal,
                })
            }
        }
    }
}

/// Total and the start of every instruction; a device without counters has nothing to compare.
fn as_scheduled(program: &Program, counters: Option<&Counters>) -> bool {
    counters.is_none_or(|c| c.cycles == program.cycles() && c.starts == program.starts)
}

//! Recurrent layers step by step: a sequence fed in chunks of one step, every state read out of the device after each.

use systole::device::{Device, Stream, StreamError};

use super::expected::is_for_size;
use super::{Bench, Expected, Mismatch, Tally};

impl Bench {
    /// Hidden and cell states of every step, and the cycles; nothing for networks that cannot be fed in chunks (reverse
    /// layers).
    pub(super) fn step_by_step(
        &self,
        device: &dyn Device,
        expected: &Expected,
    ) -> Result<Tally, Mismatch> {
        let (graph, mut tally) = (&expected.graph, Tally::default());
        let Ok(steps) = graph.steps() else {
            return Ok(tally);
        };
        let name = self.subject().name;
        let failed = |source| Mismatch::Stream {
            device: name,
            source: Box::new(source),
        };
        let mut stream = match Stream::open(graph, &expected.program.arch, device, 1) {
            Err(StreamError::Compile { source, .. }) if is_for_size(&source) => return Ok(tally),
            opened => opened.map_err(failed)?,
        };
        for step in 0..steps {
            let chunk = graph.cut_steps(&expected.inputs, step..step + 1);
            let result = stream
                .feed(&chunk.map_err(|error| failed(error.into()))?)
                .map_err(failed)?;
            self.times(stream.program(), &result)?;
            tally.programs += 1;
            tally.cycles += stream.program().cycles();
            let states = stream.states().map_err(failed)?;
            for ((layer, state), steps) in states.iter().enumerate().zip(&expected.steps) {
                let hidden = is_state(&state.hidden, &steps.hidden, step);
                if !hidden || !is_state(&state.cell, &steps.cell, step) {
                    return Err(Mismatch::StepState {
                        device: name,
                        layer,
                        step,
                    });
                }
                tally.states += state.hidden.len() + state.cell.len();
            }
        }
        Ok(tally)
    }
}

/// Whether these are the values of one step.
fn is_state(found: &[i16], all: &[i16], step: usize) -> bool {
    let from = step * found.len();
    all.get(from..from + found.len()) == Some(found)
}

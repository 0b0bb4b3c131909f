//! What a case has to give: every tensor by the plain-loop reference, the start of every instruction by the compiler.

use systole::compiler::{CompileError, compile, schedule};
use systole::program::Program;
use systole_quant::integer::IntGraph;
use systole_quant::reference::{Steps, oracle};

use super::{Case, Mismatch};

/// A case ready to be compared with.
pub struct Expected {
    /// The graph.
    pub graph: IntGraph,
    /// One tensor for each of its inputs.
    pub inputs: Vec<Vec<i8>>,
    /// Every tensor of the graph.
    pub tensors: Vec<Vec<i8>>,
    /// The states of recurrent layers after every step.
    pub steps: Vec<Steps>,
    /// Runs before this one, on the same device.
    pub earlier: Vec<Earlier>,
    /// The compiled program with its predicted times.
    pub program: Program,
}

/// Other inputs, with what they have to give.
pub struct Earlier {
    /// One tensor for each input.
    pub inputs: Vec<Vec<i8>>,
    /// Every tensor of the graph.
    pub tensors: Vec<Vec<i8>>,
    /// The states of recurrent layers after every step.
    pub steps: Vec<Steps>,
}

/// Why a case cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// No output position, a group that does not divide, and the like: only cases that were edited.
    #[error("the fields of the case do not fit each other")]
    Form,
    /// Not enough memory in the configuration.
    #[error("too large for the configuration of this size: {0}")]
    Large(CompileError),
}

impl Expected {
    /// Computes what a case has to give; `Ok(Err(_))` if it cannot be tried.
    ///
    /// # Errors
    /// [`Mismatch`]: the graph is refused, the compiler fails, or the schedule has a hazard.
    pub fn of(case: &Case) -> Result<Result<Self, Unfit>, Mismatch> {
        let Some((graph, inputs)) = case.build() else {
            return Ok(Err(Unfit::Form));
        };
        graph.validate()?;
        let initial = graph.initial_states();
        let trace = oracle::trace(&graph, &inputs, &initial)?;
        let mut earlier = Vec::new();
        for inputs in case.earlier_inputs(&graph) {
            let trace = oracle::trace(&graph, &inputs, &initial)?;
            let (tensors, steps) = (trace.tensors, trace.steps);
            earlier.push(Earlier {
                inputs,
                tensors,
                steps,
            });
        }
        let arch = case.size.arch();
        let program = match compile(&graph, &arch) {
            Ok(program) => program,
            Err(error) if is_for_size(&error) => return Ok(Err(Unfit::Large(error))),
            Err(error) => return Err(Mismatch::Compile(error)),
        };
        schedule::check_schedule(&program.instructions, &arch)?;
        Ok(Ok(Expected {
            graph,
            inputs,
            tensors: trace.tensors,
            steps: trace.steps,
            earlier,
            program,
        }))
    }

    /// Compares one tensor of a device.
    pub(super) fn compare(
        &self,
        device: &'static str,
        tensor: usize,
        found: &[i8],
    ) -> Result<(), Mismatch> {
        self.compare_with(device, &self.tensors, tensor, found)
    }

    /// Compares one tensor of a device with that of any run.
    pub(super) fn compare_with(
        &self,
        device: &'static str,
        tensors: &[Vec<i8>],
        tensor: usize,
        found: &[i8],
    ) -> Result<(), Mismatch> {
        let expected = &tensors[tensor];
        if found == expected {
            return Ok(());
        }
        let at = |values: &[i8], n: usize| values.get(n).copied();
        let elements = expected.len().max(found.len());
        let differs = |&n: &usize| at(expected, n) != at(found, n);
        let first = (0..elements).find(differs).unwrap_or(0);
        let layer = self.graph.layers.iter().find(|l| l.output == tensor);
        Err(Mismatch::Tensor {
            device,
            layer: layer.map_or_else(|| "input".into(), |layer| layer.name.clone()),
            tensor: self.graph.tensors[tensor].name.clone(),
            wrong: (0..elements).filter(differs).count(),
            elements,
            first,
            found: at(found, first).unwrap_or(0),
            expected: at(expected, first).unwrap_or(0),
        })
    }
}

pub(super) fn is_for_size(error: &CompileError) -> bool {
    use CompileError as E;
    matches!(
        error,
        E::Activations { .. }
            | E::Weights { .. }
            | E::Parameters { .. }
            | E::Tables { .. }
            | E::ProgramWords { .. }
            | E::Instructions { .. }
            | E::RecurrentUnits { .. }
    )
}

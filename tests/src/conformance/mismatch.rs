//! What can differ between a device and what is expected of it.

use systole::compiler::CompileError;
use systole::compiler::schedule::Hazard;
use systole::device::{DeviceError, StreamError};
use systole_quant::integer::GraphError;
use systole_quant::reference::ReferenceError;

/// One variant for each kind of difference.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// The suite draws graphs that break a rule.
    #[error("the suite made a graph that is not valid: {0}")]
    Graph(#[from] GraphError),
    /// A CPU reference refuses a valid graph.
    #[error("the CPU reference refuses the graph: {0}")]
    Reference(#[from] ReferenceError),
    /// The compiler refuses it, and not for its size.
    #[error("compiling: {0}")]
    Compile(CompileError),
    /// The program has a hazard that its own scheduler does not see.
    #[error("the schedule: {0}")]
    Schedule(#[from] Hazard),
    /// The device stops with an error.
    #[error("{device}: {source}")]
    Device {
        /// Device.
        device: &'static str,
        /// What it says.
        source: Box<DeviceError>,
    },
    /// A tensor.
    #[error(
        "{device}: tensor '{tensor}' of layer '{layer}': {wrong} of {elements} elements differ; element {first} is {found}, expected {expected}"
    )]
    Tensor {
        /// Device.
        device: &'static str,
        /// Layer that computes it.
        layer: String,
        /// Name.
        tensor: String,
        /// Elements that differ.
        wrong: usize,
        /// All elements.
        elements: usize,
        /// The first one that differs.
        first: usize,
        /// Its value on the device; a missing one counts as 0.
        found: i8,
        /// Its value in the reference.
        expected: i8,
    },
    /// What the state memory holds of a recurrent layer.
    #[error(
        "{device}: state of layer '{layer}' after the last step: {wrong} of {units} units differ; unit {first} is {found}, expected {expected}"
    )]
    State {
        /// Device.
        device: &'static str,
        /// Layer.
        layer: String,
        /// Units that differ.
        wrong: usize,
        /// All units.
        units: usize,
        /// The first one that differs.
        first: usize,
        /// Its value on the device; a missing one counts as 0.
        found: i16,
        /// Its value in the reference.
        expected: i16,
    },
    /// A sequence cannot be fed step by step.
    #[error("{device}: step by step: {source}")]
    Stream {
        /// Device.
        device: &'static str,
        /// What it says.
        source: Box<StreamError>,
    },
    /// Hidden or cell state of a layer that is fed step by step.
    #[error("{device}: state of recurrent layer {layer} differs after step {step}")]
    StepState {
        /// Device.
        device: &'static str,
        /// Number among the recurrent layers.
        layer: usize,
        /// Step.
        step: usize,
    },
    /// The states that the fast CPU reference says a recurrent layer has after every step.
    #[error("{device}: states of recurrent layer {layer}, after all steps, differ")]
    Steps {
        /// Device.
        device: &'static str,
        /// Number among the recurrent layers.
        layer: usize,
    },
    /// The cycle counter.
    #[error("{device}: {found} cycles, predicted {expected}")]
    Cycles {
        /// Device.
        device: &'static str,
        /// Counted.
        found: u64,
        /// Predicted.
        expected: u64,
    },
    /// The time at which an instruction started.
    #[error(
        "{device}: instruction {instruction} started in cycle {found:?}, predicted {expected:?}"
    )]
    Start {
        /// Device.
        device: &'static str,
        /// Which instruction.
        instruction: usize,
        /// Counted.
        found: Option<u64>,
        /// Predicted.
        expected: Option<u64>,
    },
    /// Two devices count different numbers of vectors or beats.
    #[error("{device}: {found:?} vectors and beats, {other} counts {expected:?}")]
    Work {
        /// Device.
        device: &'static str,
        /// Its counters.
        found: [u64; 2],
        /// The device before it.
        other: &'static str,
        /// The counters of that one.
        expected: [u64; 2],
    },
}

impl Mismatch {
    /// For `map_err`.
    pub(super) fn device(device: &'static str) -> impl Fn(DeviceError) -> Self {
        move |source| Mismatch::Device {
            device,
            source: Box::new(source),
        }
    }

    /// Whether a tool or compiler is missing on this machine, so that nothing was compared.
    #[must_use]
    pub fn missing_tool(&self) -> Option<String> {
        use systole_sim::Error as Sim;
        let Mismatch::Device { source, .. } = self else {
            return None;
        };
        match source.as_ref() {
            DeviceError::Simulation(error) if matches!(**error, Sim::ToolMissing { .. }) => {
                Some(error.to_string())
            }
            _ => None,
        }
    }
}

//! Why the CPU reference refuses to run.

use thiserror::Error;

use crate::integer::{GraphError, IntGraph, RecurrentState, check_state};

/// The graph or the data given to the CPU reference cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[allow(missing_docs)]
pub enum ReferenceError {
    /// The graph breaks a rule.
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("model '{model}' has {expected} inputs, {found} were given")]
    InputCount {
        model: String,
        found: usize,
        expected: usize,
    },
    #[error("input '{tensor}' of model '{model}' has {expected} elements, {found} were given")]
    InputSize {
        model: String,
        tensor: String,
        found: usize,
        expected: usize,
    },
    #[error(
        "model '{model}' has {expected} recurrent layers, states of {found} were given: begin with `IntGraph::initial_states`"
    )]
    StateCount {
        model: String,
        found: usize,
        expected: usize,
    },
    #[error("state given to a recurrent layer: {0}")]
    State(GraphError),
    #[error(
        "layer '{layer}' runs from the last step to the first, so the signal cannot be fed in chunks: run the whole sequence at once"
    )]
    Reverse { layer: String },
}

/// Checks that there is one state for each recurrent layer, and that it fits.
pub(crate) fn check_states(
    graph: &IntGraph,
    states: &[RecurrentState],
) -> Result<(), ReferenceError> {
    let expected = graph.recurrent_layers().count();
    if states.len() != expected {
        return Err(ReferenceError::StateCount {
            model: graph.name.clone(),
            found: states.len(),
            expected,
        });
    }
    for ((index, op), state) in graph.recurrent_layers().zip(states) {
        check_state(&graph.layers[index], op, state).map_err(ReferenceError::State)?;
    }
    Ok(())
}

/// Checks that there is one byte vector of the right length for each graph input.
pub(crate) fn check_inputs(
    graph: &crate::integer::IntGraph,
    inputs: &[Vec<i8>],
) -> Result<(), ReferenceError> {
    let model = || graph.name.clone();
    if inputs.len() != graph.inputs.len() {
        return Err(ReferenceError::InputCount {
            model: model(),
            found: inputs.len(),
            expected: graph.inputs.len(),
        });
    }
    for (data, &id) in inputs.iter().zip(&graph.inputs) {
        let tensor = &graph.tensors[id];
        let (found, expected) = (data.len(), tensor.shape.elements());
        if found != expected {
            return Err(ReferenceError::InputSize {
                model: model(),
                tensor: tensor.name.clone(),
                found,
                expected,
            });
        }
    }
    Ok(())
}

//! Rewrites of the float graph that keep its outputs.
//!
//! Each pass lives in its own file and does one thing; [`PIPELINE`] is the order and the reason for it.

mod drop_identities;
mod fold_affine;
mod fold_constants;
mod fold_pad;
mod matmul_to_gemm;
mod record_shapes;
mod remove_unused;
mod resolve_attributes;
mod split_recurrent;

use super::{Graph, RunError};

/// One rewrite.
pub struct Pass {
    /// Name for messages and tests.
    pub name: &'static str,
    /// What it does, in one line.
    pub purpose: &'static str,
    run: fn(&mut Graph) -> Result<(), RunError>,
}

impl Pass {
    /// Rewrites the graph.
    ///
    /// # Errors
    /// An operator that cannot be evaluated, by node name.
    pub fn run(&self, graph: &mut Graph) -> Result<(), RunError> {
        (self.run)(graph)
    }
}

/// All passes in order.
pub const PIPELINE: &[Pass] = &[
    // First, because a Shape node can only be folded when the shape of its input is known.
    Pass {
        name: "record_shapes",
        purpose: "runs the graph on zeros and notes the shape and type of every tensor",
        run: record_shapes::run,
    },
    // Before anything looks for neighbours.
    Pass {
        name: "drop_identities",
        purpose: "removes Identity, Dropout and casts to the same type",
        run: drop_identities::run,
    },
    // Turns shape arithmetic and stored quantized weights into plain constants for the passes below.
    Pass {
        name: "fold_constants",
        purpose: "evaluates nodes that do not depend on the inputs",
        run: fold_constants::run,
    },
    // After folding, because exporters compute the initial state; before anybody looks at recurrent layers.
    Pass {
        name: "split_recurrent",
        purpose: "makes one node of each direction of a recurrent layer, time first, without states that are zero",
        run: split_recurrent::run,
    },
    // Fills in what the file left to defaults, so that no consumer has to know the defaults.
    Pass {
        name: "resolve_attributes",
        purpose: "makes windows explicit and moves constant Clip bounds into the operator",
        run: resolve_attributes::run,
    },
    Pass {
        name: "fold_pad",
        purpose: "moves zero padding in front of a convolution into it",
        run: fold_pad::run,
    },
    // Before fold_affine: a bias or a scale can then be folded into the Gemm.
    Pass {
        name: "matmul_to_gemm",
        purpose: "rewrites products with a constant matrix as Gemm with weights [outputs, inputs]",
        run: matmul_to_gemm::run,
    },
    Pass {
        name: "fold_affine",
        purpose: "folds BatchNormalization and arithmetic with channel constants into Conv and Gemm",
        run: fold_affine::run,
    },
    // Last, to collect what the others left behind.
    Pass {
        name: "remove_unused",
        purpose: "removes nodes and tensors that no output depends on",
        run: remove_unused::run,
    },
];

/// Runs the whole [`PIPELINE`].
///
/// # Errors
/// An operator that cannot be evaluated, by node name.
pub fn simplify(mut graph: Graph) -> Result<Graph, RunError> {
    for pass in PIPELINE {
        pass.run(&mut graph)?;
    }
    Ok(graph)
}

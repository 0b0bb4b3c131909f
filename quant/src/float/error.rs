//! What can go wrong while a float graph runs.

use super::graph::{Graph, Node};
use super::value::ElementType;

/// Why one operator could not be computed. The node is named by [`RunError`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum OpError {
    /// A required input is not connected.
    #[error("input {index} is missing\n  hint: connect it or remove the node")]
    MissingInput { index: usize },
    /// An input holds the wrong kind of elements.
    #[error("input {index} holds {found}, expected {expected}\n  hint: insert a Cast")]
    ElementType {
        index: usize,
        found: ElementType,
        expected: &'static str,
    },
    /// Shapes do not fit each other.
    #[error("{what}: found {found}, expected {expected}\n  hint: check the exporter's shapes")]
    Shape {
        what: &'static str,
        found: String,
        expected: String,
    },
    /// An attribute or a constant parameter has an impossible value.
    #[error(
        "{name}: found {found}, expected {expected}\n  hint: export the model again with a valid value"
    )]
    Attribute {
        name: &'static str,
        found: String,
        expected: String,
    },
    /// A result would not fit into reasonable memory.
    #[error(
        "a tensor of shape {shape:?} has more than {limit} elements\n  hint: check the model's shapes"
    )]
    TooLarge { shape: Vec<usize>, limit: usize },
    /// A legal variant of an operator that is not implemented.
    #[error("{what} is not supported\n  hint: {remedy}")]
    Unsupported {
        what: &'static str,
        remedy: &'static str,
    },
}

/// Why a graph could not be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum RunError {
    /// The caller gave the wrong number of inputs.
    #[error("{graph}: {found} inputs given, expected {expected}: {names}")]
    InputCount {
        graph: String,
        found: usize,
        expected: usize,
        names: String,
    },
    /// The caller gave an input of the wrong shape or type.
    #[error(
        "{graph}: input '{input}' is {found}, expected {expected}\n  hint: convert the data before running"
    )]
    Input {
        graph: String,
        input: String,
        found: String,
        expected: String,
    },
    /// An operator failed.
    #[error("{graph}: node '{node}' ({op}): {source}")]
    Node {
        graph: String,
        node: String,
        op: &'static str,
        source: Box<OpError>,
    },
    /// A tensor is read that nothing produces.
    #[error(
        "{graph}: tensor '{tensor}' has no value: no node, constant or input provides it\n  hint: the model is damaged, export it again"
    )]
    NoValue { graph: String, tensor: String },
}

impl RunError {
    /// An operator failed: names the graph and the node.
    pub(crate) fn node(graph: &Graph, node: &Node, source: OpError) -> Self {
        RunError::Node {
            graph: graph.name.clone(),
            node: node.name.clone(),
            op: node.op.name(),
            source: Box::new(source),
        }
    }
}

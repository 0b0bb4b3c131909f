//! Named tensors and the nodes between them, in an order in which they can be executed.

use std::sync::Arc;

use ndarray::ArrayD;

use super::op::Op;
use super::value::{ElementType, Value};

/// Index of a tensor in [`Graph::tensors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub usize);

/// A model as a graph of float operators with static shapes.
///
/// Invariants: `nodes` is topologically sorted, every tensor has at most one producer, and a tensor with a
/// producer is neither a constant nor an input.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Where the model came from; the first word of every message about it.
    pub name: String,
    /// All tensors, indexed by [`TensorId`]. Passes may leave tensors that no node refers to.
    pub tensors: Vec<Tensor>,
    /// Operators in execution order.
    pub nodes: Vec<Node>,
    /// Tensors the caller provides.
    pub inputs: Vec<TensorId>,
    /// Tensors the caller receives. An output may be a constant or an input.
    pub outputs: Vec<TensorId>,
}

/// One tensor.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Unique name, as in the model file.
    pub name: String,
    /// Dimensions, outermost first. Known for every used tensor once the graph has been imported.
    pub shape: Option<Vec<usize>>,
    /// Kind of the elements; known together with `shape`.
    pub element: Option<ElementType>,
    /// The value, if it does not depend on the inputs.
    pub constant: Option<Arc<Value>>,
}

/// One operator application.
#[derive(Debug, Clone)]
pub struct Node {
    /// The node's name, or the name of its first output if the file gives none.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Inputs by position; `None` is an optional input that is left out.
    pub inputs: Vec<Option<TensorId>>,
    /// Outputs by position; `None` is an output nobody asked for.
    pub outputs: Vec<Option<TensorId>>,
}

impl Graph {
    /// The tensor behind an id of this graph.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The static shape of a tensor; empty if it is not known (before import has recorded shapes).
    pub fn shape(&self, id: TensorId) -> &[usize] {
        self.tensors[id.0].shape.as_deref().unwrap_or(&[])
    }

    /// The value of a constant tensor.
    pub fn constant(&self, id: TensorId) -> Option<&Value> {
        self.tensors[id.0].constant.as_deref()
    }

    /// The value of a constant tensor of real numbers.
    pub fn constant_float(&self, id: TensorId) -> Option<&ArrayD<f32>> {
        self.constant(id).and_then(Value::as_float)
    }

    /// The constant real values of input `index` of `node`.
    pub fn float_input(&self, node: &Node, index: usize) -> Option<&ArrayD<f32>> {
        self.constant_float(node.input(index)?)
    }

    /// Finds a tensor by name.
    pub fn find(&self, name: &str) -> Option<TensorId> {
        self.tensors
            .iter()
            .position(|tensor| tensor.name == name)
            .map(TensorId)
    }

    /// Adds a tensor and returns its id. The caller keeps names unique, see [`Graph::unique_name`].
    pub fn add_tensor(&mut self, tensor: Tensor) -> TensorId {
        self.tensors.push(tensor);
        TensorId(self.tensors.len() - 1)
    }

    /// Adds a constant under a name derived from `name` that no other tensor has.
    pub fn add_constant(&mut self, name: &str, value: Value) -> TensorId {
        let name = self.unique_name(name);
        self.add_tensor(Tensor::constant(name, value))
    }

    /// `name`, or `name.1`, `name.2`, ... if it is taken.
    pub fn unique_name(&self, name: &str) -> String {
        let mut candidate = name.to_string();
        let mut suffix = 0;
        while self.find(&candidate).is_some() {
            suffix += 1;
            candidate = format!("{name}.{suffix}");
        }
        candidate
    }

    /// Index of the node that produces a tensor.
    pub fn producer(&self, id: TensorId) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| node.outputs.contains(&Some(id)))
    }

    /// Indices of the nodes that read a tensor.
    pub fn consumers(&self, id: TensorId) -> Vec<usize> {
        let reads = |node: &Node| node.inputs.contains(&Some(id));
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| reads(node))
            .map(|(index, _)| index)
            .collect()
    }

    /// The one node that reads a tensor, if there is exactly one and the tensor is not a graph output.
    pub fn sole_consumer(&self, id: TensorId) -> Option<usize> {
        match self.consumers(id).as_slice() {
            [only] if !self.outputs.contains(&id) => Some(*only),
            _ => None,
        }
    }
}

impl Node {
    /// Input `index`, if it is present.
    pub fn input(&self, index: usize) -> Option<TensorId> {
        self.inputs.get(index).copied().flatten()
    }

    /// Output `index`, if it is present.
    pub fn output(&self, index: usize) -> Option<TensorId> {
        self.outputs.get(index).copied().flatten()
    }
}

impl Tensor {
    /// A tensor of which only the name is known yet.
    pub fn named(name: impl Into<String>) -> Tensor {
        Tensor {
            name: name.into(),
            shape: None,
            element: None,
            constant: None,
        }
    }

    /// A constant.
    pub fn constant(name: impl Into<String>, value: Value) -> Tensor {
        Tensor {
            name: name.into(),
            shape: Some(value.shape().to_vec()),
            element: Some(value.element_type()),
            constant: Some(Arc::new(value)),
        }
    }
}

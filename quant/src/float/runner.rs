//! Executes a float graph, one operator after the other.
//!
//! This is the reference of everything that follows, so it is plain: values live in a table, each node reads
//! its inputs from there and writes its outputs, and a value is dropped after its last reader.

use ndarray::ArrayD;
use rayon::prelude::*;

use super::error::{OpError, RunError};
use super::graph::{Graph, Node, TensorId};
use super::ops::{self, Inputs};
use super::value::Value;

/// Runs a graph. Cheap to make; may be shared between threads.
#[derive(Debug)]
pub struct Runner<'g> {
    graph: &'g Graph,
    /// For each tensor the index of the last node that reads it.
    last_use: Vec<usize>,
}

/// All values alive at one time, so that a damaged file cannot exhaust the memory.
const MAX_LIVE_ELEMENTS: usize = 4 * ops::MAX_ELEMENTS;

/// Sees a tensor as soon as it has been computed.
type Observer<'o> = dyn FnMut(TensorId, &Value) + 'o;

impl<'g> Runner<'g> {
    /// Prepares a graph for execution.
    pub fn new(graph: &'g Graph) -> Self {
        let mut last_use = vec![0; graph.tensors.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            for id in node.inputs.iter().chain(&node.outputs).flatten() {
                last_use[id.0] = index;
            }
        }
        for id in &graph.outputs {
            last_use[id.0] = usize::MAX;
        }
        Runner { graph, last_use }
    }

    /// Runs the graph once. `inputs` are in the order of [`Graph::inputs`] and have exactly their shapes;
    /// the outputs are in the order of [`Graph::outputs`].
    ///
    /// # Errors
    /// Inputs that do not fit, or an operator that cannot be computed, by node name.
    pub fn run(&self, inputs: &[Value]) -> Result<Vec<Value>, RunError> {
        self.execute(inputs, &mut |_, _| ())
    }

    /// Like [`Runner::run`], and hands out every real-valued tensor: first the inputs, then each node's outputs
    /// in execution order. Constants are not handed out.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn run_observed(
        &self,
        inputs: &[Value],
        observe: &mut dyn FnMut(TensorId, &ArrayD<f32>),
    ) -> Result<Vec<Value>, RunError> {
        self.execute(inputs, &mut |id, value| {
            if let Value::Float(array) = value {
                observe(id, array);
            }
        })
    }

    /// Runs a graph with one input on many images, in parallel. Each image has the shape of the input; the
    /// result holds the outputs of each image, in order.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn run_images(&self, images: &[ArrayD<f32>]) -> Result<Vec<Vec<Value>>, RunError> {
        images
            .par_iter()
            .map(|image| self.run(&[Value::Float(image.clone())]))
            .collect()
    }

    /// Like [`Runner::run`], and hands out every tensor whatever its type.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub(crate) fn execute(
        &self,
        inputs: &[Value],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Value>, RunError> {
        self.check_inputs(inputs)?;
        let mut values: Vec<Option<Value>> = vec![None; self.graph.tensors.len()];
        let mut live = 0;
        for (id, value) in self.graph.inputs.iter().zip(inputs) {
            observe(*id, value);
            live += elements(value);
            values[id.0] = Some(value.clone());
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            let results = self.evaluate(node, &values)?;
            for (id, value) in node.outputs.iter().zip(results) {
                if let Some(id) = id {
                    observe(*id, &value);
                    live += elements(&value);
                    values[id.0] = Some(value);
                }
            }
            if live > MAX_LIVE_ELEMENTS {
                return Err(self.out_of_memory(node, live));
            }
            for id in node.inputs.iter().chain(&node.outputs).flatten() {
                if self.last_use[id.0] == index {
                    live -= values[id.0].take().map_or(0, |value| elements(&value));
                }
            }
        }
        self.graph
            .outputs
            .iter()
            .map(|id| self.lookup(*id, &values).cloned())
            .collect()
    }

    fn out_of_memory(&self, node: &Node, live: usize) -> RunError {
        let source = OpError::TooLarge {
            shape: vec![live],
            limit: MAX_LIVE_ELEMENTS,
        };
        RunError::node(self.graph, node, source)
    }

    fn evaluate(&self, node: &Node, values: &[Option<Value>]) -> Result<Vec<Value>, RunError> {
        let fetch = |input: &Option<TensorId>| input.map(|id| self.lookup(id, values)).transpose();
        let inputs = node
            .inputs
            .iter()
            .map(fetch)
            .collect::<Result<Vec<_>, _>>()?;
        ops::evaluate(&node.op, &Inputs::new(&inputs), node.outputs.len())
            .map_err(|source| RunError::node(self.graph, node, source))
    }

    fn lookup<'v>(
        &'v self,
        id: TensorId,
        values: &'v [Option<Value>],
    ) -> Result<&'v Value, RunError> {
        values[id.0]
            .as_ref()
            .or_else(|| self.graph.constant(id))
            .ok_or_else(|| RunError::NoValue {
                graph: self.graph.name.clone(),
                tensor: self.graph.tensor(id).name.clone(),
            })
    }

    fn check_inputs(&self, inputs: &[Value]) -> Result<(), RunError> {
        let graph = self.graph;
        let name = |id: &TensorId| graph.tensor(*id).name.clone();
        if inputs.len() != graph.inputs.len() {
            return Err(RunError::InputCount {
                graph: graph.name.clone(),
                found: inputs.len(),
                expected: graph.inputs.len(),
                names: graph.inputs.iter().map(name).collect::<Vec<_>>().join(", "),
            });
        }
        for (id, value) in graph.inputs.iter().zip(inputs) {
            let tensor = graph.tensor(*id);
            let shape_fits = tensor
                .shape
                .as_deref()
                .is_none_or(|shape| shape == value.shape());
            let element_fits = tensor
                .element
                .is_none_or(|element| element == value.element_type());
            if !(shape_fits && element_fits) {
                return Err(RunError::Input {
                    graph: graph.name.clone(),
                    input: tensor.name.clone(),
                    found: format!("{}{:?}", value.element_type(), value.shape()),
                    expected: format!(
                        "{}{:?}",
                        tensor.element.unwrap_or(value.element_type()),
                        tensor.shape.as_deref().unwrap_or(value.shape())
                    ),
                });
            }
        }
        Ok(())
    }
}

fn elements(value: &Value) -> usize {
    value.shape().iter().product()
}

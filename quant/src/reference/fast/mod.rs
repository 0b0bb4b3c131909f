//! The fast CPU reference: the same bytes as the oracle, for whole data sets.
//!
//! Convolutions and recurrent layers are sums of products of bytes (see `products`), in the vector instructions that the
//! processor has (see `lanes`); what follows them is the arithmetic of [`crate::numerics`]. Functions of one byte are tables.

mod conv;
mod depthwise;
mod element_wise;
mod finish;
mod image;
mod lanes;
mod layout;
mod pool;
mod products;
mod recurrent;

use rayon::prelude::*;

use super::error::{check_inputs, check_states};
use super::{ReferenceError, Steps, Trace};
use crate::integer::{IntGraph, IntTensor, Layer, LayerOp, RecurrentState};
use conv::Dense;
use depthwise::Depthwise;
use element_wise::{Terms, terms};
pub use lanes::Instructions;
use recurrent::Sequence;

/// Runs a graph and returns every tensor, in the order of [`IntGraph::tensors`], NHWC.
///
/// `inputs` holds one vector for each of [`IntGraph::inputs`]. Whoever runs more than one image prepares the graph
/// once, see [`Prepared`].
///
/// # Errors
/// The graph is not valid, or the inputs do not fit it.
pub fn run(graph: &IntGraph, inputs: &[Vec<i8>]) -> Result<Vec<Vec<i8>>, ReferenceError> {
    Prepared::new(graph)?.run(inputs)
}

/// A valid graph with its weights in the order the matrix products read them.
pub struct Prepared {
    graph: IntGraph,
    steps: Vec<Step>,
    instructions: Instructions,
}

/// What is computed once for a layer.
enum Step {
    Dense(Dense),
    Depthwise(Depthwise),
    Add([Terms; 2]),
    Table(Vec<i8>),
    Recurrent(Sequence),
    /// The operator needs nothing but its description.
    Plain,
}

/// Values of an operand together with its type.
#[derive(Clone, Copy)]
struct Operand<'a> {
    tensor: &'a IntTensor,
    values: &'a [i8],
}

impl Prepared {
    /// Checks a graph and packs its weights.
    ///
    /// # Errors
    /// The graph is not valid.
    pub fn new(graph: &IntGraph) -> Result<Self, ReferenceError> {
        Self::with_instructions(graph, Instructions::best())
    }

    /// As [`Prepared::new`], for instructions that are not the fastest ones: to compare them.
    ///
    /// # Errors
    /// The graph is not valid.
    pub fn with_instructions(
        graph: &IntGraph,
        instructions: Instructions,
    ) -> Result<Self, ReferenceError> {
        graph.validate()?;
        let steps = graph.layers.iter().map(|layer| prepare(graph, layer));
        Ok(Self {
            steps: steps.collect(),
            graph: graph.clone(),
            instructions,
        })
    }

    /// Runs one image on one thread and returns every tensor, in the order of [`IntGraph::tensors`].
    ///
    /// # Errors
    /// The inputs do not fit the graph.
    pub fn run(&self, inputs: &[Vec<i8>]) -> Result<Vec<Vec<i8>>, ReferenceError> {
        Ok(self
            .execute(inputs, &self.graph.initial_states(), false)?
            .tensors)
    }

    /// As [`Prepared::run`], from given states of the recurrent layers (see [`IntGraph::initial_states`]); returns their
    /// states after every step as well.
    ///
    /// # Errors
    /// The inputs or the states do not fit the graph.
    pub fn trace(
        &self,
        inputs: &[Vec<i8>],
        states: &[RecurrentState],
    ) -> Result<Trace, ReferenceError> {
        self.execute(inputs, states, false)
    }

    /// As [`Prepared::run`], the pixels of each convolution shared among the threads of rayon's current pool.
    ///
    /// # Errors
    /// The inputs do not fit the graph.
    pub fn run_parallel(&self, inputs: &[Vec<i8>]) -> Result<Vec<Vec<i8>>, ReferenceError> {
        let parallel = rayon::current_num_threads() > 1;
        Ok(self
            .execute(inputs, &self.graph.initial_states(), parallel)?
            .tensors)
    }

    /// Runs many images, shared among the threads of rayon's current pool. For each image, its tensors of
    /// [`IntGraph::outputs`], in that order.
    ///
    /// # Errors
    /// The inputs of an image do not fit the graph.
    pub fn run_batch(&self, images: &[Vec<Vec<i8>>]) -> Result<Vec<Vec<Vec<i8>>>, ReferenceError> {
        let outputs = |mut tensors: Vec<Vec<i8>>| {
            let mut take = |(n, &id): (usize, &usize)| {
                let again = self.graph.outputs[n + 1..].contains(&id);
                if again {
                    tensors[id].clone()
                } else {
                    std::mem::take(&mut tensors[id])
                }
            };
            self.graph
                .outputs
                .iter()
                .enumerate()
                .map(&mut take)
                .collect()
        };
        let one = |inputs: &Vec<Vec<i8>>| self.run(inputs).map(outputs);
        images.par_iter().map(one).collect()
    }

    fn execute(
        &self,
        inputs: &[Vec<i8>],
        states: &[RecurrentState],
        parallel: bool,
    ) -> Result<Trace, ReferenceError> {
        check_inputs(&self.graph, inputs)?;
        check_states(&self.graph, states)?;
        let mut steps: Vec<Steps> = Vec::with_capacity(states.len());
        let mut values = vec![Vec::new(); self.graph.tensors.len()];
        for (&id, data) in self.graph.inputs.iter().zip(inputs) {
            values[id].clone_from(data);
        }
        for (layer, step) in self.graph.layers.iter().zip(&self.steps) {
            values[layer.output] = match (&layer.op, step) {
                (LayerOp::Recurrent(op), Step::Recurrent(sequence)) => {
                    let id = layer.inputs[0];
                    let x = Operand {
                        tensor: &self.graph.tensors[id],
                        values: &values[id],
                    };
                    let (y, all) = sequence.run(op, x, &states[steps.len()], self.instructions);
                    steps.push(all);
                    y
                }
                _ => self.run_layer(layer, step, &values, parallel),
            };
        }
        Ok(Trace {
            tensors: values,
            steps,
        })
    }

    fn run_layer(&self, layer: &Layer, step: &Step, values: &[Vec<i8>], parallel: bool) -> Vec<i8> {
        let y = &self.graph.tensors[layer.output];
        let operand = |id: &usize| Operand {
            tensor: &self.graph.tensors[*id],
            values: &values[*id],
        };
        let operands: Vec<Operand<'_>> = layer.inputs.iter().map(operand).collect();
        let x = operands[0];
        match (&layer.op, step) {
            (LayerOp::Conv(op), Step::Dense(dense)) => dense.run(
                op,
                x,
                operands.get(1).copied(),
                y,
                self.instructions,
                parallel,
            ),
            (LayerOp::Conv(op), Step::Depthwise(depthwise)) => {
                depthwise.run(op, x, operands.get(1).copied(), y, self.instructions)
            }
            (LayerOp::Add { clamp, .. }, Step::Add(tables)) => {
                element_wise::add(tables, *clamp, x, operands[1], y)
            }
            (_, Step::Table(table)) => element_wise::table(table, x),
            (LayerOp::MaxPool(op), _) => pool::max_pool(&op.window, x, y),
            (LayerOp::AveragePool(op), _) => pool::average_pool(op, x, y),
            (LayerOp::Concat(op), _) => layout::concat(op.axis, &operands, y),
            (LayerOp::Pad(op), _) => layout::pad(op, x, y),
            (LayerOp::Slice { begin }, _) => layout::slice(*begin, x, y),
            // What remains is a reshape: `prepare` has a step of its own for every other operator.
            _ => x.values.to_vec(),
        }
    }
}

fn prepare(graph: &IntGraph, layer: &Layer) -> Step {
    let (input, output) = (
        &graph.tensors[layer.inputs[0]],
        &graph.tensors[layer.output],
    );
    match &layer.op {
        LayerOp::Conv(op) => match Depthwise::new(op, input, output) {
            Some(depthwise) => Step::Depthwise(depthwise),
            None => Step::Dense(Dense::new(op, input, output)),
        },
        LayerOp::Add { rescale, .. } => Step::Add(rescale.map(terms)),
        LayerOp::Table(table) => Step::Table(table.clone()),
        LayerOp::Requantize { rescale, clamp } => {
            Step::Table(element_wise::requantize(*rescale, output.zero, *clamp))
        }
        LayerOp::MaxPool(_)
        | LayerOp::AveragePool(_)
        | LayerOp::Concat(_)
        | LayerOp::Pad(_)
        | LayerOp::Slice { .. }
        | LayerOp::Reshape => Step::Plain,
        LayerOp::Recurrent(op) => Step::Recurrent(Sequence::new(op)),
    }
}

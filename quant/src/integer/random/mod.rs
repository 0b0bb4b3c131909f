//! Random valid graphs, for everything that is compared with everything: the two CPU references with each other,
//! the compiled program, the RTL. Deterministic: a failure is reproduced by its seed.

mod build;
mod layers;
mod recurrent;
mod source;

use super::{InputLayout, IntGraph, IntTensor, Layer, LayerOp, Shape, TensorId};
pub use layers::Kind;
pub use recurrent::Form;
pub use source::Random;

/// A graph of one layer of the given kind, and inputs for it.
#[must_use]
pub fn one_layer(seed: u64, kind: Kind) -> (IntGraph, Vec<Vec<i8>>) {
    let mut builder = Builder::new(seed);
    builder.layer(kind);
    builder.finish()
}

/// A network of `count` layers with branches, residual operands and concatenations, and inputs for it.
#[must_use]
pub fn network(seed: u64, count: usize) -> (IntGraph, Vec<Vec<i8>>) {
    let mut builder = Builder::new(seed);
    let first = builder.shape();
    builder.input(first);
    for _ in 0..count {
        let kind = *builder.random.pick(&Kind::ALL);
        builder.layer(kind);
    }
    builder.finish()
}

/// Grows a graph layer by layer: of a given form ([`Builder::conv`] and its likes), or whatever [`network`] draws, whose
/// operands are existing tensors where they fit and new inputs otherwise.
pub struct Builder {
    random: Random,
    graph: IntGraph,
}

impl Builder {
    /// An empty graph.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let graph = IntGraph {
            name: format!("random-{seed}"),
            tensors: Vec::new(),
            layers: Vec::new(),
            inputs: Vec::new(),
            input_layouts: Vec::new(),
            outputs: Vec::new(),
            host_ops: Vec::new(),
        };
        Self {
            random: Random::new(seed),
            graph,
        }
    }

    fn shape(&mut self) -> Shape {
        let r = &mut self.random;
        Shape::new(r.between(1, 9), r.between(1, 9), r.between(1, 20))
    }

    fn tensor(&mut self, shape: Shape) -> TensorId {
        let name = format!("t{}", self.graph.tensors.len());
        let scale = f64::from(self.random.between(1, 1000) as u32) / 1024.0;
        let zero = self.random.byte();
        self.graph.tensors.push(IntTensor {
            name,
            shape,
            scale,
            zero,
        });
        self.graph.tensors.len() - 1
    }

    /// A new input.
    pub fn input(&mut self, shape: Shape) -> TensorId {
        let id = self.tensor(shape);
        self.graph.inputs.push(id);
        self.graph.input_layouts.push(InputLayout::of(shape));
        id
    }

    /// Any tensor, most often the newest one.
    fn operand(&mut self) -> TensorId {
        let count = self.graph.tensors.len();
        if count == 0 {
            let shape = self.shape();
            return self.input(shape);
        }
        if self.random.one_in(4) {
            self.random.between(0, count - 1)
        } else {
            count - 1
        }
    }

    /// A tensor of exactly this shape.
    fn operand_of(&mut self, shape: Shape) -> TensorId {
        let found: Vec<TensorId> = (0..self.graph.tensors.len())
            .filter(|&id| self.shape_of(id) == shape)
            .collect();
        if found.is_empty() || self.random.one_in(4) {
            self.input(shape)
        } else {
            *self.random.pick(&found)
        }
    }

    /// Shape of a tensor.
    #[must_use]
    pub fn shape_of(&self, id: TensorId) -> Shape {
        self.graph.tensors[id].shape
    }

    fn push(&mut self, op: LayerOp, inputs: Vec<TensorId>, output: TensorId) {
        let name = format!("{}{}", op.name(), self.graph.layers.len());
        self.graph.layers.push(Layer {
            name,
            op,
            inputs,
            output,
        });
    }

    /// The graph and random inputs for it. Every tensor that nobody reads is an output.
    #[must_use]
    pub fn finish(mut self) -> (IntGraph, Vec<Vec<i8>>) {
        let read = |id: &TensorId| {
            self.graph
                .layers
                .iter()
                .any(|layer| layer.inputs.contains(id))
        };
        self.graph.outputs = (0..self.graph.tensors.len())
            .filter(|id| !read(id))
            .collect();
        self.graph.host_ops = vec![Vec::new(); self.graph.outputs.len()];
        let inputs = inputs(&mut self.random, &self.graph);
        (self.graph, inputs)
    }
}

/// Random bytes for each input of a graph, range ends among them.
#[must_use]
pub fn inputs(random: &mut Random, graph: &IntGraph) -> Vec<Vec<i8>> {
    let one = |&id: &TensorId| {
        (0..graph.tensors[id].shape.elements())
            .map(|_| random.byte())
            .collect()
    };
    graph.inputs.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_graph_is_valid_and_reproducible() {
        for seed in 0..300 {
            for kind in Kind::ALL {
                let (graph, _) = one_layer(seed, kind);
                assert_eq!(graph.validate(), Ok(()), "{kind:?} {seed}");
            }
            for kind in Kind::SEQUENCE {
                let (graph, _) = one_layer(seed, kind);
                assert_eq!(graph.validate(), Ok(()), "{kind:?} {seed}");
            }
            let (graph, data) = network(seed, 8);
            assert_eq!(graph.validate(), Ok(()), "network {seed}");
            assert_eq!(network(seed, 8), (graph, data));
        }
    }
}

//! Which tensors are written straight into the concatenation that reads them.

use systole_quant::integer::{IntGraph, LayerOp, TensorId};

/// Facts about the tensors of a graph that several steps of the compiler need.
#[derive(Debug)]
pub(super) struct Uses {
    /// Layers that read each tensor.
    pub(super) readers: Vec<Vec<usize>>,
    /// Layer that writes each tensor; `None` for graph inputs.
    pub(super) producer: Vec<Option<usize>>,
    pub(super) is_output: Vec<bool>,
    /// Concat layer and operand whose place in the result the tensor is written to.
    pub(super) home: Vec<Option<(usize, usize)>>,
    /// The table layer that is fused into each layer.
    pub(super) fused_table: Vec<Option<usize>>,
    /// The max-pooling layer that the passes of each convolution may compute; `None` where lowering decided against it.
    pub(super) fused_pool: Vec<Option<usize>>,
}

impl Uses {
    pub(super) fn new(graph: &IntGraph, lanes: usize) -> Self {
        let count = graph.tensors.len();
        let mut uses = Self {
            readers: vec![Vec::new(); count],
            producer: vec![None; count],
            is_output: vec![false; count],
            home: vec![None; count],
            fused_table: vec![None; graph.layers.len()],
            fused_pool: vec![None; graph.layers.len()],
        };
        graph
            .outputs
            .iter()
            .for_each(|&id| uses.is_output[id] = true);
        for (index, layer) in graph.layers.iter().enumerate() {
            uses.producer[layer.output] = Some(index);
            layer
                .inputs
                .iter()
                .for_each(|&id| uses.readers[id].push(index));
        }
        uses.fuse_tables(graph);
        uses.fuse_pools(graph);
        uses.find_homes(graph, lanes);
        uses
    }

    /// A table is applied by the pass that computes its operand, if nobody else reads that.
    fn fuse_tables(&mut self, graph: &IntGraph) {
        for (index, layer) in graph.layers.iter().enumerate() {
            let (LayerOp::Table(_), Some(&operand)) = (&layer.op, layer.inputs.first()) else {
                continue;
            };
            let Some(producer) = self.producer[operand] else {
                continue;
            };
            let computes = !matches!(
                graph.layers[producer].op,
                LayerOp::Table(_)
                    | LayerOp::Concat(_)
                    | LayerOp::Reshape
                    | LayerOp::Slice { .. }
                    | LayerOp::Recurrent(_)
            );
            if computes && self.readers[operand].len() == 1 && !self.is_output[operand] {
                self.fused_table[producer] = Some(index);
            }
        }
    }

    /// The passes of a convolution can pool its results, if nobody else reads those, and if no window leaves them.
    fn fuse_pools(&mut self, graph: &IntGraph) {
        for (index, layer) in graph.layers.iter().enumerate() {
            let (LayerOp::MaxPool(pool), Some(&operand)) = (&layer.op, layer.inputs.first()) else {
                continue;
            };
            let Some(producer) = self.producer[operand] else {
                continue;
            };
            let sums = matches!(&graph.layers[producer].op, LayerOp::Conv(conv) if conv.residual.is_none());
            let alone = self.readers[operand].len() == 1 && !self.is_output[operand];
            if sums && alone && pool.window.pads == [0; 4] {
                self.fused_pool[producer] = Some(index);
            }
        }
    }

    /// The layer whose result the passes of a layer write: the last one that is fused into it.
    pub(super) fn last_fused(&self, layer: usize) -> usize {
        let pooled = self.fused_pool[layer].unwrap_or(layer);
        self.fused_table[pooled].unwrap_or(pooled)
    }

    /// Later concatenations first, so that nested ones are written in place as well.
    fn find_homes(&mut self, graph: &IntGraph, lanes: usize) {
        for (index, layer) in graph.layers.iter().enumerate().rev() {
            let LayerOp::Concat(concat) = &layer.op else {
                continue;
            };
            for (operand, &id) in layer.inputs.iter().enumerate() {
                let Some(producer) = self.producer[id] else {
                    continue;
                };
                let plain = match &graph.layers[producer].op {
                    LayerOp::Reshape | LayerOp::Slice { .. } => false,
                    LayerOp::Concat(inner) => {
                        inner.axis != 2 || is_aligned_concat(graph, producer, lanes)
                    }
                    _ => true,
                };
                if plain
                    && self.home[id].is_none()
                    && (concat.axis == 2 || result_is_identity(graph, index, lanes))
                {
                    self.home[id] = Some((index, operand));
                }
            }
        }
    }

    /// Whether no layer after `layer` reads the tensor and the host does not either.
    pub(super) fn dies_at(&self, id: TensorId, layer: usize) -> bool {
        !self.is_output[id] && self.readers[id].iter().all(|&reader| reader <= layer)
    }
}

/// Whether every operand of a channel concatenation but the last has a multiple of `P` channels.
fn is_aligned_concat(graph: &IntGraph, layer: usize, lanes: usize) -> bool {
    let operands = &graph.layers[layer].inputs;
    operands
        .iter()
        .rev()
        .skip(1)
        .all(|&id| graph.tensors[id].shape.c.is_multiple_of(lanes))
}

fn result_is_identity(graph: &IntGraph, layer: usize, lanes: usize) -> bool {
    match &graph.layers[layer].op {
        LayerOp::Concat(concat) => concat.axis != 2 || is_aligned_concat(graph, layer, lanes),
        _ => true,
    }
}

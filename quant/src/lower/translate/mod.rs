//! One float node after the other becomes one layer, a change of view, or an operation of the host.

mod affine;
mod conv;
mod dense;
mod element_wise;
mod errors;
mod host_ops;
mod joins;
mod layout;
mod pad;
mod pool;
mod recurrent;
mod slice;

use std::collections::{HashMap, HashSet};

use super::LowerError;
use super::graph::{FloatLayer, FloatOp, FloatTensor, LoweredGraph};
use super::host::layout_ops;
use super::roles::{input_axes, layout_step};
use super::view::{Axis, View};
use crate::float::{self, Graph, Node, Op};
use crate::integer::{HostOp, InputLayout, Shape, TensorId};

/// Where the value of a float tensor lives.
#[derive(Debug, Clone)]
struct Flow {
    tensor: TensorId,
    view: View,
    /// Operations of the host, once there are any.
    host: Option<Vec<HostOp>>,
}

struct Translator<'g> {
    graph: &'g Graph,
    lowered: LoweredGraph,
    flows: HashMap<float::TensorId, Flow>,
    /// Tensors that are states of recurrent layers and nothing else: no tensors of the accelerator.
    states: HashSet<float::TensorId>,
}

/// Translates a whole graph; nothing is fused yet.
pub(super) fn translate(graph: &Graph) -> Result<LoweredGraph, LowerError> {
    let lowered = LoweredGraph {
        name: graph.name.clone(),
        tensors: Vec::new(),
        layers: Vec::new(),
        inputs: Vec::new(),
        input_layouts: Vec::new(),
        outputs: Vec::new(),
        host_ops: Vec::new(),
    };
    let mut translator = Translator {
        graph,
        lowered,
        flows: HashMap::new(),
        states: HashSet::new(),
    };
    for &id in &graph.inputs {
        translator.input(id)?;
    }
    for node in &graph.nodes {
        translator.node(node)?;
    }
    for &id in &graph.outputs {
        translator.output(id)?;
    }
    Ok(translator.lowered)
}

impl Translator<'_> {
    fn input(&mut self, id: float::TensorId) -> Result<(), LowerError> {
        if self.is_state(id) {
            self.states.insert(id);
            return Ok(());
        }
        let mut dimensions = self.graph.shape(id).to_vec();
        let batch = batch_axis(&dimensions);
        let Some(batch) =
            batch.filter(|_| (2..=4).contains(&dimensions.len()) && !dimensions.contains(&0))
        else {
            let (model, input) = (self.graph.name.clone(), self.graph.tensor(id).name.clone());
            return Err(LowerError::InputShape {
                model,
                input,
                shape: dimensions,
            });
        };
        dimensions.remove(batch);
        let axes = input_axes(self.graph, id, batch);
        let extent = |axis| {
            axes.iter()
                .position(|&a| a == axis)
                .map_or(1, |at| dimensions[at])
        };
        let shape = Shape::new(extent(Axis::H), extent(Axis::W), extent(Axis::C));
        let mut names: Vec<_> = axes.iter().copied().map(Some).collect();
        names.insert(batch, None);
        let tensor = self.add_tensor(id, shape, View::new(&names, shape));
        let mut permutation: Vec<usize> = (0..axes.len()).collect();
        permutation.sort_by_key(|&at| axes[at]);
        self.lowered.input_layouts.push(InputLayout {
            shape: dimensions,
            permutation,
        });
        self.lowered.inputs.push(tensor);
        Ok(())
    }

    fn output(&mut self, id: float::TensorId) -> Result<(), LowerError> {
        if self.states.contains(&id) {
            // Whoever runs the graph gets the states anyway.
            return Ok(());
        }
        let Some(flow) = self.flows.get(&id) else {
            let (model, output) = (self.graph.name.clone(), self.graph.tensor(id).name.clone());
            return Err(LowerError::ConstantOutput { model, output });
        };
        self.lowered.outputs.push(flow.tensor);
        let ops = flow
            .host
            .clone()
            .unwrap_or_else(|| layout_ops(&flow.view, self.graph.shape(id)));
        self.lowered.host_ops.push(ops);
        Ok(())
    }

    fn node(&mut self, node: &Node) -> Result<(), LowerError> {
        let of_state = node.input(0).is_some_and(|id| self.states.contains(&id));
        match &node.op {
            Op::Transpose { .. }
            | Op::Slice { .. }
            | Op::Concat { .. }
            | Op::Identity
            | Op::Squeeze { .. }
                if of_state =>
            {
                self.states.extend(node.output(0));
                Ok(())
            }
            Op::Recurrent(op) => self.recurrent(node, op),
            Op::Gather { axis } => self.gather(node, *axis),
            Op::Slice { .. } => self.slice(node),
            Op::Conv(op) => self.conv(node, op),
            Op::Gemm(op) => self.gemm(node, op),
            Op::MatMul => self.matmul(node),
            Op::MaxPool(op) => self.max_pool(node, op),
            Op::AveragePool(op) => self.average_pool(node, op),
            Op::GlobalAveragePool => self.global_pool(node, true),
            Op::GlobalMaxPool => self.global_pool(node, false),
            Op::ReduceMean(op) => self.reduce_mean(node, op),
            Op::BatchNormalization { epsilon } => self.batch_normalization(node, *epsilon),
            Op::Add | Op::Sub | Op::Mul | Op::Div => self.arithmetic(node),
            Op::Concat { axis } => self.concat(node, *axis),
            Op::Pad(op) => self.pad(node, op),
            Op::Softmax(op) => self.softmax(node, op),
            Op::ArgMax {
                axis,
                keep_dims: _,
                select_last,
            } => self.arg_max(node, *axis, *select_last),
            op => match element_wise::function(self, node, op)? {
                Some(function) => self.function(node, function),
                None => self.layout(node),
            },
        }
    }

    /// The value of operand `index`, which must be an activation on the accelerator.
    fn flow(&self, node: &Node, index: usize) -> Result<Flow, LowerError> {
        let flow = node.input(index).and_then(|id| self.flows.get(&id));
        let flow = flow.ok_or_else(|| self.not_activation(node, index))?;
        if flow.host.is_some() {
            return Err(self.unsupported(
                node,
                "Softmax and ArgMax run on the host, so only at the end of a model",
            ));
        }
        Ok(flow.clone())
    }

    fn shape(&self, flow: &Flow) -> Shape {
        self.lowered.tensors[flow.tensor].shape
    }

    /// Dimensions of the node's first output in the float graph.
    fn result_dimensions(&self, node: &Node) -> Vec<usize> {
        node.output(0)
            .map(|id| self.graph.shape(id).to_vec())
            .unwrap_or_default()
    }

    fn add_tensor(&mut self, source: float::TensorId, shape: Shape, view: View) -> TensorId {
        let name = self.graph.tensor(source).name.clone();
        let tensor = self.lowered.tensors.len();
        self.lowered.tensors.push(FloatTensor {
            name,
            shape,
            source,
            view: view.clone(),
        });
        self.flows.insert(
            source,
            Flow {
                tensor,
                view,
                host: None,
            },
        );
        tensor
    }

    /// Adds a layer whose result is the node's first output.
    fn push(&mut self, node: &Node, op: FloatOp, inputs: Vec<TensorId>, shape: Shape, view: View) {
        if let Some(source) = node.output(0) {
            let output = self.add_tensor(source, shape, view);
            self.lowered.layers.push(FloatLayer {
                name: node.name.clone(),
                op,
                inputs,
                output,
            });
        }
    }

    /// The tensor as an image `[N, C, H, W]`, `[N, C, W]`, with a reshape in front where the byte order allows it.
    fn image(&mut self, node: &Node) -> Result<(TensorId, Shape), LowerError> {
        let flow = self.flow(node, 0)?;
        let (shape, axes) = (self.shape(&flow), &flow.view.axes);
        let roles = match axes.as_slice() {
            [n, c, h, w] if n.is_empty() => [h.clone(), w.clone(), c.clone()],
            [n, c, w] if n.is_empty() => [Vec::new(), w.clone(), c.clone()],
            _ => return Err(self.wrong_axes(node, &flow, "[1, C, H, W] or [1, C, W]")),
        };
        if !roles.concat().is_sorted() {
            return Err(self.wrong_axes(
                node,
                &flow,
                "in an order that needs no transposition of the data",
            ));
        }
        let extent = |axes: &Vec<Axis>| axes.iter().map(|axis| axis.of(shape)).product();
        let wanted = Shape::new(extent(&roles[0]), extent(&roles[1]), extent(&roles[2]));
        Ok((self.reshaped(node, &flow, wanted), wanted))
    }

    /// The same bytes under another shape.
    fn reshaped(&mut self, node: &Node, flow: &Flow, wanted: Shape) -> TensorId {
        let view = View::new(&image_axes(flow.view.axes.len()), wanted);
        self.relabeled(node, flow, wanted, view).tensor
    }

    /// As [`Translator::reshaped`], with a view of the result.
    fn relabeled(&mut self, node: &Node, flow: &Flow, wanted: Shape, view: View) -> Flow {
        let (Some(source), true) = (node.input(0), self.shape(flow) != wanted) else {
            return flow.clone();
        };
        let name = format!("{}.reshape", self.graph.tensor(source).name);
        let output = self.lowered.tensors.len();
        self.lowered.tensors.push(FloatTensor {
            name: name.clone(),
            shape: wanted,
            source,
            view: view.clone(),
        });
        self.lowered.layers.push(FloatLayer {
            name,
            op: FloatOp::Reshape,
            inputs: vec![flow.tensor],
            output,
        });
        Flow {
            tensor: output,
            view,
            host: None,
        }
    }
}

/// The axis of the batch: the first, or the second of a sequence `[T, 1, I]`.
fn batch_axis(dimensions: &[usize]) -> Option<usize> {
    match dimensions {
        [1, ..] => Some(0),
        [_, 1, _] => Some(1),
        _ => None,
    }
}

/// Axes of an image of rank 4 or 3, of a vector of rank 2.
fn image_axes(rank: usize) -> Vec<Option<Axis>> {
    match rank {
        4 => vec![None, Some(Axis::C), Some(Axis::H), Some(Axis::W)],
        3 => vec![None, Some(Axis::C), Some(Axis::W)],
        _ => vec![None, Some(Axis::C)],
    }
}

//! One form for all recurrent layers: one direction, time first, no state that is only zero, `Y` always present.
//!
//! `Y_h` is a step of `Y`, both directions are two nodes whose results are joined, `layout = 1` is a transposition.
//! Whoever reads the graph sees these nodes, and each LSTM has its cell state as a fourth output. Nodes whose
//! parameters are not constant, or whose sequences have different lengths, stay as they are.

use ndarray::{ArrayD, Axis, IxDyn};

use super::record_shapes;
use crate::float::{
    Direction, Graph, Node, Op, Recurrent, RecurrentKind, RunError, Tensor, TensorId, Value,
};

pub(super) fn run(graph: &mut Graph) -> Result<(), RunError> {
    let mut changed = false;
    for node in std::mem::take(&mut graph.nodes) {
        let nodes = match &node.op {
            Op::Recurrent(op) => split(graph, &node, op.clone()),
            _ => None,
        };
        changed |= nodes.is_some();
        let nodes = nodes.unwrap_or_else(|| vec![node]);
        graph.nodes.extend(nodes);
    }
    if changed {
        record_shapes::run(graph)
    } else {
        Ok(())
    }
}

/// The nodes one node becomes, in order.
struct Rewrite<'g> {
    graph: &'g mut Graph,
    node: Node,
    op: Recurrent,
    nodes: Vec<Node>,
    steps: usize,
}

fn split(graph: &mut Graph, node: &Node, op: Recurrent) -> Option<Vec<Node>> {
    let shape = graph.shape(node.input(0)?).to_vec();
    let &[first, second, _] = shape.as_slice() else {
        return None;
    };
    let (steps, batch) = if op.batch_first {
        (second, first)
    } else {
        (first, second)
    };
    let constant = |index: usize| {
        node.input(index)
            .is_none_or(|id| graph.constant(id).is_some())
    };
    let full = match node.input(4) {
        None => true,
        Some(id) => {
            let lengths = graph.constant(id).and_then(Value::as_int);
            lengths
                .is_some_and(|n| n.data.len() == batch && n.data.iter().all(|&n| n == steps as i64))
        }
    };
    if !([1, 2, 3].into_iter().all(constant) && full && steps > 0) {
        return None;
    }
    let rewrite = Rewrite {
        graph,
        node: node.clone(),
        op,
        nodes: Vec::new(),
        steps,
    };
    rewrite.run()
}

impl Rewrite<'_> {
    fn run(mut self) -> Option<Vec<Node>> {
        let x = self.node.inputs[0]?;
        let x = if self.op.batch_first {
            self.transposed("x", x, &[1, 0, 2], None)
        } else {
            x
        };
        let count = self.op.direction.count();
        let directions: Vec<[TensorId; 3]> = (0..count)
            .map(|at| self.direction(x, at))
            .collect::<Option<_>>()?;
        for output in 0..3 {
            let Some(id) = self.node.output(output) else {
                continue;
            };
            let parts: Vec<TensorId> = directions.iter().map(|d| d[output]).collect();
            self.output(output, &parts, id);
        }
        Some(self.nodes)
    }

    /// The node of one direction: its `Y [T, 1, N, H]`, `Y_h` and `Y_c [1, N, H]`.
    fn direction(&mut self, x: TensorId, at: usize) -> Option<[TensorId; 3]> {
        let reverse = self.op.direction.reversed(at);
        let suffix = match (self.op.direction, reverse) {
            (Direction::Bidirectional, false) => ".forward",
            (Direction::Bidirectional, true) => ".reverse",
            _ => "",
        };
        let name = format!("{}{suffix}", self.node.name);
        let mut inputs = vec![Some(x)];
        for index in 1..4 {
            inputs.push(match self.node.input(index) {
                Some(id) => Some(self.parameter(&name, id, at, 0)?),
                None => None,
            });
        }
        inputs.push(None);
        for index in 5..7 {
            inputs.push(self.state(&name, index, at));
        }
        while inputs.last() == Some(&None) {
            inputs.pop();
        }
        let lstm = self.op.kind == RecurrentKind::Lstm;
        let y = self.tensor(&format!("{name}.y"));
        let last_cell = self.tensor(&format!("{name}.y_c"));
        let cells = lstm.then(|| self.tensor(&format!("{name}.c")));
        let wanted = self.node.output(2).is_some();
        let mut outputs = vec![Some(y)];
        if lstm {
            outputs.extend([None, wanted.then_some(last_cell), cells]);
        }
        let direction = if reverse {
            Direction::Reverse
        } else {
            Direction::Forward
        };
        let op = Op::Recurrent(Recurrent {
            direction,
            batch_first: false,
            ..self.op.clone()
        });
        self.nodes.push(Node {
            name: name.clone(),
            op,
            inputs,
            outputs,
        });
        let mut last = y;
        if self.node.output(1).is_some() {
            let step = if reverse { 0 } else { self.steps - 1 };
            let index = ArrayD::from_elem(IxDyn(&[]), step as i64);
            let index = self
                .graph
                .add_constant(&format!("{name}.last_step"), Value::int64(index));
            last = self.tensor(&format!("{name}.y_h"));
            self.push(
                &format!("{name}.y_h"),
                Op::Gather { axis: 0 },
                &[y, index],
                last,
            );
        }
        Some([y, last, last_cell])
    }

    /// Element `at` of a constant along `axis`, as an axis of one element.
    fn parameter(&mut self, name: &str, id: TensorId, at: usize, axis: usize) -> Option<TensorId> {
        let array = self.graph.constant_float(id)?;
        if self.op.direction.count() == 1 && axis == 0 {
            return Some(id);
        }
        if array.shape().get(axis).is_none_or(|&size| at >= size) {
            return None;
        }
        let mut part = array.index_axis(Axis(axis), at).insert_axis(Axis(axis));
        part.swap_axes(0, axis);
        let part = part.as_standard_layout().into_owned();
        let source = self.graph.tensor(id).name.clone();
        Some(
            self.graph
                .add_constant(&format!("{source}.{name}"), Value::Float(part)),
        )
    }

    /// An initial state as `[1, N, H]`; nothing if it is zero.
    fn state(&mut self, name: &str, index: usize, at: usize) -> Option<TensorId> {
        let id = self.node.input(index)?;
        let axis = usize::from(self.op.batch_first);
        if let Some(value) = self.graph.constant_float(id) {
            return if value.iter().all(|&v| v == 0.0) {
                None
            } else {
                self.parameter(name, id, at, axis)
            };
        }
        let mut id = id;
        if self.op.batch_first {
            id = self.transposed("state", id, &[1, 0, 2], None);
        }
        if self.op.direction.count() == 1 {
            return Some(id);
        }
        let slice = Op::Slice {
            starts: vec![at as i64],
            ends: vec![at as i64 + 1],
            axes: vec![0],
        };
        let part = self.tensor(&format!("{name}.state"));
        self.push(&format!("{name}.state"), slice, &[id], part);
        Some(part)
    }

    /// Joins the directions of one output and brings them into the layout of the node.
    fn output(&mut self, output: usize, parts: &[TensorId], id: TensorId) {
        let name = format!("{}.{}", self.node.name, ["y", "y_h", "y_c"][output]);
        let (axis, permutation): (i64, &[usize]) = if output == 0 {
            (1, &[2, 0, 1, 3])
        } else {
            (0, &[1, 0, 2])
        };
        match (parts, self.op.batch_first) {
            (&[part], false) => self.rename(part, id),
            (&[part], true) => {
                self.transposed(&name, part, permutation, Some(id));
            }
            (_, false) => self.push(&name, Op::Concat { axis }, parts, id),
            (_, true) => {
                let joined = self.tensor(&name);
                self.push(&name, Op::Concat { axis }, parts, joined);
                self.transposed(&name, joined, permutation, Some(id));
            }
        }
    }

    /// Whoever writes or reads `from` in the new nodes uses `to` instead: the name the file gives.
    fn rename(&mut self, from: TensorId, to: TensorId) {
        let ids = self
            .nodes
            .iter_mut()
            .flat_map(|n| n.inputs.iter_mut().chain(&mut n.outputs));
        ids.flatten()
            .filter(|id| **id == from)
            .for_each(|id| *id = to);
    }

    fn transposed(
        &mut self,
        name: &str,
        x: TensorId,
        permutation: &[usize],
        to: Option<TensorId>,
    ) -> TensorId {
        let name = format!("{}.{name}.transposed", self.node.name);
        let y = to.unwrap_or_else(|| self.tensor(&name));
        let op = Op::Transpose {
            permutation: Some(permutation.to_vec()),
        };
        self.push(&name, op, &[x], y);
        y
    }

    fn tensor(&mut self, name: &str) -> TensorId {
        let name = self.graph.unique_name(name);
        self.graph.add_tensor(Tensor::named(name))
    }

    fn push(&mut self, name: &str, op: Op, inputs: &[TensorId], output: TensorId) {
        self.nodes.push(Node {
            name: name.into(),
            op,
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: vec![Some(output)],
        });
    }
}

//! One direction of an RNN, LSTM or GRU: rows or columns of the operand become steps, the rest of it their inputs.

use ndarray::ArrayD;

use super::{Flow, Translator};
use crate::float::{self, Direction, Node, Op, RecurrentKind};
use crate::integer::{Shape, StepAxis};
use crate::lower::graph::InitialState;
use crate::lower::{Axis, FloatOp, FloatRecurrent, LowerError, View};

impl Translator<'_> {
    pub(super) fn recurrent(
        &mut self,
        node: &Node,
        op: &float::Recurrent,
    ) -> Result<(), LowerError> {
        for (index, what) in [(1, "W"), (2, "R"), (3, "B")] {
            if node.input(index).is_some() && self.graph.float_input(node, index).is_none() {
                return Err(self.not_constant(node, what));
            }
        }
        if op.batch_first || op.direction == Direction::Bidirectional || node.input(4).is_some() {
            let remedy = "sequence_lens must be the length of the sequence, the same for all: cut the sequences before they enter the model";
            return Err(self.unsupported(node, remedy));
        }
        let flow = self.flow(node, 0)?;
        let (flow, steps) = self.sequence(node, flow)?;
        let layer = self.parameters(node, op, &flow, steps)?;
        let shape = Shape::new(layer.steps_of(self.shape(&flow)), 1, layer.hidden);
        let view = View::new(&[Some(Axis::H), None, None, Some(Axis::C)], shape);
        self.push(
            node,
            FloatOp::Recurrent(layer),
            vec![flow.tensor],
            shape,
            view,
        );
        self.states.extend(node.output(2));
        Ok(())
    }

    /// `[T, 1, I]` with the steps on rows or columns, after a reshape where the steps are both.
    fn sequence(&mut self, node: &Node, flow: Flow) -> Result<(Flow, StepAxis), LowerError> {
        let shape = self.shape(&flow);
        let axes = flow.view.axes.clone();
        let [steps, batch, _] = axes.as_slice() else {
            return Err(self.wrong_axes(node, &flow, "[T, 1, I]"));
        };
        match steps.as_slice() {
            _ if !batch.is_empty() => Err(self.wrong_axes(node, &flow, "[T, 1, I] (a batch of 1)")),
            [Axis::H] => Ok((flow, StepAxis::Rows)),
            [Axis::W] => Ok((flow, StepAxis::Columns)),
            [] if shape.h == 1 => Ok((flow, StepAxis::Rows)),
            [] if shape.w == 1 => Ok((flow, StepAxis::Columns)),
            [Axis::H, Axis::W] if axes[2].as_slice() == [Axis::C] || shape.c == 1 => {
                let wanted = Shape::new(shape.h * shape.w, 1, shape.c);
                let view = View::new(&[Some(Axis::H), None, Some(Axis::C)], wanted);
                Ok((self.relabeled(node, &flow, wanted, view), StepAxis::Rows))
            }
            _ => Err(self.wrong_axes(node, &flow, "such that the steps are rows or columns")),
        }
    }

    fn parameters(
        &self,
        node: &Node,
        op: &float::Recurrent,
        flow: &Flow,
        steps: StepAxis,
    ) -> Result<FloatRecurrent, LowerError> {
        let parameter = |index: usize, what: &'static str| -> Result<&ArrayD<f32>, LowerError> {
            let values = self.graph.float_input(node, index);
            let values = values.ok_or_else(|| self.not_constant(node, what))?;
            self.finite(node, what, values)?;
            Ok(values)
        };
        let (w, r) = (parameter(1, "W")?, parameter(2, "R")?);
        let (hidden, inputs) = (r.shape()[2], w.shape()[2]);
        let rows = op.kind.gates() * hidden;
        let bias = match node.input(3) {
            None => vec![0.0; 2 * rows],
            Some(_) => parameter(3, "B")?.iter().copied().map(f64::from).collect(),
        };
        let indices = feature_indices(&flow.view, self.shape(flow), steps);
        if indices.len() != inputs {
            return Err(self.wrong_axes(node, flow, "[T, 1, I] with the inputs of W"));
        }
        let order = gate_order(op.kind);
        let source = |row: usize| order[row / hidden] * hidden + row % hidden;
        let (w, r): (Vec<f32>, Vec<f32>) =
            (w.iter().copied().collect(), r.iter().copied().collect());
        let mut input_weights = vec![0.0; rows * inputs];
        let mut recurrent_weights = Vec::with_capacity(rows * hidden);
        for row in 0..rows {
            for (k, &at) in indices.iter().enumerate() {
                input_weights[row * inputs + at] = w[source(row) * inputs + k];
            }
            recurrent_weights.extend_from_slice(&r[source(row) * hidden..][..hidden]);
        }
        Ok(FloatRecurrent {
            kind: op.kind,
            steps,
            reverse: op.direction == Direction::Reverse,
            hidden,
            input_weights,
            input_bias: (0..rows).map(|row| bias[source(row)]).collect(),
            recurrent_weights,
            recurrent_bias: (0..rows).map(|row| bias[rows + source(row)]).collect(),
            initial: [
                self.initial(node, 5, hidden)?,
                self.initial(node, 6, hidden)?,
            ],
            cells: node.output(3),
        })
    }

    fn initial(
        &self,
        node: &Node,
        index: usize,
        hidden: usize,
    ) -> Result<InitialState, LowerError> {
        let Some(id) = node.input(index) else {
            return Ok(InitialState::Constant(vec![0.0; hidden]));
        };
        if let Some(values) = self.graph.constant_float(id) {
            self.finite(node, "an initial state", values)?;
            return Ok(InitialState::Constant(
                values.iter().copied().map(f64::from).collect(),
            ));
        }
        match self.state_source(id) {
            Some((input, first)) => Ok(InitialState::Input {
                input,
                first: first * hidden,
            }),
            None => Err(self.not_constant(node, "an initial state that is computed; it")),
        }
    }

    /// Position of the model input a state comes from, and how many states lie before it.
    fn state_source(&self, id: float::TensorId) -> Option<(usize, usize)> {
        if let Some(position) = self.graph.inputs.iter().position(|&input| input == id) {
            return Some((position, 0));
        }
        let node = &self.graph.nodes[self.graph.producer(id)?];
        let (input, first) = self.state_source(node.input(0)?)?;
        match &node.op {
            Op::Transpose { .. } | Op::Identity => Some((input, first)),
            Op::Slice { .. } => match self.slices(node)?.as_slice() {
                [(0, start, _)] => Some((input, first + start)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a model input is nothing but initial states.
    pub(super) fn is_state(&self, id: float::TensorId) -> bool {
        let readers = self.graph.consumers(id);
        !readers.is_empty()
            && readers.into_iter().all(|index| {
                let node = &self.graph.nodes[index];
                match &node.op {
                    Op::Recurrent(_) => (0..5).all(|input| node.input(input) != Some(id)),
                    Op::Transpose { .. } | Op::Slice { .. } | Op::Identity => {
                        node.output(0).is_some_and(|output| self.is_state(output))
                    }
                    _ => false,
                }
            })
    }
}

/// Where the gates i, f, g, o and r, z, n stand in ONNX: i, o, f, g and z, r, n.
const fn gate_order(kind: RecurrentKind) -> &'static [usize] {
    match kind {
        RecurrentKind::Lstm => &[0, 2, 3, 1],
        RecurrentKind::Gru { .. } => &[1, 0, 2],
        RecurrentKind::Rnn { .. } => &[0],
    }
}

/// For each input of a step in the order of the float tensor its place in the row or column.
fn feature_indices(view: &View, shape: Shape, steps: StepAxis) -> Vec<usize> {
    let one = match steps {
        StepAxis::Rows => Shape { h: 1, ..shape },
        StepAxis::Columns => Shape { w: 1, ..shape },
    };
    let axes = view.axes.last().cloned().unwrap_or_default();
    View { axes: vec![axes] }.physical_indices(one)
}

//! Operators that only change the view of a tensor.

use super::{Flow, Translator, layout_step};
use crate::float::{IntType, Node, Op, Value};
use crate::integer::HostOp;
use crate::lower::LowerError;
use crate::lower::host::without_batch;

impl Translator<'_> {
    pub(super) fn layout(&mut self, node: &Node) -> Result<(), LowerError> {
        let flow = node.input(0).and_then(|id| self.flows.get(&id)).cloned();
        let flow = flow.ok_or_else(|| self.not_activation(node, 0))?;
        let result = match flow.host {
            Some(_) => self.layout_on_host(node, flow)?,
            None => {
                let step = layout_step(self.graph, node, &flow.view, self.shape(&flow));
                let step = step.ok_or_else(|| {
                    self.unsupported(node, "replace it before export by operators that the accelerator has (the README lists them), or leave it out and compute it on the host")
                })?;
                let lost = || self.wrong_axes(node, &flow, "kept whole by this operator");
                Flow {
                    view: step.ok_or_else(lost)?,
                    ..flow.clone()
                }
            }
        };
        if let Some(id) = node.output(0) {
            self.flows.insert(id, result);
        }
        Ok(())
    }

    /// After Softmax or ArgMax a change of shape is one more operation of the host.
    fn layout_on_host(&self, node: &Node, mut flow: Flow) -> Result<Flow, LowerError> {
        let moves = matches!(node.op, Op::Transpose { .. });
        let keeps = matches!(node.op, Op::Identity | Op::Dropout | Op::Cast { .. });
        let reshapes = matches!(
            node.op,
            Op::Flatten { .. } | Op::Reshape { .. } | Op::Squeeze { .. } | Op::Unsqueeze { .. }
        );
        if moves || !(keeps || reshapes) {
            return Err(self.unsupported(
                node,
                "Softmax and ArgMax run on the host, so only at the end of a model",
            ));
        }
        if let (true, Some(ops)) = (reshapes, flow.host.as_mut()) {
            ops.push(HostOp::Reshape(without_batch(
                &self.result_dimensions(node),
            )));
        }
        Ok(flow)
    }

    /// Axes from an attribute or a constant input, as indices below `rank`.
    pub(super) fn axes(
        &self,
        node: &Node,
        own: Option<&[i64]>,
        input: usize,
        rank: usize,
    ) -> Option<Vec<usize>> {
        let axes = match own {
            Some(axes) => axes.to_vec(),
            None => self.integers(node, input)?,
        };
        let index =
            |&axis: &i64| usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok();
        axes.iter()
            .map(index)
            .map(|axis| axis.filter(|&a| a < rank))
            .collect()
    }

    /// The constant integers of an input.
    pub(super) fn integers(&self, node: &Node, input: usize) -> Option<Vec<i64>> {
        match self.graph.constant(node.input(input)?)? {
            Value::Int(tensor) if tensor.kind != IntType::Bool => {
                Some(tensor.data.iter().copied().collect())
            }
            _ => None,
        }
    }
}

//! Softmax and ArgMax: the accelerator stops before them.

use super::{Flow, Translator};
use crate::float::{self, Node};
use crate::integer::HostOp;
use crate::lower::LowerError;
use crate::lower::host::{is_last_axis, layout_ops, trimmed, without_batch};

impl Translator<'_> {
    pub(super) fn softmax(&mut self, node: &Node, op: &float::Softmax) -> Result<(), LowerError> {
        self.on_host(node, op.axis, op.flatten, HostOp::Softmax)
    }

    pub(super) fn arg_max(
        &mut self,
        node: &Node,
        axis: i64,
        select_last: bool,
    ) -> Result<(), LowerError> {
        if select_last {
            return Err(self.unsupported(node, "ArgMax takes the first of equal elements"));
        }
        self.on_host(node, axis, false, HostOp::ArgMax)
    }

    fn on_host(
        &mut self,
        node: &Node,
        axis: i64,
        merge: bool,
        op: HostOp,
    ) -> Result<(), LowerError> {
        let (Some(input), Some(output)) = (node.input(0), node.output(0)) else {
            return Err(self.not_activation(node, 0));
        };
        let flow = self
            .flows
            .get(&input)
            .cloned()
            .ok_or_else(|| self.not_activation(node, 0))?;
        let dimensions = self.graph.shape(input);
        if is_last_axis(dimensions, axis, merge).is_none() {
            return Err(self.unsupported(
                node,
                "it must work along the last axis of more than one element",
            ));
        }
        let mut ops = flow
            .host
            .clone()
            .unwrap_or_else(|| layout_ops(&flow.view, dimensions));
        ops.push(HostOp::Reshape(trimmed(dimensions)));
        ops.push(op);
        ops.push(HostOp::Reshape(without_batch(self.graph.shape(output))));
        self.flows.insert(
            output,
            Flow {
                host: Some(merge_reshapes(ops)),
                ..flow
            },
        );
        Ok(())
    }
}

/// Of several changes of shape in a row only the last one counts.
fn merge_reshapes(ops: Vec<HostOp>) -> Vec<HostOp> {
    let mut merged: Vec<HostOp> = Vec::new();
    for op in ops {
        if let (HostOp::Reshape(_), Some(HostOp::Reshape(_))) = (&op, merged.last()) {
            merged.pop();
        }
        merged.push(op);
    }
    merged
}

//! Operators of several activations: addition and concatenation.

use super::{Flow, Translator, image_axes};
use crate::float::{Node, Op};
use crate::integer::Shape;
use crate::lower::{Axis, FloatOp, LowerError, NO_CLAMP, View};

impl Translator<'_> {
    pub(super) fn add(&mut self, node: &Node) -> Result<(), LowerError> {
        if node.op != Op::Add {
            return Err(self.unsupported(node, "of two activations only sums are computed"));
        }
        let (a, b) = (self.flow(node, 0)?, self.flow(node, 1)?);
        let shape = self.shape(&a);
        if shape != self.shape(&b) || a.view != b.view {
            return Err(self.wrong_axes(
                node,
                &b,
                "those of the first operand (broadcasting is not supported)",
            ));
        }
        self.push(
            node,
            FloatOp::Add { clamp: NO_CLAMP },
            vec![a.tensor, b.tensor],
            shape,
            a.view,
        );
        Ok(())
    }

    pub(super) fn concat(&mut self, node: &Node, axis: i64) -> Result<(), LowerError> {
        let flows = (0..node.inputs.len())
            .map(|i| self.flow(node, i))
            .collect::<Result<Vec<_>, _>>()?;
        let rank = self.result_dimensions(node).len();
        let from_end = if axis < 0 { axis + rank as i64 } else { axis };
        let position = usize::try_from(from_end).ok().filter(|&p| p < rank);
        let physical = position.and_then(|position| joined_axis(&flows, position, rank));
        let (Some(position), Some(physical), Some(first)) = (position, physical, flows.first())
        else {
            return Err(self.unsupported(node, "concatenate along rows, columns or channels"));
        };
        let mut extents = Axis::ALL.map(|axis| axis.of(self.shape(first)));
        extents[physical as usize] = 0;
        for flow in &flows {
            self.check_joinable(node, first, flow, position, physical)?;
            extents[physical as usize] += physical.of(self.shape(flow));
        }
        let shape = Shape::new(extents[0], extents[1], extents[2]);
        let mut view = first.view.clone();
        view.axes[position] = if physical.of(shape) > 1 {
            vec![physical]
        } else {
            Vec::new()
        };
        let operands = flows.iter().map(|flow| flow.tensor).collect();
        self.push(
            node,
            FloatOp::Concat {
                axis: physical as usize,
            },
            operands,
            shape,
            view,
        );
        Ok(())
    }

    /// Everything but the joined axis must agree, and nothing else may hide on that axis.
    fn check_joinable(
        &self,
        node: &Node,
        a: &Flow,
        b: &Flow,
        at: usize,
        axis: Axis,
    ) -> Result<(), LowerError> {
        let without = |flow: &Flow| {
            let mut axes = flow.view.axes.clone();
            axes[at].clear();
            View { axes }
        };
        let single = b.view.axes[at].len() <= 1 && !without(b).order().contains(&axis);
        let others = Axis::ALL.into_iter().filter(|&other| other != axis);
        let same = others
            .into_iter()
            .all(|other| other.of(self.shape(a)) == other.of(self.shape(b)));
        if single && same && without(a) == without(b) {
            return Ok(());
        }
        Err(self.wrong_axes(
            node,
            b,
            "those of the first operand but for the joined axis",
        ))
    }
}

/// The physical axis along which operands are joined: that of any operand, or by convention if all have one element.
fn joined_axis(flows: &[Flow], position: usize, rank: usize) -> Option<Axis> {
    let own = flows
        .iter()
        .find_map(|flow| flow.view.axes.get(position)?.first().copied());
    let usual = image_axes(rank).get(position).copied().flatten();
    let used: Vec<Axis> = flows.iter().flat_map(|flow| flow.view.order()).collect();
    let free = |axis: &Axis| !used.contains(axis);
    // Both directions of a recurrent layer lie side by side where the usual axis is taken.
    let others = [Axis::W, Axis::H, Axis::C];
    own.or_else(|| usual.into_iter().chain(others).find(free))
}

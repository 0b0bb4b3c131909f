//! Gather with one constant index, and Slice without gaps: a part of a tensor along one physical axis.

use super::{Flow, Translator};
use crate::float::{Node, Op};
use crate::integer::Shape;
use crate::lower::{Axis, FloatOp, LowerError, View};

/// Axis, start and length.
type Cut = (Axis, usize, usize);

impl Translator<'_> {
    /// One element along an axis, which disappears if the index is a scalar.
    pub(super) fn gather(&mut self, node: &Node, axis: i64) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        let remedy = "Gather needs one constant index on an axis of an activation";
        let id = node
            .input(1)
            .ok_or_else(|| self.unsupported(node, remedy))?;
        let rank = flow.view.axes.len();
        let axis = usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok();
        let (Some(axis), Some(&[index])) = (
            axis.filter(|&axis| axis < rank),
            self.integers(node, 1).as_deref(),
        ) else {
            return Err(self.unsupported(node, remedy));
        };
        let size = self.graph.shape(node.inputs[0].unwrap_or(id))[axis] as i64;
        let start = if index < 0 { index + size } else { index };
        if !(0..size).contains(&start) {
            return Err(self.unsupported(node, "the index lies outside the axis"));
        }
        let (mut view, cut) = self.part(node, &flow, axis, start as usize, 1)?;
        if self.graph.shape(id).is_empty() {
            view.axes.remove(axis);
        }
        self.put(node, &flow, view, cut);
        Ok(())
    }

    pub(super) fn slice(&mut self, node: &Node) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        let slices = self.slices(node);
        match slices.as_deref() {
            Some([]) => self.put(node, &flow, flow.view.clone(), None),
            Some(&[(axis, start, length)]) => {
                let (view, cut) = self.part(node, &flow, axis, start, length)?;
                self.put(node, &flow, view, cut);
            }
            _ => {
                let remedy = "Slice cuts one axis, with constant bounds and steps of 1";
                return Err(self.unsupported(node, remedy));
            }
        }
        Ok(())
    }

    /// Axis, start and length of what a Slice really cuts. `None` if it has gaps, is empty, or not constant.
    pub(super) fn slices(&self, node: &Node) -> Option<Vec<(usize, usize, usize)>> {
        let Op::Slice { starts, ends, axes } = &node.op else {
            return None;
        };
        let list = |index: usize, own: &Vec<i64>| match node.input(index) {
            None => Some(own.clone()),
            Some(_) => self.integers(node, index),
        };
        let (starts, ends) = (list(1, starts)?, list(2, ends)?);
        let mut axes = list(3, axes)?;
        if axes.is_empty() {
            axes = (0..starts.len() as i64).collect();
        }
        if node.input(4).is_some() && self.integers(node, 4)?.iter().any(|&step| step != 1) {
            return None;
        }
        let shape = self.graph.shape(node.input(0)?);
        let mut cuts = Vec::new();
        for ((&axis, &start), &end) in axes.iter().zip(&starts).zip(&ends) {
            let axis = usize::try_from(if axis < 0 {
                axis + shape.len() as i64
            } else {
                axis
            })
            .ok()?;
            let size = *shape.get(axis)? as i64;
            let place =
                |at: i64| (if at < 0 { at.saturating_add(size) } else { at }).clamp(0, size);
            let (start, length) = (place(start), place(end) - place(start));
            if length <= 0 {
                return None;
            }
            if length < size {
                cuts.push((axis, start as usize, length as usize));
            }
        }
        Some(cuts)
    }

    /// The view of the part, and what is cut.
    fn part(
        &self,
        node: &Node,
        flow: &Flow,
        axis: usize,
        start: usize,
        length: usize,
    ) -> Result<(View, Option<Cut>), LowerError> {
        let mut view = flow.view.clone();
        match flow.view.axes[axis].as_slice() {
            [] => Ok((view, None)),
            &[physical] => {
                if length == 1 {
                    view.axes[axis].clear();
                }
                Ok((view, Some((physical, start, length))))
            }
            _ => Err(self.wrong_axes(node, flow, "such that a single one is cut")),
        }
    }

    /// Makes the part the result of the node: another view, or a layer.
    fn put(&mut self, node: &Node, whole: &Flow, view: View, cut: Option<Cut>) {
        let Some((axis, start, length)) = cut else {
            if let Some(id) = node.output(0) {
                self.flows.insert(
                    id,
                    Flow {
                        view,
                        ..whole.clone()
                    },
                );
            }
            return;
        };
        let shape = self.shape(whole);
        let mut begin = [0; 3];
        begin[axis as usize] = start;
        let mut extents = Axis::ALL.map(|axis| axis.of(shape));
        extents[axis as usize] = length;
        let result = Shape::new(extents[0], extents[1], extents[2]);
        self.push(
            node,
            FloatOp::Slice { begin },
            vec![whole.tensor],
            result,
            view,
        );
    }
}

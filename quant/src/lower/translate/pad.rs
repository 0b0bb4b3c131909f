//! Pad with a constant, along rows and columns.

use super::Translator;
use crate::float::{self, Node, PadMode};
use crate::integer::Shape;
use crate::lower::{Axis, FloatOp, LowerError};

impl Translator<'_> {
    pub(super) fn pad(&mut self, node: &Node, op: &float::Pad) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        if op.mode != PadMode::Constant {
            return Err(self.unsupported(node, "only constant padding is computed"));
        }
        let rank = flow.view.axes.len();
        let amounts = match &op.pads {
            Some(pads) => pads.clone(),
            None => self
                .integers(node, 1)
                .ok_or_else(|| self.not_constant(node, "the amount of padding"))?,
        };
        let axes = match node.input(3) {
            Some(_) => self
                .axes(node, None, 3, rank)
                .ok_or_else(|| self.not_constant(node, "the list of axes"))?,
            None => (0..rank).collect(),
        };
        if amounts.len() != 2 * axes.len() || amounts.iter().any(|&a| !(0..=65_536).contains(&a)) {
            return Err(self.unsupported(
                node,
                format!("padding {amounts:?} is negative, too large or incomplete"),
            ));
        }
        let mut pads = [0; 4];
        for (i, &axis) in axes.iter().enumerate() {
            let (before, after) = (amounts[i] as usize, amounts[i + axes.len()] as usize);
            match (before + after, self.padded_axis(&flow.view.axes, axis)) {
                (0, _) => {}
                (_, Some(at)) => (pads[at], pads[at + 2]) = (before, after),
                (_, None) => {
                    return Err(self.wrong_axes(node, &flow, "padded along rows and columns only"));
                }
            }
        }
        let value = self.pad_value(node, op)?;
        let s = self.shape(&flow);
        let shape = Shape::new(s.h + pads[0] + pads[2], s.w + pads[1] + pads[3], s.c);
        let mut view = flow.view.clone();
        for (axis, list) in view.axes.iter_mut().enumerate() {
            if let (true, Some(at)) = (list.is_empty(), self.padded_axis(&flow.view.axes, axis)) {
                let physical = Axis::ALL[at];
                *list = if physical.of(shape) > 1 {
                    vec![physical]
                } else {
                    Vec::new()
                };
            }
        }
        self.push(
            node,
            FloatOp::Pad { pads, value },
            vec![flow.tensor],
            shape,
            view,
        );
        Ok(())
    }

    /// 0 for rows, 1 for columns: which of them axis `axis` of an image is.
    fn padded_axis(&self, axes: &[Vec<Axis>], axis: usize) -> Option<usize> {
        match (axes.get(axis)?.as_slice(), axes.len(), axis) {
            ([Axis::H], _, _) => Some(0),
            ([Axis::W], _, _) => Some(1),
            ([], 4, 2) => Some(0),
            ([], 4, 3) | ([], 3, 2) => Some(1),
            _ => None,
        }
    }

    fn pad_value(&self, node: &Node, op: &float::Pad) -> Result<f64, LowerError> {
        if node.input(2).is_none() {
            return Ok(f64::from(op.value));
        }
        let value = self
            .graph
            .float_input(node, 2)
            .and_then(|v| v.first().copied());
        value
            .filter(|v| v.is_finite())
            .map(f64::from)
            .ok_or_else(|| self.not_constant(node, "the padding value"))
    }
}

//! MaxPool, AveragePool, global pooling and the mean over all positions.

use super::{Translator, image_axes};
use crate::float::{self, Node};
use crate::integer::{Shape, TensorId, Window};
use crate::lower::{Axis, FloatOp, LowerError, NO_CLAMP, View};

impl Translator<'_> {
    pub(super) fn max_pool(&mut self, node: &Node, op: &float::Pool) -> Result<(), LowerError> {
        if node.output(1).is_some() {
            return Err(self.unsupported(node, "indices of MaxPool are not computed"));
        }
        let (tensor, input) = self.image(node)?;
        let (window, _) = self.pool_window(node, op, input)?;
        self.pooled(node, tensor, input, window, FloatOp::MaxPool(window))
    }

    pub(super) fn average_pool(&mut self, node: &Node, op: &float::Pool) -> Result<(), LowerError> {
        let (tensor, input) = self.image(node)?;
        let (window, grown) = self.pool_window(node, op, input)?;
        let padded = window.pads.iter().any(|&p| p > 0);
        if op.count_include_pad && grown {
            return Err(self.unsupported(
                node,
                "export it without ceil_mode or without count_include_pad",
            ));
        }
        let count_include_pad = op.count_include_pad && padded;
        self.pooled(
            node,
            tensor,
            input,
            window,
            FloatOp::AveragePool {
                window,
                count_include_pad,
                clamp: NO_CLAMP,
            },
        )
    }

    pub(super) fn global_pool(&mut self, node: &Node, average: bool) -> Result<(), LowerError> {
        let (tensor, input) = self.image(node)?;
        let window = Window::whole(input);
        let op = if average {
            whole_average(window)
        } else {
            FloatOp::MaxPool(window)
        };
        self.pooled(node, tensor, input, window, op)
    }

    /// A mean over all rows and columns; channels stay.
    pub(super) fn reduce_mean(
        &mut self,
        node: &Node,
        op: &float::Reduce,
    ) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        let shape = self.shape(&flow);
        let rank = flow.view.axes.len();
        let Some(reduced) = self.axes(node, op.axes.as_deref(), 1, rank) else {
            return Err(self.not_constant(node, "the list of axes"));
        };
        let mut gone: Vec<Axis> = reduced
            .iter()
            .flat_map(|&axis| flow.view.axes[axis].clone())
            .collect();
        gone.sort_unstable();
        let positions: Vec<Axis> = flow
            .view
            .order()
            .into_iter()
            .filter(|&axis| axis != Axis::C)
            .collect();
        let mut sorted = positions.clone();
        sorted.sort_unstable();
        if gone != sorted {
            return Err(self.wrong_axes(
                node,
                &flow,
                "reduced over all rows and columns and no channels",
            ));
        }
        let kept = flow.view.axes.iter().enumerate();
        let axes = kept
            .filter(|(axis, _)| op.keep_dims || !reduced.contains(axis))
            .map(|(axis, list)| {
                if reduced.contains(&axis) {
                    Vec::new()
                } else {
                    list.clone()
                }
            })
            .collect();
        let window = Window::whole(shape);
        self.push(
            node,
            whole_average(window),
            vec![flow.tensor],
            Shape::vector(shape.c),
            View { axes },
        );
        Ok(())
    }

    fn pooled(
        &mut self,
        node: &Node,
        tensor: TensorId,
        input: Shape,
        window: Window,
        op: FloatOp,
    ) -> Result<(), LowerError> {
        let Some([h, w]) = window.output(input.h, input.w) else {
            return Err(self.unsupported(node, "the window is larger than the padded image"));
        };
        let shape = Shape::new(h, w, input.c);
        let view = View::new(&image_axes(self.result_dimensions(node).len()), shape);
        self.push(node, op, vec![tensor], shape, view);
        Ok(())
    }

    /// The window, padded at the end where `ceil_mode` makes the result larger, and whether it was.
    fn pool_window(
        &self,
        node: &Node,
        op: &float::Pool,
        input: Shape,
    ) -> Result<(Window, bool), LowerError> {
        let mut window = self.window(node, &op.window)?;
        let dimensions = self.result_dimensions(node);
        let spatial = dimensions.get(2..).unwrap_or(&[]);
        let wanted = match spatial {
            [columns] => [1, *columns],
            [rows, columns] => [*rows, *columns],
            _ => return Err(self.unsupported(node, "windows have one or two dimensions")),
        };
        let mut grown = false;
        for (axis, size) in [(0, input.h), (1, input.w)] {
            let covered = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
            let needed = (wanted[axis].max(1) - 1) * window.stride[axis] + covered;
            let padded = size + window.pads[axis] + window.pads[axis + 2];
            if needed > padded {
                window.pads[axis + 2] += needed - padded;
                grown = true;
            }
        }
        Ok((window, grown))
    }
}

fn whole_average(window: Window) -> FloatOp {
    FloatOp::AveragePool {
        window,
        count_include_pad: false,
        clamp: NO_CLAMP,
    }
}

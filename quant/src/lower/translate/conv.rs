//! Conv, one and two spatial dimensions.

use super::{Translator, image_axes};
use crate::float::{self, Node, Padding};
use crate::integer::{Shape, Window};
use crate::lower::{FloatConv, FloatOp, LowerError, NO_CLAMP, View};

impl Translator<'_> {
    pub(super) fn conv(&mut self, node: &Node, op: &float::Conv) -> Result<(), LowerError> {
        let (tensor, input) = self.image(node)?;
        let weights = self
            .graph
            .float_input(node, 1)
            .ok_or_else(|| self.not_constant(node, "the weight tensor"))?;
        self.finite(node, "the weight tensor", weights)?;
        let outputs = weights.shape().first().copied().unwrap_or(0);
        let weights = channels_last(weights);
        let bias = self.bias(node, 2, outputs)?;
        let window = self.window(node, &op.window)?;
        let Some([h, w]) = window.output(input.h, input.w) else {
            return Err(self.unsupported(node, "the kernel is larger than the padded image"));
        };
        let shape = Shape::new(h, w, outputs);
        let view = View::new(&image_axes(self.result_dimensions(node).len()), shape);
        let conv = FloatConv {
            window,
            groups: op.groups,
            weights,
            bias,
            clamp: NO_CLAMP,
        };
        self.push(node, FloatOp::Conv(conv), vec![tensor], shape, view);
        Ok(())
    }

    /// A constant vector of one value for each output; zeros if it is left out.
    pub(super) fn bias(
        &self,
        node: &Node,
        index: usize,
        outputs: usize,
    ) -> Result<Vec<f64>, LowerError> {
        if node.input(index).is_none() {
            return Ok(vec![0.0; outputs]);
        }
        let bias = self
            .graph
            .float_input(node, index)
            .ok_or_else(|| self.not_constant(node, "the bias"))?;
        self.finite(node, "the bias", bias)?;
        match bias.len() {
            1 => Ok(vec![bias.iter().copied().map(f64::from).sum(); outputs]),
            n if n == outputs => Ok(bias.iter().copied().map(f64::from).collect()),
            n => Err(self.unsupported(
                node,
                format!("the bias has {n} values for {outputs} outputs"),
            )),
        }
    }

    /// Kernel, stride, dilation and padding; a 1-D window slides along columns.
    pub(super) fn window(&self, node: &Node, window: &float::Window) -> Result<Window, LowerError> {
        let Padding::Explicit { before, after } = &window.padding else {
            return Err(self.unsupported(node, "padding must be explicit"));
        };
        let pair = |values: &[usize], default| match values {
            [] => Some([default; 2]),
            [columns] => Some([default, *columns]),
            [rows, columns] => Some([*rows, *columns]),
            _ => None,
        };
        let all = (
            pair(&window.kernel, 1),
            pair(&window.strides, 1),
            pair(&window.dilations, 1),
        );
        match (all, pair(before, 0), pair(after, 0)) {
            (
                (Some(kernel), Some(stride), Some(dilation)),
                Some([top, left]),
                Some([bottom, right]),
            ) => Ok(Window {
                kernel,
                stride,
                dilation,
                pads: [top, left, bottom, right],
            }),
            _ => Err(self.unsupported(node, "windows have one or two dimensions")),
        }
    }
}

/// `[O, I, kernel..]` to `O, kernel.., I`.
fn channels_last(weights: &ndarray::ArrayD<f32>) -> Vec<f32> {
    let rank = weights.ndim();
    let axes: Vec<usize> = std::iter::once(0)
        .chain(2..rank)
        .chain((rank > 1).then_some(1))
        .collect();
    weights.view().permuted_axes(axes).iter().copied().collect()
}

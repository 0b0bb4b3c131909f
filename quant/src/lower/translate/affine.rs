//! Arithmetic with constants and batch normalization: one factor and one summand for each channel.
//!
//! They become a depthwise 1 x 1 convolution, which fusion merges into the convolution before it.

use ndarray::ArrayD;

use super::{Flow, Translator};
use crate::float::{Node, Op};
use crate::integer::Window;
use crate::lower::{Axis, FloatConv, FloatOp, LowerError, NO_CLAMP};

impl Translator<'_> {
    pub(super) fn arithmetic(&mut self, node: &Node) -> Result<(), LowerError> {
        let constant = |index| self.graph.float_input(node, index);
        match (constant(0), constant(1)) {
            (None, None) => self.add(node),
            (None, Some(right)) => self.with_constant(node, 0, right),
            (Some(left), None) if node.op != Op::Div => self.with_constant(node, 1, left),
            _ => Err(self.unsupported(
                node,
                "divide by a constant, or fold the constants of the model",
            )),
        }
    }

    fn with_constant(
        &mut self,
        node: &Node,
        operand: usize,
        constant: &ArrayD<f32>,
    ) -> Result<(), LowerError> {
        self.finite(node, "the constant operand", constant)?;
        let flow = self.flow(node, operand)?;
        let values = self.per_channel(node, &flow, constant)?;
        let negate = if operand == 1 { -1.0 } else { 1.0 };
        let affine = |v: f64| match node.op {
            Op::Add => (1.0, v),
            Op::Sub => (negate, -negate * v),
            Op::Mul => (v, 0.0),
            _ => (1.0 / v, 0.0),
        };
        self.affine(node, &flow, values.into_iter().map(affine).collect())
    }

    pub(super) fn batch_normalization(
        &mut self,
        node: &Node,
        epsilon: f32,
    ) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        let mut parameters = Vec::new();
        for index in 1..5 {
            let values = self.graph.float_input(node, index);
            let values =
                values.ok_or_else(|| self.not_constant(node, "scale, bias, mean and variance"))?;
            self.finite(node, "a parameter", values)?;
            parameters.push(values.iter().copied().map(f64::from).collect::<Vec<_>>());
        }
        let channels = self.shape(&flow).c;
        let on_channels = flow
            .view
            .axes
            .get(1)
            .is_some_and(|axes| axes == &[Axis::C] || channels == 1);
        if !on_channels || parameters.iter().any(|p| p.len() != channels) {
            return Err(self.wrong_axes(node, &flow, "channels on axis 1"));
        }
        let affine = |c: usize| {
            let factor = parameters[0][c] / (parameters[3][c] + f64::from(epsilon)).sqrt();
            (factor, parameters[1][c] - parameters[2][c] * factor)
        };
        self.affine(node, &flow, (0..channels).map(affine).collect())
    }

    fn affine(
        &mut self,
        node: &Node,
        flow: &Flow,
        by_channel: Vec<(f64, f64)>,
    ) -> Result<(), LowerError> {
        let (weights, bias): (Vec<f32>, Vec<f64>) =
            by_channel.into_iter().map(|(w, b)| (w as f32, b)).unzip();
        self.finite(node, "the constant operand", &weights)?;
        let conv = FloatConv {
            window: Window::ONE,
            groups: weights.len(),
            weights,
            bias,
            clamp: NO_CLAMP,
        };
        self.push(
            node,
            FloatOp::Conv(conv),
            vec![flow.tensor],
            self.shape(flow),
            flow.view.clone(),
        );
        Ok(())
    }

    /// The constant for each channel. It may vary along channels only.
    pub(super) fn per_channel(
        &self,
        node: &Node,
        flow: &Flow,
        constant: &ArrayD<f32>,
    ) -> Result<Vec<f64>, LowerError> {
        let channels = self.shape(flow).c;
        let values: Vec<f64> = constant.iter().copied().map(f64::from).collect();
        if let [value] = values.as_slice() {
            return Ok(vec![*value; channels]);
        }
        let rank = flow.view.axes.len();
        let missing = rank.checked_sub(constant.ndim());
        let varies = |(axis, &size): (usize, &usize)| (size > 1).then_some(axis);
        let axes: Vec<usize> = constant
            .shape()
            .iter()
            .enumerate()
            .filter_map(varies)
            .collect();
        match (axes.as_slice(), missing) {
            ([axis], Some(missing))
                if flow.view.axes[axis + missing] == [Axis::C] && values.len() == channels =>
            {
                Ok(values)
            }
            _ => Err(self.wrong_axes(
                node,
                flow,
                "such that the constant varies along channels only",
            )),
        }
    }
}

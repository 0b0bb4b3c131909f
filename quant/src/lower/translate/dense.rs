//! Gemm and MatMul: a kernel as large as the image, or 1 x 1 along a sequence.

use ndarray::{Array2, ArrayD, Ix2};

use super::{Flow, Translator};
use crate::float::{self, Node};
use crate::integer::{Shape, Window};
use crate::lower::{Axis, FloatConv, FloatOp, LowerError, NO_CLAMP, View};

impl Translator<'_> {
    pub(super) fn gemm(&mut self, node: &Node, op: &float::Gemm) -> Result<(), LowerError> {
        if op.transpose_a {
            return Err(self.unsupported(node, "export Gemm with transA = 0"));
        }
        let weights = self.matrix(node)?;
        let weights = if op.transpose_b {
            weights.reversed_axes()
        } else {
            weights
        } * op.alpha;
        let bias = self.bias(node, 2, weights.ncols())?;
        let bias = bias.into_iter().map(|b| b * f64::from(op.beta)).collect();
        self.dense(node, &weights, bias)
    }

    pub(super) fn matmul(&mut self, node: &Node) -> Result<(), LowerError> {
        let weights = self.matrix(node)?;
        let bias = vec![0.0; weights.ncols()];
        self.dense(node, &weights, bias)
    }

    /// The constant second operand as a matrix `[inputs, outputs]`; leading axes of one element are dropped.
    fn matrix(&self, node: &Node) -> Result<Array2<f32>, LowerError> {
        let constant: &ArrayD<f32> = self
            .graph
            .float_input(node, 1)
            .ok_or_else(|| self.not_constant(node, "the second operand"))?;
        self.finite(node, "the second operand", constant)?;
        let mut view = constant.view();
        while view.ndim() > 2 && view.shape()[0] == 1 {
            view = view.index_axis_move(ndarray::Axis(0), 0);
        }
        let matrix = view.into_dimensionality::<Ix2>();
        matrix
            .map(|m| m.to_owned())
            .map_err(|_| self.unsupported(node, "the second operand must be one matrix"))
    }

    fn dense(
        &mut self,
        node: &Node,
        weights: &Array2<f32>,
        bias: Vec<f64>,
    ) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        let flow = self.rows_of_channels(node, flow);
        let (shape, outputs) = (self.shape(&flow), weights.ncols());
        let inputs = flow.view.axes.last().cloned().unwrap_or_default();
        let rank = self.result_dimensions(node).len();
        let (window, indices, result, axes) = if inputs.len() == flow.view.order().len() {
            let indices = View { axes: vec![inputs] }.physical_indices(shape);
            let mut axes = vec![None; rank];
            if let Some(last) = axes.last_mut() {
                *last = Some(Axis::C);
            }
            let axes = View::new(&axes, Shape::vector(outputs));
            (Window::whole(shape), indices, Shape::vector(outputs), axes)
        } else if shape.c == 1 && inputs.is_empty() || inputs == [Axis::C] {
            let mut view = flow.view.clone();
            if let Some(last) = view.axes.last_mut() {
                *last = if outputs > 1 {
                    vec![Axis::C]
                } else {
                    Vec::new()
                };
            }
            (
                Window::ONE,
                (0..shape.c).collect(),
                Shape {
                    c: outputs,
                    ..shape
                },
                view,
            )
        } else {
            return Err(self.wrong_axes(node, &flow, "a vector, or rows of channels"));
        };
        if indices.len() != weights.nrows() {
            return Err(self.unsupported(
                node,
                "the matrix has another number of rows than the operand has features",
            ));
        }
        let mut ordered = vec![0.0; weights.len()];
        for ((k, o), &weight) in weights.indexed_iter() {
            ordered[o * indices.len() + indices[k]] = weight;
        }
        let conv = FloatConv {
            window,
            groups: 1,
            weights: ordered,
            bias,
            clamp: NO_CLAMP,
        };
        self.push(node, FloatOp::Conv(conv), vec![flow.tensor], result, axes);
        Ok(())
    }

    /// If the features are columns and channels, and rows are left over: the columns become channels, without moving a byte.
    fn rows_of_channels(&mut self, node: &Node, flow: Flow) -> Flow {
        let shape = self.shape(&flow);
        let features = flow.view.axes.last().map(Vec::as_slice);
        let rows =
            features == Some(&[Axis::W, Axis::C]) || features == Some(&[Axis::W]) && shape.c == 1;
        if !rows || shape.h == 1 {
            return flow;
        }
        let wanted = Shape::new(shape.h, 1, shape.w * shape.c);
        let mut view = flow.view.clone();
        if let Some(last) = view.axes.last_mut() {
            *last = vec![Axis::C];
        }
        self.relabeled(node, &flow, wanted, view)
    }
}

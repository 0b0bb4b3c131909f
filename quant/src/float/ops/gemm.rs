//! Matrix products: Gemm and MatMul.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayD, ArrayView2, Axis, Dimension, Ix2, IxDyn};

use super::arithmetic::broadcast_shape;
use super::inputs::{Inputs, checked_size};
use crate::float::error::OpError;
use crate::float::op::Gemm;

pub(super) fn gemm(gemm: &Gemm, inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let a = matrix(inputs.float(0)?, gemm.transpose_a)?;
    let b = matrix(inputs.float(1)?, gemm.transpose_b)?;
    check_inner(a.shape(), b.shape())?;
    let shape = [a.nrows(), b.ncols()];
    checked_size(&shape)?;
    let mut y = match inputs.optional_float(2)? {
        None => Array2::zeros(shape),
        Some(c) => c
            .broadcast(shape)
            .ok_or_else(|| OpError::Shape {
                what: "input 2 (C)",
                found: format!("{:?}", c.shape()),
                expected: format!("a shape that broadcasts to {shape:?}"),
            })?
            .to_owned(),
    };
    general_mat_mul(gemm.alpha, &a, &b, gemm.beta, &mut y);
    Ok(y.into_dyn())
}

fn matrix(array: &ArrayD<f32>, transpose: bool) -> Result<ArrayView2<'_, f32>, OpError> {
    let view = array
        .view()
        .into_dimensionality::<Ix2>()
        .map_err(|_| OpError::Shape {
            what: "Gemm operand",
            found: format!("{:?}", array.shape()),
            expected: "a matrix".into(),
        })?;
    Ok(if transpose {
        view.reversed_axes()
    } else {
        view
    })
}

/// Product with NumPy's rules: leading dimensions broadcast, a vector is a row on the left and a column on the right.
pub(super) fn matmul(inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let (mut a, mut b) = (inputs.float(0)?.view(), inputs.float(1)?.view());
    if a.ndim() == 0 || b.ndim() == 0 {
        return Err(OpError::Shape {
            what: "MatMul operands",
            found: format!("{:?} and {:?}", a.shape(), b.shape()),
            expected: "at least one dimension each".into(),
        });
    }
    let (row, column) = (a.ndim() == 1, b.ndim() == 1);
    if row {
        a = a.insert_axis(Axis(0));
    }
    if column {
        b = b.insert_axis(Axis(1));
    }
    let (lead_a, inner_a) = a.shape().split_at(a.ndim() - 2);
    let (lead_b, inner_b) = b.shape().split_at(b.ndim() - 2);
    check_inner(inner_a, inner_b)?;
    let lead = broadcast_shape(lead_a, lead_b)?;
    let matrix = [inner_a[0], inner_b[1]];
    let full_a = [lead.as_slice(), inner_a].concat();
    let full_b = [lead.as_slice(), inner_b].concat();
    let mut shape = [lead.as_slice(), &matrix].concat();
    for shape in [&full_a, &full_b, &shape] {
        checked_size(shape)?;
    }
    let mut output = Vec::with_capacity(shape.iter().product());
    let (Some(a), Some(b)) = (a.broadcast(IxDyn(&full_a)), b.broadcast(IxDyn(&full_b))) else {
        return Err(cannot_broadcast(&full_a, &full_b));
    };
    // With no leading dimensions this is one product.
    for index in ndarray::indices(IxDyn(&lead)) {
        let (mut left, mut right) = (a.view(), b.view());
        for &position in index.slice() {
            left.index_axis_inplace(Axis(0), position);
            right.index_axis_inplace(Axis(0), position);
        }
        let (Ok(left), Ok(right)) = (
            left.into_dimensionality::<Ix2>(),
            right.into_dimensionality::<Ix2>(),
        ) else {
            return Err(cannot_broadcast(&full_a, &full_b));
        };
        output.extend(left.dot(&right).iter());
    }
    if column {
        shape.pop();
    }
    if row {
        shape.remove(lead.len());
    }
    ArrayD::from_shape_vec(IxDyn(&shape), output).map_err(|_| cannot_broadcast(&full_a, &full_b))
}

fn check_inner(a: &[usize], b: &[usize]) -> Result<(), OpError> {
    if a[1] == b[0] {
        return Ok(());
    }
    Err(OpError::Shape {
        what: "inner dimensions of a matrix product",
        found: format!("{a:?} times {b:?}"),
        expected: "columns of the first equal to rows of the second".into(),
    })
}

fn cannot_broadcast(a: &[usize], b: &[usize]) -> OpError {
    OpError::Shape {
        what: "leading dimensions",
        found: format!("{a:?} and {b:?}"),
        expected: "shapes that broadcast".into(),
    }
}

//! Element-wise functions of several tensors, with NumPy broadcasting.

use ndarray::{ArrayD, IxDyn, Zip};

use super::inputs::{Inputs, checked_size};
use crate::float::error::OpError;
use crate::float::op::Op;
use crate::float::value::{IntTensor, IntType, Value};

/// The shape two shapes broadcast to, checked to be of sensible size.
pub(super) fn broadcast_shape(a: &[usize], b: &[usize]) -> Result<Vec<usize>, OpError> {
    let rank = a.len().max(b.len());
    let dim =
        |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    let combine = |i: usize| match (dim(a, i), dim(b, i)) {
        (1, other) | (other, 1) => Some(other),
        (x, y) if x == y => Some(x),
        _ => None,
    };
    let shape = (0..rank)
        .map(combine)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| OpError::Shape {
            what: "operands",
            found: format!("{a:?} and {b:?}"),
            expected: "shapes that broadcast: equal sizes, or one of them 1".into(),
        })?;
    checked_size(&shape)?;
    Ok(shape)
}

/// Applies `f` to pairs of elements.
pub(super) fn zip<A: Copy, B: Copy, R: Default + Clone>(
    a: &ArrayD<A>,
    b: &ArrayD<B>,
    f: impl Fn(A, B) -> R,
) -> Result<ArrayD<R>, OpError> {
    let shape = broadcast_shape(a.shape(), b.shape())?;
    let (Some(left), Some(right)) = (a.broadcast(IxDyn(&shape)), b.broadcast(IxDyn(&shape))) else {
        return Err(OpError::Shape {
            what: "operands",
            found: format!("{:?} and {:?}", a.shape(), b.shape()),
            expected: format!("shapes that broadcast to {shape:?}"),
        });
    };
    let mut result = ArrayD::from_elem(IxDyn(&shape), R::default());
    Zip::from(&mut result)
        .and(&left)
        .and(&right)
        .for_each(|r, &a, &b| *r = f(a, b));
    Ok(result)
}

/// Add, Sub, Mul, Div, Pow, Min, Max: folds all inputs from the left.
pub(super) fn arithmetic(op: &Op, inputs: &Inputs<'_>) -> Result<Value, OpError> {
    let first = inputs.any(0)?.clone();
    (1..inputs.len().max(2)).try_fold(first, |left, index| {
        let right = match inputs.optional(index) {
            Some(value) => value,
            // Min and Max may have a single input.
            None if matches!(op, Op::Min | Op::Max) => return Ok(left),
            None => return Err(OpError::MissingInput { index }),
        };
        pair(op, &left, right, index)
    })
}

fn pair(op: &Op, left: &Value, right: &Value, index: usize) -> Result<Value, OpError> {
    match (left, right) {
        (Value::Float(a), Value::Float(b)) => Ok(Value::Float(zip(a, b, |a, b| float(op, a, b))?)),
        (Value::Float(a), Value::Int(b)) if *op == Op::Pow => {
            Ok(Value::Float(zip(a, &b.data, |a, b| a.powf(b as f32))?))
        }
        (Value::Int(a), Value::Int(b)) if a.kind == b.kind => integers(op, a, b),
        _ => Err(OpError::ElementType {
            index,
            found: right.element_type(),
            expected: "the element type of input 0",
        }),
    }
}

fn float(op: &Op, a: f32, b: f32) -> f32 {
    match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::Min => a.min(b),
        Op::Max => a.max(b),
        _ => a.powf(b),
    }
}

fn integers(op: &Op, a: &IntTensor, b: &IntTensor) -> Result<Value, OpError> {
    if *op == Op::Pow {
        return Err(OpError::Unsupported {
            what: "Pow of integers",
            remedy: "insert a Cast to float",
        });
    }
    if *op == Op::Div && b.data.iter().any(|&divisor| divisor == 0) {
        return Err(OpError::Attribute {
            name: "divisor",
            found: "0".into(),
            expected: "integers other than zero".into(),
        });
    }
    let kind = a.kind;
    let compute = |a: i64, b: i64| match op {
        Op::Add => a.wrapping_add(b),
        Op::Sub => a.wrapping_sub(b),
        Op::Mul => a.wrapping_mul(b),
        Op::Div => a.wrapping_div(b),
        Op::Min => a.min(b),
        _ => a.max(b),
    };
    let data = zip(&a.data, &b.data, |a, b| kind.wrap(compute(a, b)))?;
    Ok(Value::Int(IntTensor { data, kind }))
}

/// PRelu: the slope broadcasts to the input.
pub(super) fn prelu(inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    zip(inputs.float(0)?, inputs.float(1)?, |x, slope| {
        if x < 0.0 { slope * x } else { x }
    })
}

pub(super) fn equal(inputs: &Inputs<'_>) -> Result<Value, OpError> {
    let data = match (inputs.any(0)?, inputs.any(1)?) {
        (Value::Float(a), Value::Float(b)) => zip(a, b, |a, b| i64::from(a == b))?,
        (Value::Int(a), Value::Int(b)) => zip(&a.data, &b.data, |a, b| i64::from(a == b))?,
        (_, other) => {
            return Err(OpError::ElementType {
                index: 1,
                found: other.element_type(),
                expected: "the element type of input 0",
            });
        }
    };
    Ok(Value::Int(IntTensor {
        data,
        kind: IntType::Bool,
    }))
}

/// Input 1 where the condition (input 0) holds, else input 2.
pub(super) fn select(inputs: &Inputs<'_>) -> Result<Value, OpError> {
    let condition = &inputs.int(0)?.data;
    match (inputs.any(1)?, inputs.any(2)?) {
        (Value::Float(a), Value::Float(b)) => Ok(Value::Float(choose(condition, a, b)?)),
        (Value::Int(a), Value::Int(b)) if a.kind == b.kind => Ok(Value::Int(IntTensor {
            data: choose(condition, &a.data, &b.data)?,
            kind: a.kind,
        })),
        (_, other) => Err(OpError::ElementType {
            index: 2,
            found: other.element_type(),
            expected: "the element type of input 1",
        }),
    }
}

fn choose<T: Copy + Default>(
    condition: &ArrayD<i64>,
    a: &ArrayD<T>,
    b: &ArrayD<T>,
) -> Result<ArrayD<T>, OpError> {
    let pairs = zip(a, b, |a, b| (a, b))?;
    zip(
        condition,
        &pairs,
        |condition, (a, b)| if condition != 0 { a } else { b },
    )
}

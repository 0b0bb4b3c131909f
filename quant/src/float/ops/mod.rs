//! The arithmetic of each operator, on values.
//!
//! [`evaluate`] is the only entrance: constant folding, shape recording and the [`Runner`](super::Runner) share it.

mod activation;
mod arithmetic;
mod blocks;
mod cells;
mod conv;
mod gemm;
mod indexing;
mod inputs;
mod layout;
mod normalize;
pub(crate) mod pad;
mod pool;
mod quantize;
mod recurrent;
pub(crate) mod window;

pub(crate) use inputs::checked_size;
pub use inputs::{Inputs, MAX_ELEMENTS};

use super::error::OpError;
use super::op::Op;
use super::value::Value;

/// Applies one generic expression to the elements of a value, whatever their type. The expression may use `?`.
macro_rules! elements {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            Value::Float($array) => Ok::<Value, OpError>(Value::Float($body)),
            Value::Int(tensor) => {
                let $array = &tensor.data;
                Ok(Value::Int($crate::float::value::IntTensor {
                    data: $body,
                    kind: tensor.kind,
                }))
            }
        }
    };
}
use elements;

/// Computes one operator. `outputs` is the number of outputs the node has.
///
/// # Errors
/// Inputs that do not fit the operator, or results that would be absurdly large.
pub fn evaluate(op: &Op, inputs: &Inputs<'_>, outputs: usize) -> Result<Vec<Value>, OpError> {
    match op {
        Op::MaxPool(pool) => pool::max_pool(pool, inputs, outputs),
        Op::Split(split) => layout::split(split, inputs),
        Op::Recurrent(op) => recurrent::recurrent(op, inputs, outputs),
        _ => match real(op, inputs) {
            Some(result) => Ok(vec![Value::Float(result?)]),
            None => Ok(vec![any(op, inputs)?]),
        },
    }
}

/// Operators whose one result is always real.
fn real(op: &Op, x: &Inputs<'_>) -> Option<Result<ndarray::ArrayD<f32>, OpError>> {
    Some(match op {
        Op::Conv(conv) => conv::conv(conv, x),
        Op::Gemm(gemm) => gemm::gemm(gemm, x),
        Op::MatMul => gemm::matmul(x),
        Op::BatchNormalization { epsilon } => normalize::batch_normalization(*epsilon, x),
        Op::Relu => activation::map(x, |v| v.max(0.0)),
        Op::LeakyRelu { alpha } => activation::map(x, |v| activation::leaky_relu(v, *alpha)),
        Op::PRelu => arithmetic::prelu(x),
        Op::Elu { alpha } => activation::map(x, |v| activation::elu(v, *alpha)),
        Op::Sigmoid => activation::map(x, activation::sigmoid),
        Op::Tanh => activation::map(x, f32::tanh),
        Op::HardSigmoid { alpha, beta } => {
            activation::map(x, |v| activation::hard_sigmoid(v, *alpha, *beta))
        }
        Op::HardSwish => activation::map(x, activation::hard_swish),
        Op::Sqrt => activation::map(x, f32::sqrt),
        Op::Reciprocal => activation::map(x, f32::recip),
        Op::Neg => activation::map(x, |v| -v),
        Op::Abs => activation::map(x, f32::abs),
        Op::Exp => activation::map(x, f32::exp),
        Op::Softmax(softmax) => normalize::softmax(softmax, x, false),
        Op::LogSoftmax(softmax) => normalize::softmax(softmax, x, true),
        Op::ReduceMean(reduce) => normalize::reduce_mean(reduce, x),
        Op::AveragePool(pool) => pool::average_pool(pool, x),
        Op::GlobalAveragePool => pool::global_pool(x, pool::mean),
        Op::GlobalMaxPool => pool::global_pool(x, pool::maximum),
        Op::DepthToSpace { block, mode } => blocks::depth_to_space(x, *block, *mode),
        Op::SpaceToDepth { block } => blocks::space_to_depth(x, *block),
        Op::DequantizeLinear { at } => quantize::dequantize(at, x),
        _ => return None,
    })
}

/// Operators whose one result may be of any type.
fn any(op: &Op, x: &Inputs<'_>) -> Result<Value, OpError> {
    match op {
        Op::Clip { min, max } => activation::clip(x, *min, *max),
        Op::Cast { to } => activation::cast(x, *to),
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Pow | Op::Min | Op::Max => {
            arithmetic::arithmetic(op, x)
        }
        Op::Equal => arithmetic::equal(x),
        Op::Where => arithmetic::select(x),
        Op::ArgMax {
            axis,
            keep_dims,
            select_last,
        } => normalize::arg_max(*axis, *keep_dims, *select_last, x).map(Value::int64),
        Op::Concat { axis } => layout::concat(x, *axis),
        Op::Pad(pad) => pad::pad(pad, x),
        Op::Flatten { axis } => layout::flatten(x, *axis),
        Op::Reshape { allow_zero } => layout::reshape(x, *allow_zero),
        Op::Transpose { permutation } => layout::transpose(x, permutation.as_deref()),
        Op::Squeeze { axes } => layout::squeeze(x, axes.as_deref()),
        Op::Unsqueeze { axes } => layout::unsqueeze(x, axes.as_deref()),
        Op::Shape { start, end } => indexing::shape(x, *start, *end),
        Op::Gather { axis } => indexing::gather(x, *axis),
        Op::Expand => indexing::expand(x),
        Op::ConstantOfShape { value } => indexing::constant_of_shape(x, value),
        Op::Range => indexing::range(x),
        Op::Slice { starts, ends, axes } => indexing::slice(x, starts, ends, axes),
        Op::QuantizeLinear { at, output } => quantize::quantize(at, *output, x),
        Op::Identity | Op::Dropout => x.any(0).cloned(),
        _ => Err(OpError::Unsupported {
            what: "this operator",
            remedy: "remove it from the graph",
        }),
    }
}

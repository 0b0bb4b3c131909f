//! From ONNX operator types and attributes to [`Op`]. Adding an operator starts here.

use super::attributes::Attributes;
use super::error::ImportError;
use super::{recurrent, tensor};
use crate::float::{
    Conv, DepthToSpaceMode, ElementType, Gemm, Op, Pad, PadMode, Padding, Pool, QuantizeAxis,
    Reduce, Softmax, Split, Value, Window,
};
use ndarray::{ArrayD, IxDyn};
use rten_onnx::onnx::DataType;

type Result<T> = std::result::Result<T, ImportError>;

/// Decodes a node other than Constant; `None` if its operator type is not supported.
pub(super) fn decode(
    attributes: &mut Attributes<'_>,
    opset: i64,
    outputs: usize,
) -> Result<Option<Op>> {
    if let Some(op) = plain(attributes.op) {
        return Ok(Some(op));
    }
    if let Some(op) = activation(attributes, opset)? {
        return Ok(Some(op));
    }
    if let Some(op) = layout(attributes, outputs)? {
        return Ok(Some(op));
    }
    if let Some(op) = recurrent::decode(attributes)? {
        return Ok(Some(op));
    }
    weighted(attributes)
}

/// Operators without attributes.
fn plain(op: &str) -> Option<Op> {
    Some(match op {
        "MatMul" => Op::MatMul,
        "Relu" => Op::Relu,
        "PRelu" => Op::PRelu,
        "Sigmoid" => Op::Sigmoid,
        "Tanh" => Op::Tanh,
        "HardSwish" => Op::HardSwish,
        "Sqrt" => Op::Sqrt,
        "Reciprocal" => Op::Reciprocal,
        "Neg" => Op::Neg,
        "Abs" => Op::Abs,
        "Exp" => Op::Exp,
        "Add" => Op::Add,
        "Sub" => Op::Sub,
        "Mul" => Op::Mul,
        "Div" => Op::Div,
        "Pow" => Op::Pow,
        "Min" => Op::Min,
        "Max" => Op::Max,
        "Equal" => Op::Equal,
        "Where" => Op::Where,
        "GlobalAveragePool" => Op::GlobalAveragePool,
        "GlobalMaxPool" => Op::GlobalMaxPool,
        "Expand" => Op::Expand,
        "Range" => Op::Range,
        "Identity" => Op::Identity,
        _ => return None,
    })
}

/// Element-wise functions, normalisations and reductions.
fn activation(a: &mut Attributes<'_>, opset: i64) -> Result<Option<Op>> {
    Ok(Some(match a.op {
        "Clip" => Op::Clip {
            min: a.float("min")?,
            max: a.float("max")?,
        },
        "LeakyRelu" => Op::LeakyRelu {
            alpha: a.float_or("alpha", 0.01)?,
        },
        "Elu" => Op::Elu {
            alpha: a.float_or("alpha", 1.0)?,
        },
        "HardSigmoid" => Op::HardSigmoid {
            alpha: a.float_or("alpha", 0.2)?,
            beta: a.float_or("beta", 0.5)?,
        },
        "Softmax" => Op::Softmax(softmax(a, opset)?),
        "LogSoftmax" => Op::LogSoftmax(softmax(a, opset)?),
        "ReduceMean" => Op::ReduceMean(Reduce {
            axes: a.ints("axes")?,
            keep_dims: a.flag("keepdims", true)?,
            noop_with_empty_axes: a.flag("noop_with_empty_axes", false)?,
        }),
        "ArgMax" => Op::ArgMax {
            axis: a.int_or("axis", 0)?,
            keep_dims: a.flag("keepdims", true)?,
            select_last: a.flag("select_last_index", false)?,
        },
        "Cast" => {
            a.only("saturate", 1)?;
            let code = a.int_or("to", 0)?;
            Op::Cast {
                to: element(a, "to", code)?,
            }
        }
        "Dropout" => {
            a.float("ratio")?;
            a.int("seed")?;
            Op::Dropout
        }
        "QuantizeLinear" => quantize(a)?,
        "DequantizeLinear" => Op::DequantizeLinear {
            at: quantize_axis(a)?,
        },
        _ => return Ok(None),
    }))
}

fn softmax(a: &mut Attributes<'_>, opset: i64) -> Result<Softmax> {
    let flatten = opset < 13;
    Ok(Softmax {
        axis: a.int_or("axis", if flatten { 1 } else { -1 })?,
        flatten,
    })
}

fn quantize(a: &mut Attributes<'_>) -> Result<Op> {
    a.only("saturate", 1)?;
    a.only("precision", 0)?;
    let output = match a.int_or("output_dtype", 0)? {
        0 => None,
        code => Some(element(a, "output_dtype", code)?),
    };
    Ok(Op::QuantizeLinear {
        at: quantize_axis(a)?,
        output,
    })
}

fn quantize_axis(a: &mut Attributes<'_>) -> Result<QuantizeAxis> {
    let axis = a.int_or("axis", 1)?;
    let block = match a.int_or("block_size", 0)? {
        0 => 0,
        _ => a.extent("block_size", None)?,
    };
    Ok(QuantizeAxis { axis, block })
}

fn element(a: &Attributes<'_>, name: &str, code: i64) -> Result<ElementType> {
    let data_type = DataType(i32::try_from(code).unwrap_or(0));
    tensor::element_type(data_type).ok_or_else(|| {
        a.error(
            name,
            data_type,
            "a real, boolean or integer type of 8 to 64 bits",
        )
    })
}

/// Operators that move elements, and shape arithmetic.
fn layout(a: &mut Attributes<'_>, outputs: usize) -> Result<Option<Op>> {
    Ok(Some(match a.op {
        "Concat" => match a.int("axis")? {
            Some(axis) => Op::Concat { axis },
            None => return Err(a.error("axis", "missing", "an integer")),
        },
        "Pad" => Op::Pad(pad(a)?),
        "Flatten" => Op::Flatten {
            axis: a.int_or("axis", 1)?,
        },
        "Reshape" => Op::Reshape {
            allow_zero: a.flag("allowzero", false)?,
        },
        "Transpose" => {
            let permutation = a.extents("perm", 0)?;
            Op::Transpose {
                permutation: (!permutation.is_empty()).then_some(permutation),
            }
        }
        "Squeeze" => Op::Squeeze {
            axes: a.ints("axes")?,
        },
        "Unsqueeze" => Op::Unsqueeze {
            axes: a.ints("axes")?,
        },
        "DepthToSpace" => depth_to_space(a)?,
        "SpaceToDepth" => Op::SpaceToDepth {
            block: a.extent("blocksize", None)?,
        },
        "Shape" => Op::Shape {
            start: a.int_or("start", 0)?,
            end: a.int("end")?,
        },
        "Gather" => Op::Gather {
            axis: a.int_or("axis", 0)?,
        },
        "ConstantOfShape" => constant_of_shape(a)?,
        "Slice" => Op::Slice {
            starts: a.ints("starts")?.unwrap_or_default(),
            ends: a.ints("ends")?.unwrap_or_default(),
            axes: a.ints("axes")?.unwrap_or_default(),
        },
        "Split" => {
            let parts = a.extent("num_outputs", Some(outputs.max(1) as i64))?;
            Op::Split(Split {
                axis: a.int_or("axis", 0)?,
                sizes: a.ints("split")?,
                parts,
            })
        }
        _ => return Ok(None),
    }))
}

fn pad(a: &mut Attributes<'_>) -> Result<Pad> {
    let mode = match a.string("mode")?.unwrap_or("constant") {
        "constant" => PadMode::Constant,
        "reflect" => PadMode::Reflect,
        "edge" => PadMode::Edge,
        "wrap" => PadMode::Wrap,
        other => return Err(a.error("mode", other, "constant, reflect, edge or wrap")),
    };
    Ok(Pad {
        mode,
        pads: a.ints("pads")?,
        value: a.float_or("value", 0.0)?,
    })
}

fn depth_to_space(a: &mut Attributes<'_>) -> Result<Op> {
    let mode = match a.string("mode")?.unwrap_or("DCR") {
        "DCR" => DepthToSpaceMode::DepthColumnRow,
        "CRD" => DepthToSpaceMode::ColumnRowDepth,
        other => return Err(a.error("mode", other, "DCR or CRD")),
    };
    Ok(Op::DepthToSpace {
        block: a.extent("blocksize", None)?,
        mode,
    })
}

fn constant_of_shape(a: &mut Attributes<'_>) -> Result<Op> {
    let value = match a.tensor("value")? {
        None => Value::Float(ArrayD::zeros(IxDyn(&[]))),
        Some(proto) => tensor::value(proto, a.file, a.node)?,
    };
    if value.shape().iter().product::<usize>() != 1 {
        return Err(a.error(
            "value",
            format!("a tensor of shape {:?}", value.shape()),
            "one element",
        ));
    }
    Ok(Op::ConstantOfShape { value })
}

/// Convolution, matrix products, pooling, batch normalization.
fn weighted(a: &mut Attributes<'_>) -> Result<Option<Op>> {
    Ok(Some(match a.op {
        "Conv" => Op::Conv(Conv {
            groups: a.extent("group", Some(1))?,
            window: window(a)?,
        }),
        "Gemm" => Op::Gemm(Gemm {
            alpha: a.float_or("alpha", 1.0)?,
            beta: a.float_or("beta", 1.0)?,
            transpose_a: a.flag("transA", false)?,
            transpose_b: a.flag("transB", false)?,
        }),
        "BatchNormalization" => {
            a.float("momentum")?;
            a.only("training_mode", 0)?;
            a.only("spatial", 1)?;
            Op::BatchNormalization {
                epsilon: a.float_or("epsilon", 1e-5)?,
            }
        }
        "MaxPool" => Op::MaxPool(pool(a)?),
        "AveragePool" => Op::AveragePool(pool(a)?),
        _ => return Ok(None),
    }))
}

fn pool(a: &mut Attributes<'_>) -> Result<Pool> {
    let window = window(a)?;
    if window.kernel.is_empty() {
        return Err(a.error("kernel_shape", "missing", "a list of integers"));
    }
    let average = a.op == "AveragePool";
    Ok(Pool {
        window,
        ceil_mode: a.flag("ceil_mode", false)?,
        count_include_pad: average && a.flag("count_include_pad", false)?,
        column_major: !average && a.flag("storage_order", false)?,
    })
}

fn window(a: &mut Attributes<'_>) -> Result<Window> {
    let mut pads = a.extents("pads", 0)?;
    if !pads.len().is_multiple_of(2) {
        return Err(a.error(
            "pads",
            format!("{pads:?}"),
            "two values for each spatial dimension",
        ));
    }
    let after = pads.split_off(pads.len() / 2);
    let padding = match a.string("auto_pad")?.unwrap_or("NOTSET") {
        "NOTSET" | "" => Padding::Explicit {
            before: pads,
            after,
        },
        "SAME_UPPER" => Padding::SameUpper,
        "SAME_LOWER" => Padding::SameLower,
        "VALID" => Padding::Valid,
        other => return Err(a.error("auto_pad", other, "NOTSET, SAME_UPPER, SAME_LOWER or VALID")),
    };
    Ok(Window {
        kernel: a.extents("kernel_shape", 1)?,
        strides: a.extents("strides", 1)?,
        dilations: a.extents("dilations", 1)?,
        padding,
    })
}

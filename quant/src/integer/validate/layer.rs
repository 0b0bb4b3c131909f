//! Rules of single layers, and what several operators have in common.

use super::{conv, pool, recurrent};
use crate::integer::{
    Cell, GraphError, IntGraph, IntTensor, Layer, LayerOp, Multiplier, Rescale, Shape, Window,
};

/// Checks one layer; its tensor indices are valid.
pub(super) fn check(graph: &IntGraph, layer: &Layer) -> Result<(), GraphError> {
    let output = &graph.tensors[layer.output];
    let operands: Vec<&IntTensor> = layer.inputs.iter().map(|&id| &graph.tensors[id]).collect();
    check_operand_count(layer)?;
    match &layer.op {
        LayerOp::Conv(op) => conv::check(layer, op, &operands, output),
        LayerOp::MaxPool(op) => pool::check_max(layer, op, operands[0], output),
        LayerOp::AveragePool(op) => pool::check_average(layer, op, operands[0], output),
        LayerOp::Add { rescale, clamp } => {
            check_clamp(layer, *clamp)?;
            for (by, operand) in rescale.iter().zip(&operands) {
                check_rescale(layer, *by, operand)?;
                check_shape(layer, output, operand.shape)?;
            }
            Ok(())
        }
        LayerOp::Concat(op) => check_concat(layer, op.axis, &operands, output),
        LayerOp::Pad(op) => {
            check_same_scale(layer, operands[0], output)?;
            let window = Window {
                pads: op.pads,
                ..Window::ONE
            };
            check_window(
                layer,
                &window,
                operands[0].shape,
                output,
                operands[0].shape.c,
            )
        }
        LayerOp::Table(table) => {
            check_count(layer, "the table", table.len(), 256)?;
            check_shape(layer, output, operands[0].shape)
        }
        LayerOp::Requantize { rescale, clamp } => {
            check_clamp(layer, *clamp)?;
            check_rescale(layer, *rescale, operands[0])?;
            check_shape(layer, output, operands[0].shape)
        }
        LayerOp::Reshape => {
            check_same_scale(layer, operands[0], output)?;
            let same = operands[0].shape.elements() == output.shape.elements();
            if same {
                Ok(())
            } else {
                Err(shape_error(layer, output.shape, operands[0].shape))
            }
        }
        LayerOp::Slice { begin } => check_slice(layer, *begin, operands[0], output),
        LayerOp::Recurrent(op) => recurrent::check(layer, op, operands[0], output),
    }
}

fn check_operand_count(layer: &Layer) -> Result<(), GraphError> {
    let found = layer.inputs.len();
    let (fits, expected) = match &layer.op {
        LayerOp::Conv(conv) if conv.residual.is_some() => {
            (found == 2, "2 (image and residual operand)")
        }
        LayerOp::Add { .. } => (found == 2, "2"),
        LayerOp::Concat(_) => (found >= 1, "at least 1"),
        _ => (found == 1, "1"),
    };
    if fits {
        Ok(())
    } else {
        Err(GraphError::Operands {
            layer: layer.name.clone(),
            op: layer.op.name(),
            found,
            expected,
        })
    }
}

fn check_concat(
    layer: &Layer,
    axis: usize,
    operands: &[&IntTensor],
    output: &IntTensor,
) -> Result<(), GraphError> {
    let extents = |shape: Shape| [shape.h, shape.w, shape.c];
    if axis > 2 {
        return Err(GraphError::Axis {
            layer: layer.name.clone(),
            found: axis,
        });
    }
    let first = operands[0].shape;
    let mut sum = 0usize;
    for operand in operands {
        check_same_scale(layer, operand, output)?;
        let fits = (0..3).all(|a| a == axis || extents(operand.shape)[a] == extents(first)[a]);
        if !fits {
            return Err(GraphError::OperandShapes {
                layer: layer.name.clone(),
                a: first,
                b: operand.shape,
            });
        }
        sum = sum.saturating_add(extents(operand.shape)[axis]);
    }
    let mut expected = extents(first);
    expected[axis] = sum;
    check_shape(
        layer,
        output,
        Shape::new(expected[0], expected[1], expected[2]),
    )
}

/// The part lies inside the operand.
fn check_slice(
    layer: &Layer,
    begin: [usize; 3],
    operand: &IntTensor,
    output: &IntTensor,
) -> Result<(), GraphError> {
    check_same_scale(layer, operand, output)?;
    let (from, part) = (operand.shape, output.shape);
    let ends = [
        (begin[0], part.h, from.h),
        (begin[1], part.w, from.w),
        (begin[2], part.c, from.c),
    ];
    let inside = |&(begin, size, limit): &(usize, usize, usize)| {
        begin.checked_add(size).is_some_and(|end| end <= limit)
    };
    if ends.iter().all(inside) {
        return Ok(());
    }
    Err(GraphError::Slice {
        layer: layer.name.clone(),
        begin,
        part,
        operand: from,
    })
}

/// The result of a window over `operand` has `channels` channels and the right extents.
pub(super) fn check_window(
    layer: &Layer,
    window: &Window,
    operand: Shape,
    output: &IntTensor,
    channels: usize,
) -> Result<(), GraphError> {
    let error = || GraphError::Window {
        layer: layer.name.clone(),
        kernel: window.kernel,
        dilation: window.dilation,
        pads: window.pads,
        operand,
    };
    let [h, w] = window.output(operand.h, operand.w).ok_or_else(error)?;
    let [top, left, bottom, right] = window.pads;
    let padded = Shape::new(
        operand.h + top + bottom,
        operand.w + left + right,
        operand.c,
    );
    if padded.elements() > crate::integer::MAX_ELEMENTS {
        return Err(error());
    }
    check_shape(layer, output, Shape::new(h, w, channels))
}

pub(super) fn check_shape(
    layer: &Layer,
    output: &IntTensor,
    expected: Shape,
) -> Result<(), GraphError> {
    if output.shape == expected {
        Ok(())
    } else {
        Err(shape_error(layer, output.shape, expected))
    }
}

fn shape_error(layer: &Layer, found: Shape, expected: Shape) -> GraphError {
    GraphError::ResultShape {
        layer: layer.name.clone(),
        found,
        expected,
    }
}

pub(super) fn check_count(
    layer: &Layer,
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), GraphError> {
    if found == expected {
        Ok(())
    } else {
        Err(GraphError::Count {
            layer: layer.name.clone(),
            what,
            found,
            expected,
        })
    }
}

pub(super) fn check_clamp(layer: &Layer, [lo, hi]: [i8; 2]) -> Result<(), GraphError> {
    if lo <= hi {
        Ok(())
    } else {
        Err(GraphError::Clamp {
            layer: layer.name.clone(),
            lo,
            hi,
        })
    }
}

pub(super) fn check_multiplier(layer: &Layer, multiplier: Multiplier) -> Result<(), GraphError> {
    let Multiplier { m, s } = multiplier;
    if multiplier.in_range() {
        Ok(())
    } else {
        Err(GraphError::Multiplier {
            layer: layer.name.clone(),
            m,
            s,
        })
    }
}

pub(super) fn check_rescale(
    layer: &Layer,
    by: Rescale,
    operand: &IntTensor,
) -> Result<(), GraphError> {
    check_multiplier(layer, by.multiplier)?;
    if by.zero == operand.zero {
        return Ok(());
    }
    Err(GraphError::Zero {
        layer: layer.name.clone(),
        found: by.zero,
        expected: operand.zero,
    })
}

pub(super) fn check_same_scale(
    layer: &Layer,
    a: &IntTensor,
    b: &IntTensor,
) -> Result<(), GraphError> {
    if a.scale == b.scale && a.zero == b.zero {
        return Ok(());
    }
    let (layer, op) = (layer.name.clone(), layer.op.name());
    Err(GraphError::ScaleChanges {
        layer,
        op,
        a: a.name.clone(),
        b: b.name.clone(),
    })
}

impl LayerOp {
    /// Name of the operator, for messages and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conv(_) => "Conv",
            Self::MaxPool(_) => "MaxPool",
            Self::AveragePool(_) => "AveragePool",
            Self::Add { .. } => "Add",
            Self::Concat(_) => "Concat",
            Self::Pad(_) => "Pad",
            Self::Table(_) => "Table",
            Self::Requantize { .. } => "Requantize",
            Self::Reshape => "Reshape",
            Self::Slice { .. } => "Slice",
            Self::Recurrent(op) => match op.cell {
                Cell::Lstm { .. } => "LSTM",
                Cell::Gru { .. } => "GRU",
                Cell::Rnn { .. } => "RNN",
            },
        }
    }
}

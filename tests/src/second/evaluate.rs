//! Runs an integer graph with the second implementation, layer by layer.

use systole_quant::integer::{
    AveragePool, Conv, IntGraph, IntTensor, Layer, LayerOp, Rescale, Shape, Window,
};

use super::layers::{
    Affine, Convolution, Image, Pool, add, average_pool, concat_channels, convolution, lookup,
    max_pool, requantized,
};

/// The output of one layer from the tensors computed so far; `None` for layers that only move bytes
/// (pad, reshape, concatenation of rows or columns), which numerics says nothing about.
pub fn layer(graph: &IntGraph, layer: &Layer, tensors: &[Option<Image>]) -> Option<Image> {
    let operand = |i: usize| layer.inputs.get(i).and_then(|id| tensors[*id].as_ref());
    let y = &graph.tensors[layer.output];
    let tensor = |i: usize| &graph.tensors[layer.inputs[i]];
    let x = operand(0)?;
    Some(match &layer.op {
        LayerOp::Conv(op) => conv(op, x, tensor(0), operand(1), y),
        LayerOp::MaxPool(op) => max_pool(x, &pool(&op.window)),
        LayerOp::AveragePool(op) => average(op, x, tensor(0), y),
        LayerOp::Add { rescale, clamp } => add(x, operand(1)?, rescale.map(affine), y.zero, *clamp),
        LayerOp::Requantize { rescale, clamp } => requantized(x, affine(*rescale), y.zero, *clamp),
        LayerOp::Table(entries) => lookup(x, entries),
        LayerOp::Concat(op) if op.axis == 2 => {
            let parts: Option<Vec<&Image>> = (0..layer.inputs.len()).map(operand).collect();
            concat_channels(&parts?)
        }
        LayerOp::Concat(_) | LayerOp::Pad(_) | LayerOp::Reshape | LayerOp::Slice { .. } => {
            return None;
        }
        // Has states, which no tensor holds: see `second_recurrent.rs`.
        LayerOp::Recurrent(_) => return None,
    })
}

/// Wraps the bytes of a tensor.
pub fn image(shape: Shape, data: &[i8]) -> Image {
    Image {
        h: shape.h,
        w: shape.w,
        c: shape.c,
        data: data.to_vec(),
    }
}

fn affine(rescale: Rescale) -> Affine {
    Affine {
        m: rescale.multiplier.m,
        s: rescale.multiplier.s,
        zero: rescale.zero,
    }
}

fn pool(window: &Window) -> Pool {
    Pool {
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        pads: window.pads,
    }
}

fn conv(op: &Conv, x: &Image, input: &IntTensor, residual: Option<&Image>, y: &IntTensor) -> Image {
    let multipliers: Vec<(u16, u8)> = op.multipliers.iter().map(|m| (m.m, m.s)).collect();
    let spec = Convolution {
        window: pool(&op.window),
        groups: op.groups,
        outputs: y.shape.c,
        weights: &op.weights,
        bias: &op.bias,
        multipliers: &multipliers,
        zero_x: input.zero,
        zero_y: y.zero,
        clamp: op.clamp,
    };
    convolution(x, &spec, residual.zip(op.residual.map(affine)))
}

fn average(op: &AveragePool, x: &Image, input: &IntTensor, y: &IntTensor) -> Image {
    let all = op.window.kernel[0] * op.window.kernel[1];
    let divisor = |_, _| op.count_include_pad.then_some(all);
    let multiplier = |n| {
        op.multipliers
            .iter()
            .find(|(k, _)| *k == n)
            .map_or((0, 55), |(_, m)| (m.m, m.s))
    };
    average_pool(
        x,
        &pool(&op.window),
        divisor,
        multiplier,
        input.zero,
        y.zero,
        op.clamp,
    )
}

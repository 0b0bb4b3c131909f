//! Layers as shown to people: a short description and the multiplications the model asks for.

use systole_quant::integer::{IntGraph, Layer, LayerOp, Window};

/// `conv 3x3 s2`, `max_pool 2x2`, `add`...
pub(super) fn describe(layer: &Layer) -> String {
    match &layer.op {
        LayerOp::Conv(conv) => {
            let kind = if conv.groups == 1 {
                "conv".to_string()
            } else {
                format!("conv g{}", conv.groups)
            };
            let residual = if conv.residual.is_some() {
                " + residual"
            } else {
                ""
            };
            format!("{kind} {}{residual}", window(&conv.window))
        }
        LayerOp::MaxPool(pool) => format!("max_pool {}", window(&pool.window)),
        LayerOp::AveragePool(pool) => format!("average_pool {}", window(&pool.window)),
        LayerOp::Add { .. } => "add".into(),
        LayerOp::Concat(concat) => format!(
            "concat {}",
            ["rows", "columns", "channels"][concat.axis.min(2)]
        ),
        LayerOp::Pad(_) => "pad".into(),
        LayerOp::Table(_) => "table".into(),
        LayerOp::Requantize { .. } => "requantize".into(),
        LayerOp::Reshape => "reshape".into(),
        LayerOp::Slice { .. } => "slice".into(),
        LayerOp::Recurrent(op) => {
            let reverse = if op.reverse { " reverse" } else { "" };
            format!("{} {}{reverse}", layer.op.name().to_lowercase(), op.hidden)
        }
    }
}

fn window(window: &Window) -> String {
    let mut text = format!("{}x{}", window.kernel[0], window.kernel[1]);
    let [down, across] = window.stride;
    if (down, across) != (1, 1) {
        text += &if down == across {
            format!(" s{down}")
        } else {
            format!(" s{down}x{across}")
        };
    }
    let [down, across] = window.dilation;
    if (down, across) != (1, 1) {
        text += &if down == across {
            format!(" d{down}")
        } else {
            format!(" d{down}x{across}")
        };
    }
    text
}

/// Multiplications, padding included; only convolutions, fully connected and recurrent layers have any.
pub(super) fn macs(graph: &IntGraph, layer: &Layer) -> u64 {
    let weights = match &layer.op {
        LayerOp::Conv(conv) => conv.weights.len(),
        LayerOp::Recurrent(op) => op.input.weights.len() + op.recurrent.weights.len(),
        _ => 0,
    };
    let output = graph.tensors[layer.output].shape;
    weights as u64 * (output.h * output.w) as u64
}

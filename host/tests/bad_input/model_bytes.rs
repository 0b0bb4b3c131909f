//! A good model, and bad ones made from it.

use crate::onnx_writer::{Dim, Model, float, int, ints, raw_tensor, string};
use rten_onnx::onnx::{DataType, TensorProto};

fn ramp(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i % 7) as f32 / 4.0 - 0.7).collect()
}

/// Convolution, ReLU, fully connected: 2x4x4 in, 3 out.
pub(crate) fn good() -> Model {
    Model::new()
        .input("image", &[1, 2, 4, 4])
        .weights("kernel", &[3, 2, 3, 3], &ramp(54))
        .weights("matrix", &[12, 3], &ramp(36))
        .node("Conv", &["image", "kernel"], &["c"], vec![])
        .node("Relu", &["c"], &["r"], vec![])
        .node("Flatten", &["r"], &["f"], vec![])
        .node("Gemm", &["f", "matrix"], &["y"], vec![])
        .output("y")
}

/// The good model with another tensor in place of its kernel.
pub(crate) fn with_kernel(kernel: TensorProto) -> Model {
    let mut model = good();
    model.graph().initializer[0] = kernel;
    model
}

/// A float32 kernel with one value changed.
pub(crate) fn kernel_with(value: f32) -> Model {
    let mut values = ramp(54);
    values[7] = value;
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    with_kernel(raw_tensor("kernel", DataType::FLOAT, &[3, 2, 3, 3], bytes))
}

/// A kernel that claims one shape and holds the bytes of another.
pub(crate) fn short_kernel() -> Model {
    with_kernel(raw_tensor(
        "kernel",
        DataType::FLOAT,
        &[3, 2, 3, 3],
        vec![0; 200],
    ))
}

/// A kernel of strings.
pub(crate) fn string_kernel() -> Model {
    with_kernel(raw_tensor(
        "kernel",
        DataType::STRING,
        &[3, 2, 3, 3],
        vec![],
    ))
}

/// A kernel for four channels where the image has two.
pub(crate) fn wide_kernel() -> Model {
    with_kernel(raw_tensor(
        "kernel",
        DataType::FLOAT,
        &[3, 4, 3, 3],
        vec![0; 432],
    ))
}

/// One node on the image.
pub(crate) fn node(op: &str, attributes: Vec<rten_onnx::onnx::AttributeProto>) -> Model {
    Model::new()
        .input("image", &[1, 2, 4, 4])
        .node(op, &["image"], &["y"], attributes)
        .output("y")
}

/// An operator that is not known.
pub(crate) fn unknown_operator() -> Model {
    node("Einsum", vec![])
}

/// A known operator that the accelerator has no counterpart for.
pub(crate) fn no_counterpart() -> Model {
    node("Sqrt", vec![])
}

/// An attribute that the operator does not have.
pub(crate) fn unknown_attribute() -> Model {
    node("Relu", vec![float("slope", 0.5)])
}

/// Pooling with a stride of zero.
pub(crate) fn zero_stride() -> Model {
    node(
        "MaxPool",
        vec![ints("kernel_shape", &[2, 2]), ints("strides", &[0, 1])],
    )
}

/// A window larger than the image.
pub(crate) fn large_window() -> Model {
    node("MaxPool", vec![ints("kernel_shape", &[9, 9])])
}

/// An input whose length is open.
pub(crate) fn open_length() -> Model {
    Model::new()
        .symbolic_input(
            "series",
            &[Dim::Symbol("N"), Dim::Fixed(2), Dim::Symbol("time")],
        )
        .node("Relu", &["series"], &["y"], vec![])
        .output("y")
}

/// An input without elements.
pub(crate) fn no_elements() -> Model {
    Model::new()
        .input("image", &[1, 0, 4, 4])
        .node("Relu", &["image"], &["y"], vec![])
        .output("y")
}

/// Two inputs.
pub(crate) fn two_inputs() -> Model {
    Model::new()
        .input("left", &[1, 4])
        .input("right", &[1, 4])
        .node("Add", &["left", "right"], &["y"], vec![])
        .output("y")
}

/// A sum of so many products that the accumulator could wrap.
pub(crate) fn many_products() -> Model {
    Model::new()
        .input("image", &[1, 1, 1100, 1024])
        .weights("matrix", &[1100 * 1024, 1], &vec![0.5; 1100 * 1024])
        .node("Flatten", &["image"], &["f"], vec![])
        .node("Gemm", &["f", "matrix"], &["y"], vec![])
        .output("y")
}

/// A fully connected layer of many weights, for configurations with few.
pub(crate) fn many_weights() -> Model {
    Model::new()
        .input("image", &[1, 32, 4, 4])
        .weights("kernel", &[64, 32, 3, 3], &ramp(64 * 32 * 9))
        .node(
            "Conv",
            &["image", "kernel"],
            &["y"],
            vec![ints("pads", &[1, 1, 1, 1])],
        )
        .output("y")
}

/// Element-wise functions that need two tables.
pub(crate) fn two_tables() -> Model {
    let mut model = good();
    model.graph().output.clear();
    model
        .node("Tanh", &["y"], &["t"], vec![])
        .node("LeakyRelu", &["t"], &["l"], vec![float("alpha", 0.3)])
        .output("l")
}

/// An LSTM that reads a sequence of six steps from its end.
pub(crate) fn reverse_sequence() -> Model {
    let attributes = vec![
        int("hidden_size", 3),
        int("layout", 1),
        string("direction", "reverse"),
    ];
    Model::new()
        .input("x", &[1, 6, 4])
        .weights("W", &[1, 12, 4], &ramp(48))
        .weights("R", &[1, 12, 3], &ramp(36))
        .node("LSTM", &["x", "W", "R"], &["y"], attributes)
        .output("y")
}

//! The host's part of an inference: real numbers to bytes before a run, bytes to answers after it.

use systole_quant::integer::{HostOp, InputLayout, IntGraph, Shape, permute};
use systole_quant::numerics::{dequantize_value, quantize_value};
use thiserror::Error;

/// An input or output does not have the size that the graph says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InferenceError {
    /// Input data of another size.
    #[error("input `{name}` has {expected} elements, the sample has {found}")]
    Input {
        /// Name in the imported model.
        name: String,
        /// Elements of the input.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// A host operation that does not fit its tensor.
    #[error(
        "output `{name}`: {operation} does not fit its {elements} elements\n  hint: the file is damaged; quantize the model again"
    )]
    Output {
        /// Name in the imported model.
        name: String,
        /// Which operation.
        operation: &'static str,
        /// Elements of the output.
        elements: usize,
    },
}

/// One output of the imported model.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Shape, without batch.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f64>,
}

/// Quantizes one sample for each input: rearranged to NHWC, then numerics section 1.
///
/// # Errors
/// [`InferenceError::Input`].
pub fn quantize_inputs(
    graph: &IntGraph,
    sample: &[&[f32]],
) -> Result<Vec<Vec<i8>>, InferenceError> {
    let mut inputs = Vec::with_capacity(graph.inputs.len());
    for (index, &id) in graph.inputs.iter().enumerate() {
        let tensor = &graph.tensors[id];
        let values = sample.get(index).copied().unwrap_or(&[]);
        let natural = InputLayout::of(tensor.shape);
        let layout = graph.input_layouts.get(index).unwrap_or(&natural);
        let arranged = layout
            .arrange(values)
            .filter(|values| values.len() == tensor.shape.elements());
        let arranged = arranged.ok_or_else(|| InferenceError::Input {
            name: tensor.name.clone(),
            expected: tensor.shape.elements(),
            found: values.len(),
        })?;
        inputs.push(
            arranged
                .into_iter()
                .map(|x| quantize_value(x.into(), tensor.scale, tensor.zero))
                .collect(),
        );
    }
    Ok(inputs)
}

/// Dequantizes each output and carries out what remains on the host.
///
/// # Errors
/// [`InferenceError::Output`].
pub fn finish_outputs(graph: &IntGraph, bytes: &[Vec<i8>]) -> Result<Vec<Output>, InferenceError> {
    let mut outputs = Vec::with_capacity(graph.outputs.len());
    for (index, (&id, bytes)) in graph.outputs.iter().zip(bytes).enumerate() {
        let tensor = &graph.tensors[id];
        let Shape { h, w, c } = tensor.shape;
        let values = bytes
            .iter()
            .map(|&q| dequantize_value(q, tensor.scale, tensor.zero))
            .collect();
        let mut output = Output {
            shape: vec![h, w, c],
            values,
        };
        for op in graph.host_ops.get(index).map_or(&[][..], Vec::as_slice) {
            let elements = output.values.len();
            output = apply(op, output).map_err(|operation| {
                let name = tensor.name.clone();
                InferenceError::Output {
                    name,
                    operation,
                    elements,
                }
            })?;
        }
        outputs.push(output);
    }
    Ok(outputs)
}

fn apply(op: &HostOp, mut output: Output) -> Result<Output, &'static str> {
    let last = output.shape.last().copied().unwrap_or(1).max(1);
    match op {
        HostOp::Softmax => output.values.chunks_mut(last).for_each(softmax),
        HostOp::ArgMax => {
            output.values = output
                .values
                .chunks(last)
                .map(|row| arg_max(row) as f64)
                .collect();
            output.shape.pop();
        }
        HostOp::Transpose(order) => {
            output.values = permute(&output.values, &output.shape, order).ok_or("transpose")?;
            output.shape = order
                .iter()
                .filter_map(|&axis| output.shape.get(axis).copied())
                .collect();
        }
        HostOp::Reshape(shape) => {
            if shape.iter().product::<usize>() != output.values.len() {
                return Err("reshape");
            }
            output.shape.clone_from(shape);
        }
    }
    Ok(output)
}

fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut()
        .for_each(|value| *value = (*value - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Index of the largest value, the first one on ties; 0 for an empty row.
#[must_use]
pub fn arg_max(row: &[f64]) -> usize {
    row.iter().enumerate().fold(
        0,
        |best, (index, value)| if *value > row[best] { index } else { best },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(shape: &[usize], values: &[f64]) -> Output {
        Output {
            shape: shape.to_vec(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn softmax_sums_to_one_and_keeps_the_order() {
        let result = apply(
            &HostOp::Softmax,
            output(&[1, 2, 2], &[0.0, 0.0, 1000.0, 999.0]),
        )
        .unwrap();
        assert_eq!(&result.values[..2], [0.5, 0.5]);
        assert!(
            (result.values[2] + result.values[3] - 1.0).abs() < 1e-12 && result.values[2] > 0.7
        );
    }

    #[test]
    fn ties_go_to_the_first() {
        let result = apply(
            &HostOp::ArgMax,
            output(&[2, 3], &[1.0, 3.0, 3.0, 5.0, 0.0, 5.0]),
        )
        .unwrap();
        assert_eq!(result, output(&[2], &[1.0, 0.0]));
    }

    #[test]
    fn transpose_then_reshape() {
        let image = output(&[1, 2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let result = apply(&HostOp::Transpose([2, 0, 1]), image).unwrap();
        assert_eq!(result, output(&[3, 1, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(
            apply(&HostOp::Reshape(vec![6]), result.clone())
                .unwrap()
                .shape,
            [6]
        );
        assert_eq!(apply(&HostOp::Reshape(vec![7]), result), Err("reshape"));
    }
}

//! RNN, LSTM and GRU over whole sequences, any batch.
//!
//! The input part of all steps is one matrix product. A sequence that is shorter than the others (`sequence_lens`) keeps
//! its state once it has ended, or before it begins in reverse order, and its outputs there are zero.

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView2, ArrayView3, Axis, Ix2, Ix3, s};

use super::cells::{self, Bias};
use super::inputs::{Inputs, checked_size};
use crate::float::error::OpError;
use crate::float::recurrent::{Recurrent, RecurrentKind};
use crate::float::value::Value;

/// Shapes of one node.
struct Sizes {
    steps: usize,
    batch: usize,
    inputs: usize,
    hidden: usize,
    gates: usize,
    directions: usize,
}

/// Everything one direction computes: `[step, batch, hidden]`, and the states at its end.
struct Sequence {
    hidden: Array3<f32>,
    cell: Array3<f32>,
    last: [Array2<f32>; 2],
}

/// Outputs `Y, Y_h, Y_c` and the cell state of every step, as many as the node has.
pub(super) fn recurrent(
    op: &Recurrent,
    inputs: &Inputs<'_>,
    outputs: usize,
) -> Result<Vec<Value>, OpError> {
    if inputs.optional(7).is_some() {
        return Err(OpError::Unsupported {
            what: "a peephole (input P)",
            remedy: "train the LSTM without peepholes",
        });
    }
    let x = time_first(op, rank3(inputs.float(0)?, "input 0 (X)")?);
    let sizes = Sizes::new(op, &x, inputs)?;
    let lengths = lengths(&sizes, inputs)?;
    let sequences = (0..sizes.directions)
        .map(|at| direction(op, at, &x, &sizes, &lengths, inputs))
        .collect::<Result<Vec<_>, _>>()?;
    let mut values = Vec::new();
    for output in 0..outputs {
        values.push(Value::Float(match output {
            0 => sequence_output(op, &sizes, &sequences, |s| &s.hidden),
            1 | 2 => state_output(op, &sizes, &sequences, output - 1),
            _ => sequence_output(op, &sizes, &sequences, |s| &s.cell),
        }));
    }
    Ok(values)
}

impl Sizes {
    fn new(op: &Recurrent, x: &ArrayView3<'_, f32>, given: &Inputs<'_>) -> Result<Self, OpError> {
        let (steps, batch, inputs) = x.dim();
        let recurrent = given.float(2)?.shape();
        let hidden = op.hidden.or(recurrent.get(2).copied()).unwrap_or(0);
        let (gates, directions) = (op.kind.gates(), op.direction.count());
        if hidden == 0 {
            return Err(OpError::Attribute {
                name: "hidden_size",
                found: "0".into(),
                expected: "at least one unit".into(),
            });
        }
        let rows = gates.saturating_mul(hidden);
        expect(
            "input 1 (W)",
            given.float(1)?.shape(),
            &[directions, rows, inputs],
        )?;
        if recurrent.len() == 3 && recurrent[1] == rows && recurrent[2] != hidden {
            return Err(OpError::Unsupported {
                what: "a projection (R has another number of columns than hidden_size)",
                remedy: "train the layer without projection",
            });
        }
        expect("input 2 (R)", recurrent, &[directions, rows, hidden])?;
        if let Some(bias) = given.optional_float(3)? {
            expect("input 3 (B)", bias.shape(), &[directions, 2 * rows])?;
        }
        for index in [5, 6] {
            if let Some(state) = given.optional_float(index)? {
                let expected = if op.batch_first {
                    [batch, directions, hidden]
                } else {
                    [directions, batch, hidden]
                };
                expect("an initial state", state.shape(), &expected)?;
            }
        }
        checked_size(&[directions, steps, batch, rows.max(1)])?;
        Ok(Self {
            steps,
            batch,
            inputs,
            hidden,
            gates,
            directions,
        })
    }
}

fn expect(what: &'static str, found: &[usize], expected: &[usize]) -> Result<(), OpError> {
    if found == expected {
        return Ok(());
    }
    Err(OpError::Shape {
        what,
        found: format!("{found:?}"),
        expected: format!("{expected:?}"),
    })
}

fn rank3<'a>(array: &'a ArrayD<f32>, what: &'static str) -> Result<ArrayView3<'a, f32>, OpError> {
    let view = array.view().into_dimensionality::<Ix3>();
    view.map_err(|_| OpError::Shape {
        what,
        found: format!("{:?}", array.shape()),
        expected: "three dimensions".into(),
    })
}

fn time_first<'a>(op: &Recurrent, x: ArrayView3<'a, f32>) -> ArrayView3<'a, f32> {
    if op.batch_first {
        x.permuted_axes([1, 0, 2])
    } else {
        x
    }
}

/// Number of steps of each sequence of the batch.
fn lengths(sizes: &Sizes, inputs: &Inputs<'_>) -> Result<Vec<usize>, OpError> {
    let Some(lengths) = inputs.optional_ints(4)? else {
        return Ok(vec![sizes.steps; sizes.batch]);
    };
    let valid = |&n: &i64| usize::try_from(n).ok().filter(|&n| n <= sizes.steps);
    let converted: Option<Vec<usize>> = lengths.iter().map(valid).collect();
    let converted = converted.filter(|lengths| lengths.len() == sizes.batch);
    converted.ok_or_else(|| OpError::Attribute {
        name: "sequence_lens",
        found: format!("{lengths:?}"),
        expected: format!("{} values from 0 to {}", sizes.batch, sizes.steps),
    })
}

/// Parameter `index` of direction `at` as a matrix.
fn parameter<'a>(
    inputs: &Inputs<'a>,
    index: usize,
    at: usize,
) -> Result<ArrayView2<'a, f32>, OpError> {
    let view = inputs.float(index)?.index_axis(Axis(0), at);
    view.into_dimensionality::<Ix2>()
        .map_err(|_| OpError::MissingInput { index })
}

fn initial(
    op: &Recurrent,
    sizes: &Sizes,
    inputs: &Inputs<'_>,
    index: usize,
    at: usize,
) -> Result<Array2<f32>, OpError> {
    let Some(state) = inputs.optional_float(index)? else {
        return Ok(Array2::zeros((sizes.batch, sizes.hidden)));
    };
    let axis = Axis(usize::from(op.batch_first));
    let view = rank3(state, "an initial state")?;
    Ok(view.index_axis(axis, at).to_owned())
}

fn biases(sizes: &Sizes, inputs: &Inputs<'_>, at: usize) -> Result<Bias, OpError> {
    let rows = sizes.gates * sizes.hidden;
    let Some(bias) = inputs.optional_float(3)? else {
        return Ok([Array1::zeros(rows), Array1::zeros(rows)]);
    };
    let all: Vec<f32> = bias.index_axis(Axis(0), at).iter().copied().collect();
    Ok([
        Array1::from(all[..rows].to_vec()),
        Array1::from(all[rows..].to_vec()),
    ])
}

fn direction(
    op: &Recurrent,
    at: usize,
    x: &ArrayView3<'_, f32>,
    sizes: &Sizes,
    lengths: &[usize],
    inputs: &Inputs<'_>,
) -> Result<Sequence, OpError> {
    let (w, r) = (parameter(inputs, 1, at)?, parameter(inputs, 2, at)?);
    let bias = biases(sizes, inputs, at)?;
    let shape = (sizes.steps, sizes.batch, sizes.hidden);
    let mut h = initial(op, sizes, inputs, 5, at)?;
    let mut c = match op.kind {
        RecurrentKind::Lstm => initial(op, sizes, inputs, 6, at)?,
        _ => Array2::zeros((sizes.batch, sizes.hidden)),
    };
    let (mut hidden, mut cell) = (Array3::zeros(shape), Array3::zeros(shape));
    let flat = x.to_shape((sizes.steps * sizes.batch, sizes.inputs));
    let flat = flat.map_err(|_| OpError::MissingInput { index: 0 })?;
    let products = flat.dot(&w.t());
    for step in 0..sizes.steps {
        let t = if op.direction.reversed(at) {
            sizes.steps - 1 - step
        } else {
            step
        };
        let gates = products.slice(s![t * sizes.batch..(t + 1) * sizes.batch, ..]);
        let (next_h, next_c) = cells::step(op.kind, &gates, &h, &c, &r, &bias);
        for n in (0..sizes.batch).filter(|&n| t < lengths[n]) {
            h.row_mut(n).assign(&next_h.row(n));
            c.row_mut(n).assign(&next_c.row(n));
            hidden.slice_mut(s![t, n, ..]).assign(&next_h.row(n));
            cell.slice_mut(s![t, n, ..]).assign(&next_c.row(n));
        }
    }
    Ok(Sequence {
        hidden,
        cell,
        last: [h, c],
    })
}

/// `[T, directions, N, H]`, or `[N, T, directions, H]`.
fn sequence_output(
    op: &Recurrent,
    sizes: &Sizes,
    sequences: &[Sequence],
    part: impl Fn(&Sequence) -> &Array3<f32>,
) -> ArrayD<f32> {
    let full = (sizes.steps, sizes.directions, sizes.batch, sizes.hidden);
    let mut y = ndarray::Array4::zeros(full);
    for (at, sequence) in sequences.iter().enumerate() {
        y.index_axis_mut(Axis(1), at).assign(part(sequence));
    }
    let y = if op.batch_first {
        y.permuted_axes([2, 0, 1, 3])
    } else {
        y
    };
    y.as_standard_layout().into_owned().into_dyn()
}

/// `[directions, N, H]`, or `[N, directions, H]`; state 0 is hidden, 1 is cell.
fn state_output(
    op: &Recurrent,
    sizes: &Sizes,
    sequences: &[Sequence],
    state: usize,
) -> ArrayD<f32> {
    let mut y = Array3::zeros((sizes.directions, sizes.batch, sizes.hidden));
    for (at, sequence) in sequences.iter().enumerate() {
        y.index_axis_mut(Axis(0), at).assign(&sequence.last[state]);
    }
    let y = if op.batch_first {
        y.permuted_axes([1, 0, 2])
    } else {
        y
    };
    y.as_standard_layout().into_owned().into_dyn()
}

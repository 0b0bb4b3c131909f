//! Convolution as a matrix product: im2col, then one f32 GEMM for each image and group.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayD, ArrayView2, ArrayViewMut2, IxDyn};

use super::inputs::{Inputs, checked_size};
use super::window::{Span, as_plane, spans};
use crate::float::error::OpError;
use crate::float::op::Conv;

/// Sizes of one convolution, spatial dimensions lifted to two.
struct Geometry {
    images: usize,
    groups: usize,
    /// Input and output channels of one group.
    inputs: usize,
    outputs: usize,
    plane: [Span; 2],
}

impl Geometry {
    fn input_pixels(&self) -> usize {
        self.plane[0].input * self.plane[1].input
    }

    fn output_pixels(&self) -> usize {
        self.plane[0].output * self.plane[1].output
    }

    /// Products for one output value.
    fn taps(&self) -> usize {
        self.inputs * self.plane[0].kernel * self.plane[1].kernel
    }

    /// The im2col matrix would be a copy of the input.
    fn is_pointwise(&self) -> bool {
        let trivial = |s: &Span| s.kernel == 1 && s.stride == 1 && s.before == 0 && s.after == 0;
        self.plane.iter().all(trivial)
    }
}

pub(super) fn conv(conv: &Conv, inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let (x, w, bias) = (
        inputs.float(0)?,
        inputs.float(1)?,
        inputs.optional_float(2)?,
    );
    let spans = check(conv, x.shape(), w.shape(), bias.map(|b| b.shape()))?;
    let mut shape = vec![x.shape()[0], w.shape()[0]];
    shape.extend(spans.iter().map(|span| span.output));
    let geometry = Geometry {
        images: x.shape()[0],
        groups: conv.groups,
        inputs: w.shape()[1],
        outputs: w.shape()[0] / conv.groups,
        plane: as_plane(&spans)?,
    };
    checked_size(&shape)?;
    checked_size(&[geometry.taps(), geometry.output_pixels()])?;

    let (x, w) = (x.as_standard_layout(), w.as_standard_layout());
    let mut output = vec![0.0; shape.iter().product()];
    if let Some(bias) = bias {
        fill_bias(
            &mut output,
            &bias.iter().copied().collect::<Vec<_>>(),
            geometry.output_pixels(),
        );
    }
    if let (Some(x), Some(w)) = (x.as_slice(), w.as_slice()) {
        accumulate(&geometry, x, w, &mut output)?;
    }
    ArrayD::from_shape_vec(IxDyn(&shape), output).map_err(|error| internal(&error))
}

/// Checks ranks, channels and bias, and places the window.
fn check(
    conv: &Conv,
    x: &[usize],
    w: &[usize],
    bias: Option<&[usize]>,
) -> Result<Vec<Span>, OpError> {
    if !(3..=4).contains(&x.len()) || w.len() != x.len() {
        return Err(OpError::Shape {
            what: "ranks of input and weights",
            found: format!("{x:?} and {w:?}"),
            expected: "both 3 (one-dimensional) or both 4 (two-dimensional)".into(),
        });
    }
    let groups = conv.groups;
    if groups == 0
        || !x[1].is_multiple_of(groups)
        || x[1] / groups != w[1]
        || !w[0].is_multiple_of(groups)
        || w.contains(&0)
    {
        return Err(OpError::Shape {
            what: "channels",
            found: format!("input {x:?}, weights {w:?}, {groups} groups"),
            expected:
                "weights [outputs, input channels / groups, kernel..], outputs divisible by groups"
                    .into(),
        });
    }
    if bias.is_some_and(|bias| bias != [w[0]]) {
        return Err(OpError::Shape {
            what: "bias",
            found: format!("{:?}", bias.unwrap_or_default()),
            expected: format!("[{}]", w[0]),
        });
    }
    if !conv.window.kernel.is_empty() && conv.window.kernel != w[2..] {
        return Err(OpError::Attribute {
            name: "kernel_shape",
            found: format!("{:?}", conv.window.kernel),
            expected: format!("{:?} as the weights", &w[2..]),
        });
    }
    spans(&conv.window, &x[2..], &w[2..], false)
}

fn fill_bias(output: &mut [f32], bias: &[f32], pixels: usize) {
    if pixels > 0 {
        for (channel, values) in output.chunks_exact_mut(pixels).enumerate() {
            values.fill(bias[channel % bias.len()]);
        }
    }
}

/// Adds the weighted sums of every image and group to `output`.
fn accumulate(g: &Geometry, x: &[f32], w: &[f32], output: &mut [f32]) -> Result<(), OpError> {
    let (taps, pixels) = (g.taps(), g.output_pixels());
    // Without an output nothing is written; without an input every sum is empty.
    if pixels == 0 || g.input_pixels() == 0 {
        return Ok(());
    }
    let mut columns = Array2::zeros(if g.is_pointwise() {
        (0, 0)
    } else {
        (taps, pixels)
    });
    let input_size = g.inputs * g.input_pixels();
    for (index, out) in output.chunks_exact_mut(g.outputs * pixels).enumerate() {
        debug_assert!(index < g.images * g.groups);
        let x = &x[index * input_size..(index + 1) * input_size];
        let w = &w[(index % g.groups) * g.outputs * taps..][..g.outputs * taps];
        let w = ArrayView2::from_shape((g.outputs, taps), w).map_err(|error| internal(&error))?;
        let mut out = ArrayViewMut2::from_shape((g.outputs, pixels), out)
            .map_err(|error| internal(&error))?;
        if g.is_pointwise() {
            let x = ArrayView2::from_shape((taps, pixels), x).map_err(|error| internal(&error))?;
            general_mat_mul(1.0, &w, &x, 1.0, &mut out);
        } else {
            im2col(g, x, &mut columns);
            general_mat_mul(1.0, &w, &columns, 1.0, &mut out);
        }
    }
    Ok(())
}

/// One row for each tap, one column for each output pixel; zero where the tap lies in the padding.
fn im2col(g: &Geometry, x: &[f32], columns: &mut Array2<f32>) {
    let [v, h] = g.plane;
    let mut rows = columns.rows_mut().into_iter();
    for plane in x.chunks_exact(g.input_pixels()) {
        for ky in 0..v.kernel {
            for kx in 0..h.kernel {
                let Some(mut row) = rows.next() else { return };
                if let Some(row) = row.as_slice_mut() {
                    fill_tap(plane, [v, h], [ky, kx], row);
                }
            }
        }
    }
}

/// What one tap sees at every output pixel.
fn fill_tap(plane: &[f32], [v, h]: [Span; 2], [ky, kx]: [usize; 2], row: &mut [f32]) {
    for (oy, values) in row.chunks_exact_mut(h.output).enumerate() {
        match v.source(oy, ky) {
            None => values.fill(0.0),
            Some(iy) => {
                let line = &plane[iy * h.input..(iy + 1) * h.input];
                for (ox, value) in values.iter_mut().enumerate() {
                    *value = h.source(ox, kx).map_or(0.0, |ix| line[ix]);
                }
            }
        }
    }
}

fn internal(error: &ndarray::ShapeError) -> OpError {
    OpError::Shape {
        what: "convolution buffer",
        found: error.to_string(),
        expected: "matching sizes".into(),
    }
}

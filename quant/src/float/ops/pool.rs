//! Maximum and average over windows and over whole planes.

use ndarray::{ArrayD, IxDyn};

use super::inputs::{Inputs, checked_size};
use super::window::{Span, as_plane, spans};
use crate::float::error::OpError;
use crate::float::op::Pool;
use crate::float::value::{IntTensor, Value};

/// One pooling operator on a tensor `[N, C, spatial..]`, spatial dimensions lifted to two.
struct Pooling {
    shape: Vec<usize>,
    plane: [Span; 2],
}

impl Pooling {
    fn new(pool: &Pool, input: &[usize]) -> Result<Self, OpError> {
        if input.len() < 3 {
            return Err(OpError::Shape {
                what: "pooling input",
                found: format!("{input:?}"),
                expected: "[N, C, spatial..]".into(),
            });
        }
        let spans = spans(&pool.window, &input[2..], &[], pool.ceil_mode)?;
        if spans
            .iter()
            .any(|span| span.before >= span.reach() || span.after >= span.reach())
        {
            return Err(OpError::Attribute {
                name: "pads",
                found: format!("{:?}", pool.window.padding),
                expected: "padding smaller than the window".into(),
            });
        }
        let mut shape = input[..2].to_vec();
        shape.extend(spans.iter().map(|span| span.output));
        checked_size(&shape)?;
        Ok(Pooling {
            shape,
            plane: as_plane(&spans)?,
        })
    }

    fn input_pixels(&self) -> usize {
        self.plane[0].input * self.plane[1].input
    }

    /// Calls `f` for every output with the offset of its plane in the input.
    fn for_each(&self, mut f: impl FnMut(usize, [usize; 2])) {
        for plane in 0..self.shape[0] * self.shape[1] {
            for oy in 0..self.plane[0].output {
                for ox in 0..self.plane[1].output {
                    f(plane * self.input_pixels(), [oy, ox]);
                }
            }
        }
    }

    /// Input pixels (row, column) under the window of an output pixel.
    fn pixels(&self, [oy, ox]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> + '_ {
        let [v, h] = self.plane;
        let row = move |ky| v.source(oy, ky);
        let column = move |kx| h.source(ox, kx);
        v.taps_inside(oy)
            .filter_map(row)
            .flat_map(move |y| h.taps_inside(ox).filter_map(column).map(move |x| (y, x)))
    }
}

/// Output 0 is the maximum; output 1 the index of each maximum in the flattened input.
pub(super) fn max_pool(
    pool: &Pool,
    inputs: &Inputs<'_>,
    outputs: usize,
) -> Result<Vec<Value>, OpError> {
    let value = inputs.any(0)?;
    let pooling = Pooling::new(pool, value.shape())?;
    let (maxima, indices) = match value {
        Value::Float(array) => {
            let (maxima, indices) = maxima(&pooling, pool.column_major, array)?;
            (Value::Float(maxima), indices)
        }
        Value::Int(tensor) => {
            let (data, indices) = maxima(&pooling, pool.column_major, &tensor.data)?;
            (
                Value::Int(IntTensor {
                    data,
                    kind: tensor.kind,
                }),
                indices,
            )
        }
    };
    let mut results = vec![maxima, Value::int64(indices)];
    results.truncate(outputs.max(1));
    Ok(results)
}

fn maxima<T: Copy + PartialOrd>(
    pooling: &Pooling,
    column_major: bool,
    input: &ArrayD<T>,
) -> Result<(ArrayD<T>, ArrayD<i64>), OpError> {
    let input = input.as_standard_layout();
    let input = input.as_slice().unwrap_or_default();
    let [v, h] = pooling.plane;
    let size = pooling.shape.iter().product();
    let (mut values, mut indices) = (Vec::with_capacity(size), Vec::with_capacity(size));
    let mut empty = false;
    pooling.for_each(|offset, output| {
        let mut best: Option<(T, (usize, usize))> = None;
        for (y, x) in pooling.pixels(output) {
            let value = input[offset + y * h.input + x];
            if best.is_none_or(|(maximum, _)| value > maximum) {
                best = Some((value, (y, x)));
            }
        }
        match best {
            Some((value, (y, x))) => {
                let index = if column_major {
                    x * v.input + y
                } else {
                    y * h.input + x
                };
                values.push(value);
                indices.push((offset + index) as i64);
            }
            None => empty = true,
        }
    });
    if empty {
        return Err(empty_window());
    }
    Ok((
        array(&pooling.shape, values)?,
        array(&pooling.shape, indices)?,
    ))
}

pub(super) fn average_pool(pool: &Pool, inputs: &Inputs<'_>) -> Result<ArrayD<f32>, OpError> {
    let input = inputs.float(0)?;
    let pooling = Pooling::new(pool, input.shape())?;
    let input = input.as_standard_layout();
    let input = input.as_slice().unwrap_or_default();
    let width = pooling.plane[1].input;
    let mut values = Vec::with_capacity(pooling.shape.iter().product());
    let mut empty = false;
    pooling.for_each(|offset, output| {
        let (mut sum, mut count) = (0.0f64, 0usize);
        for (y, x) in pooling.pixels(output) {
            sum += f64::from(input[offset + y * width + x]);
            count += 1;
        }
        if pool.count_include_pad {
            count = (0..2)
                .map(|d| pooling.plane[d].taps_padded(output[d]))
                .product();
        }
        empty |= count == 0;
        values.push((sum / count.max(1) as f64) as f32);
    });
    if empty {
        return Err(empty_window());
    }
    array(&pooling.shape, values)
}

/// Reduces each plane `[spatial..]` of `[N, C, spatial..]` to one value.
pub(super) fn global_pool(
    inputs: &Inputs<'_>,
    reduce: fn(&[f32]) -> f32,
) -> Result<ArrayD<f32>, OpError> {
    let input = inputs.float(0)?;
    let pixels: usize = input.shape().iter().skip(2).product();
    if input.ndim() < 3 || pixels == 0 {
        return Err(OpError::Shape {
            what: "pooling input",
            found: format!("{:?}", input.shape()),
            expected: "[N, C, spatial..] with at least one pixel".into(),
        });
    }
    let mut shape = input.shape().to_vec();
    shape[2..].fill(1);
    let input = input.as_standard_layout();
    let values = input
        .as_slice()
        .unwrap_or_default()
        .chunks_exact(pixels)
        .map(reduce)
        .collect();
    array(&shape, values)
}

/// Mean of a plane, summed in f64.
pub(super) fn mean(plane: &[f32]) -> f32 {
    (plane.iter().map(|&value| f64::from(value)).sum::<f64>() / plane.len() as f64) as f32
}

/// Maximum of a plane.
pub(super) fn maximum(plane: &[f32]) -> f32 {
    plane.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

fn array<T>(shape: &[usize], values: Vec<T>) -> Result<ArrayD<T>, OpError> {
    ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|error| OpError::Shape {
        what: "pooling result",
        found: error.to_string(),
        expected: format!("{shape:?}"),
    })
}

fn empty_window() -> OpError {
    OpError::Unsupported {
        what: "a pooling window that covers no input element",
        remedy: "reduce padding, dilation or kernel",
    }
}

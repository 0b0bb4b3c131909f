//! Where a sliding window lands: output sizes and padding, for convolution and pooling alike.
//!
//! Formulas: ONNX operator specification, Conv and MaxPool (`auto_pad`, `ceil_mode`).

use std::ops::Range;

use crate::float::error::OpError;
use crate::float::op::{Padding, Window};

/// No kernel, stride, dilation or padding of a sensible model is larger; keeps the arithmetic below from overflowing.
pub(crate) const MAX_EXTENT: usize = 1 << 24;

/// A window along one spatial dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
    pub(crate) before: usize,
    pub(crate) after: usize,
}

/// The window along a dimension of size 1: what a one-dimensional operator has as its second dimension.
pub(super) const UNIT: Span = Span {
    input: 1,
    output: 1,
    kernel: 1,
    stride: 1,
    dilation: 1,
    before: 0,
    after: 0,
};

impl Span {
    /// Input elements from the first to the last tap.
    pub(crate) fn reach(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// Index of the input element under tap `k` of output `o`, if it lies inside the tensor.
    pub(super) fn source(&self, o: usize, k: usize) -> Option<usize> {
        let padded = o * self.stride + k * self.dilation;
        padded
            .checked_sub(self.before)
            .filter(|&index| index < self.input)
    }

    /// The taps of output `o` that lie inside the tensor.
    pub(super) fn taps_inside(&self, o: usize) -> Range<usize> {
        let start = o * self.stride;
        let first = self.before.saturating_sub(start).div_ceil(self.dilation);
        let end = (self.before + self.input)
            .saturating_sub(start)
            .div_ceil(self.dilation);
        first..end.min(self.kernel)
    }

    /// Number of taps of output `o` over the tensor and its padding; the last window of a rounded-up output
    /// size may reach beyond both.
    pub(super) fn taps_padded(&self, o: usize) -> usize {
        let end = self.before + self.input + self.after;
        end.saturating_sub(o * self.stride)
            .div_ceil(self.dilation)
            .min(self.kernel)
    }
}

/// Places `window` over the spatial dimensions `spatial`. `kernel` is used where the window gives none.
pub(crate) fn spans(
    window: &Window,
    spatial: &[usize],
    kernel: &[usize],
    ceil_mode: bool,
) -> Result<Vec<Span>, OpError> {
    let kernel = if window.kernel.is_empty() {
        kernel
    } else {
        &window.kernel
    };
    let rank = spatial.len();
    check_extents("kernel_shape", kernel, rank, 1)?;
    let strides = or_default("strides", &window.strides, rank, 1)?;
    let dilations = or_default("dilations", &window.dilations, rank, 1)?;
    let (before, after) = match &window.padding {
        Padding::Explicit { before, after } => (
            or_default("pads", before, rank, 0)?,
            or_default("pads", after, rank, 0)?,
        ),
        _ => (vec![0; rank], vec![0; rank]),
    };
    (0..rank)
        .map(|d| {
            let span = Span {
                input: spatial[d],
                output: 0,
                kernel: kernel[d],
                stride: strides[d],
                dilation: dilations[d],
                before: before[d],
                after: after[d],
            };
            place(span, &window.padding, ceil_mode)
        })
        .collect()
}

/// Fills in the output size and, for automatic padding, the padding.
fn place(mut span: Span, padding: &Padding, ceil_mode: bool) -> Result<Span, OpError> {
    if let Padding::SameUpper | Padding::SameLower = padding {
        span.output = span.input.div_ceil(span.stride);
        let needed = span.output.saturating_sub(1) * span.stride + span.reach();
        let total = needed.saturating_sub(span.input);
        span.before = if *padding == Padding::SameUpper {
            total / 2
        } else {
            total - total / 2
        };
        span.after = total - span.before;
        return Ok(span);
    }
    let padded = span.input + span.before + span.after;
    let Some(travel) = padded.checked_sub(span.reach()) else {
        return Err(OpError::Shape {
            what: "window does not fit into the padded input",
            found: format!("a window over {} elements", span.reach()),
            expected: format!("at most {padded}"),
        });
    };
    span.output = travel / span.stride + 1;
    // A rounded-up window must still start inside the input or its leading padding.
    let extra = ceil_mode && travel % span.stride != 0;
    if extra && span.output * span.stride < span.input + span.before {
        span.output += 1;
    }
    Ok(span)
}

/// A window with every default filled in and explicit padding.
pub(crate) fn resolved(spans: &[Span]) -> Window {
    let list = |field: fn(&Span) -> usize| spans.iter().map(field).collect();
    Window {
        kernel: list(|span| span.kernel),
        strides: list(|span| span.stride),
        dilations: list(|span| span.dilation),
        padding: Padding::Explicit {
            before: list(|span| span.before),
            after: list(|span| span.after),
        },
    }
}

/// The spans of a one- or two-dimensional operator as two dimensions.
pub(super) fn as_plane(spans: &[Span]) -> Result<[Span; 2], OpError> {
    match *spans {
        [x] => Ok([UNIT, x]),
        [y, x] => Ok([y, x]),
        _ => Err(OpError::Unsupported {
            what: "a window over other than one or two spatial dimensions",
            remedy: "use 1-D or 2-D operators",
        }),
    }
}

fn or_default(
    name: &'static str,
    list: &[usize],
    rank: usize,
    default: usize,
) -> Result<Vec<usize>, OpError> {
    if list.is_empty() {
        return Ok(vec![default; rank]);
    }
    check_extents(name, list, rank, default)?;
    Ok(list.to_vec())
}

fn check_extents(
    name: &'static str,
    list: &[usize],
    rank: usize,
    least: usize,
) -> Result<(), OpError> {
    if list.len() == rank
        && list
            .iter()
            .all(|value| (least..=MAX_EXTENT).contains(value))
    {
        return Ok(());
    }
    Err(OpError::Attribute {
        name,
        found: format!("{list:?}"),
        expected: format!("{rank} values from {least} to {MAX_EXTENT}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kernel: usize, stride: usize, padding: Padding) -> Window {
        Window {
            kernel: vec![kernel],
            strides: vec![stride],
            dilations: vec![],
            padding,
        }
    }

    fn pads(before: usize, after: usize) -> Padding {
        Padding::Explicit {
            before: vec![before],
            after: vec![after],
        }
    }

    #[test]
    fn output_sizes() {
        // (input, kernel, stride, padding, ceil) -> (output, before, after)
        let table = [
            ((28, 5, 1, pads(0, 0), false), (24, 0, 0)),
            ((32, 3, 2, Padding::SameUpper, false), (16, 0, 1)),
            ((32, 3, 2, Padding::SameLower, false), (16, 1, 0)),
            ((5, 3, 2, pads(1, 1), false), (3, 1, 1)),
            ((4, 3, 2, pads(0, 0), true), (2, 0, 0)),
            // The last window would start in the trailing padding.
            ((2, 1, 2, pads(0, 0), true), (1, 0, 0)),
            ((7, 3, 1, Padding::Valid, false), (5, 0, 0)),
        ];
        for ((input, kernel, stride, padding, ceil), expected) in table {
            let case = format!("{input} {kernel} {stride} {padding:?} {ceil}");
            let span = spans(&window(kernel, stride, padding), &[input], &[], ceil).unwrap()[0];
            assert_eq!((span.output, span.before, span.after), expected, "{case}");
        }
    }

    #[test]
    fn taps_inside_are_those_with_a_source() {
        for (kernel, stride, before, dilation) in [
            (3, 2, 1, 1),
            (5, 1, 4, 1),
            (3, 3, 2, 2),
            (1, 2, 0, 1),
            (4, 1, 6, 3),
        ] {
            let after = before;
            let span = Span {
                input: 7,
                output: 0,
                kernel,
                stride,
                dilation,
                before,
                after,
            };
            for o in 0..12 {
                let expected: Vec<usize> = (0..kernel)
                    .filter(|&k| span.source(o, k).is_some())
                    .collect();
                assert_eq!(
                    span.taps_inside(o).collect::<Vec<_>>(),
                    expected,
                    "{span:?} {o}"
                );
                let padded = (0..kernel)
                    .filter(|k| o * stride + k * dilation < 7 + 2 * before)
                    .count();
                assert_eq!(span.taps_padded(o), padded, "{span:?} {o}");
            }
        }
    }

    #[test]
    fn a_window_larger_than_the_input_is_an_error() {
        assert!(spans(&window(5, 1, pads(0, 0)), &[4], &[], false).is_err());
        assert!(spans(&window(0, 1, pads(0, 0)), &[4], &[], false).is_err());
        assert!(spans(&window(1, 0, pads(0, 0)), &[4], &[], false).is_err());
        assert!(spans(&window(usize::MAX, 1, pads(0, 0)), &[4], &[], false).is_err());
    }
}

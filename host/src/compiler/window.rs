//! A sliding window over a tensor: the one shape of work that all layers are lowered to.
//!
//! Convolutions have weights; average pooling, additions, changes of scale and copies are sums with weight one;
//! maximum pooling has no weights at all.

use systole_arch::Arch;
use systole_quant::integer::{Rescale, Shape};

use super::view::View;
use crate::program::Parameter;

/// What happens to the elements under the window.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kernel<'a> {
    /// Weighted sum: output channel, kernel row, kernel column, input channel of the group.
    Dense { weights: &'a [i8], groups: usize },
    /// Sum of each channel.
    Ones,
    /// Maximum of each channel.
    Max,
}

/// Kernel size, stride, dilation, and the input row and column under the first tap of the first output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    pub(super) origin: [i64; 2],
}

impl Geometry {
    /// One element, unmoved.
    pub(super) const POINT: Self = Self {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        origin: [0, 0],
    };

    /// Rows or columns from the first to the last tap.
    pub(super) fn reach(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis]
    }

    /// Whether no window of an output of this shape leaves the image.
    pub(super) fn stays_inside(&self, input: Shape, output: Shape) -> bool {
        [(0, input.h, output.h), (1, input.w, output.w)]
            .into_iter()
            .all(|(axis, size, count)| {
                let last =
                    self.origin[axis] + ((count - 1) * self.stride[axis] + self.reach(axis)) as i64;
                self.origin[axis] >= 0 && last < size as i64
            })
    }
}

/// One windowed operation between two views.
#[derive(Debug, Clone)]
pub(super) struct Windowed<'a> {
    pub(super) layer: usize,
    pub(super) geometry: Geometry,
    pub(super) kernel: Kernel<'a>,
    pub(super) input: View,
    pub(super) output: View,
    pub(super) residual: Option<(View, Rescale)>,
    /// The larger of sum and residual operand instead of their sum.
    pub(super) residual_max: bool,
    /// One for each output channel, or a single one for all of them.
    pub(super) parameters: Vec<Parameter>,
    pub(super) fill: i8,
    pub(super) zero: i8,
    pub(super) clamp: [i8; 2],
    pub(super) table: Option<usize>,
}

impl<'a> Windowed<'a> {
    /// Groups, input channels and output channels of one group.
    pub(super) fn groups(&self) -> [usize; 3] {
        let groups = match self.kernel {
            Kernel::Dense { groups, .. } => groups,
            Kernel::Ones | Kernel::Max => self.output.shape.c,
        };
        [
            groups,
            self.input.shape.c / groups,
            self.output.shape.c / groups,
        ]
    }

    /// The part of a grouped convolution that computes group `g` alone.
    pub(super) fn group(&self, g: usize) -> Self {
        let [_, inputs, outputs] = self.groups();
        let per_group = outputs * self.geometry.kernel[0] * self.geometry.kernel[1] * inputs;
        let kernel = match self.kernel {
            Kernel::Dense { weights, .. } => {
                let weights: &'a [i8] = &weights[g * per_group..(g + 1) * per_group];
                Kernel::Dense { weights, groups: 1 }
            }
            other => other,
        };
        let parameters = match self.parameters.len() {
            1 => self.parameters.clone(),
            _ => self.parameters[g * outputs..(g + 1) * outputs].to_vec(),
        };
        let (first, count) = (g * outputs, outputs);
        let residual = self
            .residual
            .as_ref()
            .map(|(view, by)| (view.channel_range(first, count), *by));
        let input = self.input.channel_range(g * inputs, inputs);
        Self {
            kernel,
            input,
            output: self.output.channel_range(first, count),
            residual,
            parameters,
            ..self.clone()
        }
    }

    /// Whether one vector may hold the same channels of `pixels` neighbours: they lie side by side in memory and no
    /// other tensor lies between them.
    pub(super) fn allows_pixels(&self, pixels: usize, arch: &Arch) -> bool {
        if pixels == 1 {
            return true;
        }
        let (input, output) = (&self.input, &self.output);
        let owned = |view: &View| {
            let rows = view.shape.h == 1 || view.row_stride.is_multiple_of(arch.lanes);
            view.is_identity() && view.offset.is_multiple_of(arch.lanes) && rows
        };
        let stride = output.pixel_stride;
        let dense = stride < output.shape.c + arch.lanes;
        let residual = self
            .residual
            .as_ref()
            .is_none_or(|(view, _)| owned(view) && view.pixel_stride == stride);
        let same_lanes =
            self.geometry.stride[1] == 1 && input.pixel_stride == stride && input.is_identity();
        let lanes = match self.kernel {
            Kernel::Max => same_lanes && pixels * stride <= arch.pool_lanes(),
            Kernel::Ones => pixels * stride <= arch.pool_lanes(),
            Kernel::Dense { .. } => pixels * stride <= arch.cols,
        };
        let beats =
            (pixels * stride).is_multiple_of(arch.lanes) && output.shape.w.is_multiple_of(pixels);
        lanes && beats && dense && residual && owned(output)
    }
}

//! One case of the suite: a layer by its form, the numbers in it by a seed.

use std::fmt;

use serde::{Deserialize, Serialize};
use systole_quant::integer::{Shape, Window};

use super::{Operator, Size};

/// A layer on an array size. Everything that decides its form is spelled out, so that a failing case can be made smaller
/// field by field; weights, parameters, zero points and inputs come from the seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is tested.
    pub operator: Operator,
    /// On which array.
    pub size: Size,
    /// Where its numbers come from.
    pub seed: u64,
    /// Height, width and channels of the input; a network draws its own.
    pub input: [usize; 3],
    /// Output channels of a convolution; 0 for a table that stands alone; hidden units of a recurrent layer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outputs: usize,
    /// Groups of a convolution.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups: usize,
    /// Height and width of the kernel.
    #[serde(default = "ones", skip_serializing_if = "are_ones")]
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    #[serde(default = "ones", skip_serializing_if = "are_ones")]
    pub stride: [usize; 2],
    /// Vertical and horizontal dilation.
    #[serde(default = "ones", skip_serializing_if = "are_ones")]
    pub dilation: [usize; 2],
    /// Padding: top, left, bottom, right.
    #[serde(default, skip_serializing_if = "are_zero")]
    pub pads: [usize; 4],
    /// A second operand (residual, addition, concatenation) is the input itself where shapes allow it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared: bool,
    /// Extents of the further operands of a concatenation; height, width and channels of a slice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extents: Vec<usize>,
    /// Axis of a concatenation or of the steps of a sequence, or which of the new shapes of a reshape.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub axis: usize,
    /// Layers of a network, recurrent layers that are stacked.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub layers: usize,
    /// First row, column and channel of a slice.
    #[serde(default, skip_serializing_if = "are_zero")]
    pub begin: [usize; 3],
    /// Direction of recurrent layers.
    #[serde(default, skip_serializing_if = "Direction::is_forward")]
    pub direction: Direction,
    /// Whether recurrent layers begin with states that are not zero.
    #[serde(default, skip_serializing_if = "is_false")]
    pub initial: bool,
    /// Whether the hidden states of recurrent layers have 16 bits.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wide: bool,
    /// Inputs that the program is run with, one after the other.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub batch: usize,
}

/// Which way recurrent layers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the first step to the last.
    #[default]
    Forward,
    /// From the last to the first.
    Reverse,
    /// Two layers, their results side by side.
    Both,
}

impl Direction {
    fn is_forward(&self) -> bool {
        *self == Direction::Forward
    }

    /// Recurrent layers that this takes.
    pub(super) fn count(self) -> usize {
        1 + usize::from(self == Direction::Both)
    }
}

/// Largest extent of a case that is written by hand.
const LARGEST: usize = 1024;

fn one() -> usize {
    1
}
fn ones() -> [usize; 2] {
    [1, 1]
}
fn is_zero(value: &usize) -> bool {
    *value == 0
}
fn is_one(value: &usize) -> bool {
    *value == 1
}
fn are_ones(value: &[usize; 2]) -> bool {
    *value == [1, 1]
}
fn are_zero<const N: usize>(value: &[usize; N]) -> bool {
    *value == [0; N]
}
fn is_false(value: &bool) -> bool {
    !value
}

impl Case {
    /// A case of an operator with a 1x1 window and nothing else.
    #[must_use]
    pub fn plain(operator: Operator, size: Size, seed: u64, input: [usize; 3]) -> Self {
        Case {
            operator,
            size,
            seed,
            input,
            outputs: 0,
            groups: 1,
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            pads: [0; 4],
            shared: false,
            extents: Vec::new(),
            axis: 0,
            layers: 0,
            begin: [0; 3],
            direction: Direction::Forward,
            initial: false,
            wide: false,
            batch: 1,
        }
    }

    /// The input as a shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let [h, w, c] = self.input;
        Shape::new(h, w, c)
    }

    /// Kernel, stride, dilation and padding.
    #[must_use]
    pub fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            pads: self.pads,
        }
    }

    /// Whether the window has a position, and every position of a pool touches the image.
    pub(super) fn window_fits(&self) -> bool {
        let (window, [h, w, _]) = (self.window(), self.input);
        let Some([rows, columns]) = window.output(h, w) else {
            return false;
        };
        let touches = |axis, size, count| (0..count).all(|p| window.taps_inside(axis, p, size) > 0);
        !self.operator.is_pool() || touches(0, h, rows) && touches(1, w, columns)
    }

    /// Whether the fields describe a layer of the operator, of a size that makes sense here.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let steps = [self.kernel, self.stride, self.dilation].concat();
        let extents = self.input.iter().chain(&steps).chain(&self.extents);
        let moderate = extents
            .chain([&self.groups, &self.batch])
            .all(|n| (1..=LARGEST).contains(n))
            && self.shape().elements() <= LARGEST * 64
            && self
                .pads
                .iter()
                .chain([&self.outputs])
                .chain(&self.begin)
                .all(|&n| n <= LARGEST)
            && self.layers <= LARGEST / 16;
        let groups = [self.input[2], self.outputs];
        let conv = self.operator.is_conv();
        moderate
            && (!conv || self.outputs > 0 && groups.iter().all(|n| n.is_multiple_of(self.groups)))
            && (self.operator != Operator::DepthwiseConv || self.groups == self.input[2])
            && (!self.operator.has_window() || self.window_fits())
            && (self.operator != Operator::Concat || self.axis < 3)
            && (self.operator != Operator::Slice || self.part_fits())
            && (self.operator != Operator::ConvMaxPool || self.extents.len() == 2)
            && (!self.operator.is_recurrent()
                || self.axis < 2 && self.outputs > 0 && self.layers > 0)
    }

    /// Whether the part of a slice lies inside its operand.
    fn part_fits(&self) -> bool {
        let ends = self.begin.iter().zip(&self.extents);
        let mut ends = ends.zip(&self.input);
        self.extents.len() == 3 && ends.all(|((begin, extent), limit)| begin + extent <= *limit)
    }

    /// The command that runs this case alone on a device.
    #[must_use]
    pub fn command(&self, device: &str) -> String {
        format!("./x conformance --device {device} --case '{self}'")
    }
}

/// JSON, read back by serde.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

//! An operand as bytes without a sign, with its padding in place, so that no tap needs to ask where it is.

use super::Operand;
use super::products::{SIGN, SLACK};
use crate::integer::{Shape, Window};

/// Rows, columns and channels of `q + 128`; the padding holds the zero point, which is real zero.
pub(super) struct Image {
    pub(super) bytes: Vec<u8>,
}

/// Where things are in an image.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Image {
    pub(super) fn new(x: Operand<'_>, window: &Window) -> Self {
        let shape = x.tensor.shape;
        let [top, left, bottom, _] = window.pads;
        let width = Geometry::new(shape, window).width;
        let length = (shape.h + top + bottom) * width * shape.c;
        let mut bytes = vec![x.tensor.zero as u8 ^ SIGN; length + SLACK];
        let rows = x.values.chunks_exact(shape.w * shape.c);
        let places = bytes[(top * width + left) * shape.c..].chunks_mut(width * shape.c);
        for (row, place) in rows.zip(places) {
            for (byte, &q) in place.iter_mut().zip(row) {
                *byte = q as u8 ^ SIGN;
            }
        }
        Self { bytes }
    }
}

impl Geometry {
    pub(super) fn new(shape: Shape, window: &Window) -> Self {
        Self {
            width: shape.w + window.pads[1] + window.pads[3],
            channels: shape.c,
        }
    }

    /// Where every position of the window begins, row by row.
    pub(super) fn positions(&self, window: &Window, y: Shape) -> Vec<usize> {
        self.grid([y.h, y.w], window.stride)
    }

    /// Where every tap is, from the position of the window.
    pub(super) fn taps(&self, window: &Window) -> Vec<usize> {
        self.grid(window.kernel, window.dilation)
    }

    fn grid(&self, [rows, columns]: [usize; 2], [down, right]: [usize; 2]) -> Vec<usize> {
        let at = |y: usize, x: usize| (y * down * self.width + x * right) * self.channels;
        let row = |y: usize| (0..columns).map(move |x| at(y, x));
        (0..rows).flat_map(row).collect()
    }
}

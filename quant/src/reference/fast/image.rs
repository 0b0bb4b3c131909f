//! An operand as f32, with its padding in place, so that no tap needs to ask where it is.

use super::Operand;
use crate::integer::Window;

/// Rows, columns and channels of small integers; the padding holds the zero point, which is real zero.
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) values: Vec<f32>,
}

impl Image {
    pub(super) fn new(x: Operand<'_>, window: &Window) -> Self {
        let shape = x.tensor.shape;
        let [top, left, bottom, right] = window.pads;
        let width = shape.w + left + right;
        let zero = f32::from(x.tensor.zero);
        let mut values = vec![zero; (shape.h + top + bottom) * width * shape.c];
        let rows = x.values.chunks_exact(shape.w * shape.c);
        for (y, row) in rows.enumerate() {
            let start = ((y + top) * width + left) * shape.c;
            convert(row, &mut values[start..start + row.len()]);
        }
        Self {
            width,
            channels: shape.c,
            values,
        }
    }

    /// Position of the first channel under tap `(ky, kx)` at output position `(oy, ox)`.
    pub(super) fn at(&self, window: &Window, [oy, ox]: [usize; 2], [ky, kx]: [usize; 2]) -> usize {
        let y = oy * window.stride[0] + ky * window.dilation[0];
        let x = ox * window.stride[1] + kx * window.dilation[1];
        (y * self.width + x) * self.channels
    }
}

/// Bytes to numbers.
fn convert(bytes: &[i8], numbers: &mut [f32]) {
    for (number, &byte) in numbers.iter_mut().zip(bytes) {
        *number = f32::from(byte);
    }
}

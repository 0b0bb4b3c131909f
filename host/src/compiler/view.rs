//! Where a tensor lies inside a buffer. Buffers get their bank and address later.

use systole_quant::integer::Shape;

use crate::program::Placement;

/// Index of a buffer of the memory plan.
pub(super) type BufferId = usize;

/// Element `(y, x, c)` is byte `offset + y * row_stride + x * pixel_stride + channels[c]` of the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) buffer: BufferId,
    pub(super) offset: usize,
    pub(super) row_stride: usize,
    pub(super) pixel_stride: usize,
    pub(super) channels: Vec<usize>,
    pub(super) shape: Shape,
}

impl View {
    /// A tensor with contiguous rows at the start of a buffer.
    pub(super) fn packed(buffer: BufferId, shape: Shape, pixel_stride: usize) -> Self {
        let row_stride = shape.w * pixel_stride;
        Self {
            buffer,
            offset: 0,
            row_stride,
            pixel_stride,
            channels: (0..shape.c).collect(),
            shape,
        }
    }

    /// Whether channel `c` is byte `c` of its pixel.
    pub(super) fn is_identity(&self) -> bool {
        self.channels.iter().enumerate().all(|(c, &at)| c == at)
    }

    /// Bytes from the first to the last channel of a pixel, both included.
    pub(super) fn span(&self) -> usize {
        self.channels.iter().max().map_or(0, |last| last + 1)
    }

    /// Whether beats of `lanes` bytes can be read from or written to every pixel.
    pub(super) fn is_aligned(&self, lanes: usize) -> bool {
        let rows = self.shape.h == 1 || self.row_stride.is_multiple_of(lanes);
        let pixels = self.shape.w == 1 || self.pixel_stride.is_multiple_of(lanes);
        self.offset.is_multiple_of(lanes) && rows && pixels && self.is_identity()
    }

    /// Rows and columns of this view from `(y, x)` on.
    pub(super) fn window(&self, y: usize, x: usize, h: usize, w: usize) -> Self {
        let offset = self.offset + y * self.row_stride + x * self.pixel_stride;
        Self {
            offset,
            shape: Shape::new(h, w, self.shape.c),
            ..self.clone()
        }
    }

    /// The channels `first .. first + count`, which must be a contiguous run.
    pub(super) fn channel_range(&self, first: usize, count: usize) -> Self {
        let base = self.channels[first];
        let channels = self.channels[first..first + count]
            .iter()
            .map(|at| at - base)
            .collect();
        let shape = Shape {
            c: count,
            ..self.shape
        };
        Self {
            offset: self.offset + base,
            channels,
            shape,
            ..self.clone()
        }
    }

    /// The same bytes in NHWC order under another shape, if strides can express it.
    pub(super) fn reshaped(&self, shape: Shape) -> Option<Self> {
        let row_contiguous =
            self.shape.h == 1 || self.row_stride == self.shape.w * self.pixel_stride;
        let full = (self.shape.h * self.shape.w == 1 || self.pixel_stride == self.shape.c)
            && self.is_identity();
        if shape == self.shape {
            return Some(self.clone());
        }
        if shape.c == self.shape.c && row_contiguous {
            return Some(Self {
                row_stride: shape.w * self.pixel_stride,
                shape,
                ..self.clone()
            });
        }
        if row_contiguous && full {
            return Some(Self {
                offset: self.offset,
                ..Self::packed(self.buffer, shape, shape.c)
            });
        }
        (shape.h * shape.w == 1).then(|| self.as_vector())
    }

    fn as_vector(&self) -> Self {
        let shape = self.shape;
        let mut channels = Vec::with_capacity(shape.elements());
        for y in 0..shape.h {
            for x in 0..shape.w {
                let pixel = y * self.row_stride + x * self.pixel_stride;
                channels.extend(self.channels.iter().map(|at| pixel + at));
            }
        }
        let stride = channels.iter().max().map_or(1, |last| last + 1);
        Self {
            row_stride: stride,
            pixel_stride: stride,
            channels,
            shape: Shape::vector(shape.elements()),
            ..self.clone()
        }
    }

    /// The view in a bank, once its buffer has an address.
    pub(super) fn place(&self, bank: usize, address: usize) -> Placement {
        Placement {
            bank,
            address: address + self.offset,
            row_stride: self.row_stride,
            pixel_stride: self.pixel_stride,
            channels: self.channels.clone(),
            shape: self.shape,
        }
    }
}

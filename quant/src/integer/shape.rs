//! Shapes and windows: how large a result is and which elements a window touches. All arithmetic is checked.

use super::{InputLayout, Shape, Window};

/// Largest number of rows or columns, kernel size, stride, dilation and padding that is accepted.
pub const MAX_DIMENSION: usize = 1 << 16;

/// Largest number of elements of one tensor, padding included, and of all tensors of a graph together.
pub const MAX_ELEMENTS: usize = 1 << 28;

impl Shape {
    /// Rows, columns, channels.
    #[must_use]
    pub const fn new(h: usize, w: usize, c: usize) -> Self {
        Self { h, w, c }
    }

    /// A vector of `n` features.
    #[must_use]
    pub const fn vector(n: usize) -> Self {
        Self::new(1, 1, n)
    }

    /// Number of elements; saturates.
    #[must_use]
    pub const fn elements(self) -> usize {
        self.h.saturating_mul(self.w).saturating_mul(self.c)
    }

    /// Position of an element in the NHWC byte order.
    #[must_use]
    pub const fn index(self, y: usize, x: usize, c: usize) -> usize {
        (y * self.w + x) * self.c + c
    }

    /// Whether every extent is at least 1 and within the limits.
    #[must_use]
    pub const fn in_limits(self) -> bool {
        let positive = self.h > 0 && self.w > 0 && self.c > 0;
        positive
            && self.h <= MAX_DIMENSION
            && self.w <= MAX_DIMENSION
            && self.elements() <= MAX_ELEMENTS
    }
}

impl InputLayout {
    /// Data that already comes as rows, columns, channels.
    #[must_use]
    pub fn of(shape: Shape) -> Self {
        Self {
            shape: vec![shape.h, shape.w, shape.c],
            permutation: vec![0, 1, 2],
        }
    }

    /// Brings one sample from the order of the imported model into the order of the tensor.
    /// `None` if `data` does not have the number of elements of [`InputLayout::shape`].
    #[must_use]
    pub fn arrange<T: Copy>(&self, data: &[T]) -> Option<Vec<T>> {
        permute(data, &self.shape, &self.permutation)
    }
}

/// Transposes a dense row-major array. `None` if `data`, `shape` and `permutation` do not fit each other.
#[must_use]
pub fn permute<T: Copy>(data: &[T], shape: &[usize], permutation: &[usize]) -> Option<Vec<T>> {
    let elements = shape
        .iter()
        .try_fold(1usize, |product, &d| product.checked_mul(d))?;
    if elements != data.len() || !is_permutation(permutation, shape.len()) {
        return None;
    }
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    let mut offsets = vec![0];
    for &axis in permutation {
        let steps = (0..shape[axis]).map(|i| i * strides[axis]);
        offsets = offsets
            .iter()
            .flat_map(|&at| steps.clone().map(move |step| at + step))
            .collect();
    }
    Some(offsets.into_iter().map(|at| data[at]).collect())
}

/// Whether every axis below `rank` occurs exactly once.
pub(crate) fn is_permutation(axes: &[usize], rank: usize) -> bool {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..rank)
}

impl Window {
    /// A window of one element.
    pub const ONE: Self = Self {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        pads: [0; 4],
    };

    /// The window that covers the whole image once, as a fully connected layer or global pooling does.
    #[must_use]
    pub const fn whole(shape: Shape) -> Self {
        Self {
            kernel: [shape.h, shape.w],
            ..Self::ONE
        }
    }

    /// Whether kernel, stride and dilation are at least 1 and everything is within [`MAX_DIMENSION`].
    #[must_use]
    pub fn in_limits(&self) -> bool {
        let steps = self.kernel.iter().chain(&self.stride).chain(&self.dilation);
        steps.into_iter().all(|&v| (1..=MAX_DIMENSION).contains(&v))
            && self.pads.iter().all(|&v| v <= MAX_DIMENSION)
    }

    /// Rows and columns of the result for an image of `h` rows and `w` columns:
    /// `floor((size + pads - ((kernel - 1) * dilation + 1)) / stride) + 1`. `None` if the window does not fit.
    #[must_use]
    pub fn output(&self, h: usize, w: usize) -> Option<[usize; 2]> {
        if !self.in_limits() {
            return None;
        }
        Some([self.extent(0, h)?, self.extent(1, w)?])
    }

    fn extent(&self, axis: usize, size: usize) -> Option<usize> {
        let covered = (self.kernel[axis] - 1)
            .checked_mul(self.dilation[axis])?
            .checked_add(1)?;
        let padded = size
            .checked_add(self.pads[axis])?
            .checked_add(self.pads[axis + 2])?;
        Some(padded.checked_sub(covered)? / self.stride[axis] + 1)
    }

    /// Input row (axis 0) or column (axis 1) under tap `tap` at output position `position`; `None` in the padding.
    #[must_use]
    pub fn source(&self, axis: usize, position: usize, tap: usize, size: usize) -> Option<usize> {
        let padded = position * self.stride[axis] + tap * self.dilation[axis];
        padded
            .checked_sub(self.pads[axis])
            .filter(|&index| index < size)
    }

    /// How many taps lie inside an image of `size` rows or columns at output position `position`.
    #[must_use]
    pub fn taps_inside(&self, axis: usize, position: usize, size: usize) -> usize {
        let (start, step) = (position * self.stride[axis], self.dilation[axis]);
        let (first, last) = (self.pads[axis], self.pads[axis] + size);
        let below = |end: usize| {
            end.saturating_sub(start)
                .div_ceil(step)
                .min(self.kernel[axis])
        };
        below(last) - below(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn taps_inside_counts_sources(size in 1usize..9, kernel in 1usize..6, stride in 1usize..4,
                                      dilation in 1usize..4, before in 0usize..5, after in 0usize..5) {
            let window = Window {
                kernel: [kernel, 1], stride: [stride, 1], dilation: [dilation, 1], pads: [before, 0, after, 0],
            };
            let covered = (kernel - 1) * dilation + 1;
            let fits = size + before + after >= covered;
            prop_assert_eq!(window.output(size, 1).is_some(), fits);
            if let Some([rows, _]) = window.output(size, 1) {
                prop_assert!((rows - 1) * stride + covered <= size + before + after);
                prop_assert!(rows * stride + covered > size + before + after);
                for y in 0..rows {
                    let count = (0..kernel).filter(|&tap| window.source(0, y, tap, size).is_some()).count();
                    prop_assert_eq!(window.taps_inside(0, y, size), count);
                }
            }
        }
    }

    #[test]
    fn hostile_sizes_do_not_overflow() {
        let window = Window {
            kernel: [usize::MAX; 2],
            ..Window::ONE
        };
        assert_eq!(window.output(usize::MAX, usize::MAX), None);
        assert_eq!(Shape::new(usize::MAX, 2, 2).elements(), usize::MAX);
        assert!(!Shape::new(0, 1, 1).in_limits());
    }
}

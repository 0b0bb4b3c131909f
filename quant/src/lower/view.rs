//! How a float tensor lies in an accelerator tensor: which physical axes make up each of its axes.
//!
//! The importer's tensors are transposed, flattened and reshaped freely; the accelerator's tensors are always
//! rows, columns, channels. A view follows such operators without moving a byte, and says so when it cannot.

use crate::integer::Shape;

/// A physical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// Rows.
    H,
    /// Columns.
    W,
    /// Channels.
    C,
}

/// For each axis of a float tensor the physical axes it consists of, outermost first. Axes of one element are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// One list for each axis of the float tensor.
    pub axes: Vec<Vec<Axis>>,
}

impl Axis {
    /// All axes, in physical order.
    pub const ALL: [Self; 3] = [Self::H, Self::W, Self::C];

    /// Extent in a shape.
    #[must_use]
    pub const fn of(self, shape: Shape) -> usize {
        match self {
            Self::H => shape.h,
            Self::W => shape.w,
            Self::C => shape.c,
        }
    }
}

impl View {
    /// A view whose axes are single physical axes (or none); those of one element are left out.
    #[must_use]
    pub fn new(axes: &[Option<Axis>], shape: Shape) -> Self {
        let keep = |axis: &Option<Axis>| axis.iter().copied().filter(|a| a.of(shape) > 1).collect();
        Self {
            axes: axes.iter().map(keep).collect(),
        }
    }

    /// Physical axes in the order of the float tensor's elements.
    #[must_use]
    pub fn order(&self) -> Vec<Axis> {
        self.axes.concat()
    }

    /// The view after a transposition.
    #[must_use]
    pub fn transposed(&self, permutation: &[usize]) -> Option<Self> {
        permutation
            .iter()
            .map(|&axis| self.axes.get(axis).cloned())
            .collect::<Option<_>>()
            .map(|axes| Self { axes })
    }

    /// The view after a reshape; `None` if a physical axis would have to be split.
    #[must_use]
    pub fn reshaped(&self, dimensions: &[usize], shape: Shape) -> Option<Self> {
        let mut rest = self.order().into_iter();
        let mut axes = Vec::with_capacity(dimensions.len());
        for &dimension in dimensions {
            let (mut product, mut axis) = (1, Vec::new());
            while product < dimension {
                let next = rest.next()?;
                product *= next.of(shape);
                axis.push(next);
            }
            if product != dimension {
                return None;
            }
            axes.push(axis);
        }
        rest.next().is_none().then_some(Self { axes })
    }

    /// Brings values from the order of the float tensor into rows, columns, channels.
    #[must_use]
    pub fn to_physical<T: Copy>(&self, data: &[T], shape: Shape) -> Option<Vec<T>> {
        let order = self.order();
        let extents: Vec<usize> = order.iter().map(|axis| axis.of(shape)).collect();
        crate::integer::permute(data, &extents, &physical_permutation(&order))
    }

    /// For each element of the float tensor its index in rows, columns, channels.
    #[must_use]
    pub fn physical_indices(&self, shape: Shape) -> Vec<usize> {
        let stride = |axis: Axis| match axis {
            Axis::H => shape.w * shape.c,
            Axis::W => shape.c,
            Axis::C => 1,
        };
        let mut indices = vec![0];
        for axis in self.order() {
            let steps = (0..axis.of(shape)).map(|i| i * stride(axis));
            indices = indices
                .iter()
                .flat_map(|&at| steps.clone().map(move |step| at + step))
                .collect();
        }
        indices
    }
}

/// Permutation that sorts `order` into physical order.
fn physical_permutation(order: &[Axis]) -> Vec<usize> {
    let mut permutation: Vec<usize> = (0..order.len()).collect();
    permutation.sort_by_key(|&position| order[position]);
    permutation
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape::new(2, 3, 4);

    fn nchw() -> View {
        View::new(&[None, Some(Axis::C), Some(Axis::H), Some(Axis::W)], IMAGE)
    }

    #[test]
    fn flatten_keeps_the_channel_first_order() {
        let flat = nchw().reshaped(&[1, 24], IMAGE).unwrap();
        assert_eq!(flat.axes, [vec![], vec![Axis::C, Axis::H, Axis::W]]);
        let data: Vec<usize> = (0..24).collect();
        let physical = flat.to_physical(&data, IMAGE).unwrap();
        for (h, w, c) in [(0, 0, 0), (1, 2, 3), (1, 0, 2)] {
            assert_eq!(physical[IMAGE.index(h, w, c)], (c * 2 + h) * 3 + w);
        }
        let indices = flat.physical_indices(IMAGE);
        assert!(data.iter().all(|&i| physical[indices[i]] == i));
    }

    #[test]
    fn an_axis_is_never_split() {
        assert_eq!(nchw().reshaped(&[1, 2, 2, 6], IMAGE), None);
        assert_eq!(nchw().reshaped(&[1, 4, 2], IMAGE), None);
        assert_eq!(
            nchw().reshaped(&[8, 1, 3], IMAGE).unwrap().axes,
            [vec![Axis::C, Axis::H], vec![], vec![Axis::W]]
        );
    }

    #[test]
    fn transposing_permutes() {
        let view = nchw().transposed(&[0, 2, 3, 1]).unwrap();
        assert_eq!(
            view.axes,
            [vec![], vec![Axis::H], vec![Axis::W], vec![Axis::C]]
        );
        assert_eq!(nchw().transposed(&[0, 7]), None);
    }
}

//! Brings a sample into the shape of a model's input.

use ndarray::{ArrayD, IxDyn};

/// `sample` (without a batch axis) in `target` shape (batch 1 in front): the same shape, axes of size 1 more or
/// less, HWC as CHW, or CHW as HWC. Equal shapes are never permuted.
pub(super) fn fit(sample: ArrayD<f32>, target: &[usize]) -> Option<ArrayD<f32>> {
    let without_ones = |shape: &[usize]| {
        shape
            .iter()
            .copied()
            .filter(|&dim| dim != 1)
            .collect::<Vec<_>>()
    };
    let (1, wanted) = target.split_first().map(|(batch, rest)| (*batch, rest))? else {
        return None;
    };
    let permuted = match (sample.shape(), wanted) {
        (from, to) if without_ones(from) == without_ones(to) => sample,
        (&[h, w, c], to) if to == [c, h, w] => sample.permuted_axes(IxDyn(&[2, 0, 1])),
        (&[c, h, w], to) if to == [h, w, c] => sample.permuted_axes(IxDyn(&[1, 2, 0])),
        _ => return None,
    };
    permuted
        .to_shape(IxDyn(target))
        .ok()
        .map(|view| view.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(shape: &[usize]) -> ArrayD<f32> {
        ArrayD::from_shape_fn(IxDyn(shape), |index| {
            index.as_array_view().iter().fold(0, |sum, &i| sum * 10 + i) as f32
        })
    }

    use ndarray::Dimension;

    #[test]
    fn images_in_every_layout_arrive() {
        // Each element holds its own index, written as decimal digits.
        let hwc = fit(counting(&[4, 5, 3]), &[1, 3, 4, 5]).unwrap();
        assert_eq!(hwc[[0, 2, 3, 1]], 312.0);
        let chw = fit(counting(&[3, 4, 5]), &[1, 4, 5, 3]).unwrap();
        assert_eq!(chw[[0, 3, 1, 2]], 231.0);
        let gray = fit(counting(&[4, 5]), &[1, 1, 4, 5]).unwrap();
        assert_eq!(gray[[0, 0, 3, 4]], 34.0);
        let channel_last = fit(counting(&[4, 5]), &[1, 4, 5, 1]).unwrap();
        assert_eq!(channel_last[[0, 3, 4, 0]], 34.0);
    }

    #[test]
    fn other_shapes_do_not_fit() {
        assert!(fit(counting(&[4, 5]), &[1, 5, 4]).is_none());
        assert!(fit(counting(&[4, 5]), &[2, 4, 5]).is_none());
        assert!(fit(counting(&[4, 5]), &[]).is_none());
    }
}

//! Test images: as the model wants them, with labels, and as people want to see them.

use std::path::Path;

use ndarray::{ArrayD, Axis, Ix3};
use systole_quant::npz::{Dataset, DatasetKeys, InputScale};

/// Samples in the shape of the model's input, and labels if there are any.
pub(crate) struct TestData {
    /// Scaled samples, batch 1 in front.
    pub(crate) samples: Vec<ArrayD<f32>>,
    /// What each sample shows: a class, or the classes of a sequence.
    pub(crate) labels: Option<Labels>,
    /// The first samples as stored.
    pub(crate) pictures: Pictures,
}

/// What samples show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labels {
    /// Classes of each sample.
    pub(crate) classes: Vec<Vec<usize>>,
    /// Whether samples are sequences.
    pub(crate) sequences: bool,
}

/// Labels of `count` samples; `None` if there are none, or none that are classes. A sequence ends at its length, if the file
/// says it, or before the first negative number.
fn answers(dataset: &Dataset, count: usize) -> Option<Labels> {
    let labels = dataset
        .labels
        .as_ref()
        .filter(|labels| labels.ndim() <= 2)?;
    let of_sample = |index: usize| {
        let row: Vec<i64> = labels.index_axis(Axis(0), index).iter().copied().collect();
        let length = dataset
            .lengths
            .as_ref()
            .and_then(|lengths| lengths.get(index));
        let shown = row.iter().take(length.map_or(row.len(), |&length| length));
        let classes = shown.map(|&label| usize::try_from(label));
        match labels.ndim() {
            1 => classes.collect::<Result<Vec<_>, _>>().ok(),
            _ => Some(classes.map_while(Result::ok).collect()),
        }
    };
    Some(Labels {
        classes: (0..count).map(of_sample).collect::<Option<_>>()?,
        sequences: labels.ndim() == 2,
    })
}

/// Samples as pictures, where they look like ones.
#[derive(Default)]
pub(crate) struct Pictures {
    /// Width, height, pixels.
    pub(crate) images: Vec<(usize, usize, Vec<[u8; 3]>)>,
}

impl TestData {
    /// Reads up to `limit` samples of a file.
    pub(crate) fn load(
        path: &Path,
        keys: &DatasetKeys,
        shape: &[usize],
        scale: InputScale,
        limit: usize,
    ) -> anyhow::Result<Self> {
        let dataset = Dataset::load(path, keys)?;
        Self::from_dataset(&dataset, shape, scale, limit)
    }

    /// Takes up to `limit` samples.
    pub(crate) fn from_dataset(
        dataset: &Dataset,
        shape: &[usize],
        scale: InputScale,
        limit: usize,
    ) -> anyhow::Result<Self> {
        let samples = dataset.samples(shape, scale, limit)?;
        let labels = answers(dataset, samples.len());
        Ok(TestData {
            samples,
            labels,
            pictures: Pictures::of(dataset, 24),
        })
    }
}

impl Pictures {
    fn of(dataset: &Dataset, count: usize) -> Self {
        if dataset.inputs.ndim() < 3 {
            return Pictures::default();
        }
        let samples = dataset.inputs.axis_iter(Axis(0)).take(count);
        Pictures {
            images: samples
                .filter_map(|sample| picture(&sample.to_owned()))
                .collect(),
        }
    }
}

/// `H x W`, `1 x H x W`, `H x W x 1|3` or `3 x H x W`, brought to 0..255.
fn picture(sample: &ArrayD<f32>) -> Option<(usize, usize, Vec<[u8; 3]>)> {
    let hwc = match *sample.shape() {
        [_, _] => sample.clone().insert_axis(Axis(2)),
        [_, _, 1 | 3] => sample.clone(),
        [1 | 3, _, _] => sample.clone().permuted_axes(ndarray::IxDyn(&[1, 2, 0])),
        _ => return None,
    };
    let hwc = hwc.into_dimensionality::<Ix3>().ok()?;
    let (height, width, channels) = hwc.dim();
    if !(4..=256).contains(&height) || !(4..=256).contains(&width) {
        return None;
    }
    let low = hwc.iter().copied().fold(f32::INFINITY, f32::min).min(0.0);
    let high = hwc.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let bytes = low >= 0.0 && high > 1.5;
    let (offset, factor) = if bytes {
        (0.0, 1.0)
    } else {
        (low, 255.0 / (high - low).max(1e-9))
    };
    let level = |y, x, c: usize| {
        ((hwc[[y, x, c.min(channels - 1)]] - offset) * factor)
            .round()
            .clamp(0.0, 255.0) as u8
    };
    let pixel = |i: usize| [0, 1, 2].map(|c| level(i / width, i % width, c));
    Some((width, height, (0..width * height).map(pixel).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_and_colour_become_pictures() {
        let gray = ArrayD::from_shape_fn(ndarray::IxDyn(&[5, 4]), |i| (i[0] * 10 + i[1]) as f32);
        let (width, height, pixels) = picture(&gray).unwrap();
        assert_eq!((width, height, pixels[5]), (4, 5, [11; 3]));
        let colour = ArrayD::from_shape_fn(ndarray::IxDyn(&[3, 4, 4]), |i| (i[0] * 100) as f32);
        assert_eq!(picture(&colour).unwrap().2[7], [0, 100, 200]);
        assert!(picture(&ArrayD::zeros(ndarray::IxDyn(&[7]))).is_none());
    }
}

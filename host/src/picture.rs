//! Pictures as inputs: PNG, PGM and PPM, gray or colour, in the size of the model.

use std::path::Path;

use image::imageops::FilterType;
use image::{ImageError, RgbImage};

/// A picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Not there, damaged, or of another kind.
    #[error("{path}: {source}\n  hint: PNG, PGM and PPM pictures can be read")]
    Read {
        /// File.
        path: String,
        /// Cause.
        source: ImageError,
    },
    /// The model does not take pictures.
    #[error(
        "the input of the model is {shape:?}: no picture of 1 or 3 channels\n  hint: `systole run` feeds arrays of any shape"
    )]
    Shape {
        /// Shape of the input, without batch.
        shape: Vec<usize>,
    },
}

/// Shape of an input as the imported model says, without batch: where rows, columns and channels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
    /// Whether channels come first.
    pub channels_first: bool,
}

impl PictureShape {
    /// Reads `[H, W]`, `[C, H, W]` or `[H, W, C]`.
    ///
    /// # Errors
    /// [`PictureError::Shape`].
    pub fn of(shape: &[usize]) -> Result<Self, PictureError> {
        let (height, width, channels, channels_first) = match *shape {
            [height, width] => (height, width, 1, true),
            [channels @ (1 | 3), height, width] => (height, width, channels, true),
            [height, width, channels @ (1 | 3)] => (height, width, channels, false),
            _ => {
                return Err(PictureError::Shape {
                    shape: shape.to_vec(),
                });
            }
        };
        Ok(PictureShape {
            height,
            width,
            channels,
            channels_first,
        })
    }

    /// The picture as numbers from 0 to 255, in the order of the model.
    #[must_use]
    pub fn values(&self, picture: &RgbImage) -> Vec<f32> {
        let (width, height) = (self.width as u32, self.height as u32);
        let resized = match picture.dimensions() == (width, height) {
            true => picture.clone(),
            false => image::imageops::resize(picture, width, height, FilterType::Triangle),
        };
        let pixels: Vec<[u8; 3]> = resized.pixels().map(|pixel| pixel.0).collect();
        match (self.channels, self.channels_first) {
            (1, _) => pixels.iter().map(|&pixel| gray(pixel).into()).collect(),
            (_, false) => pixels.iter().flatten().map(|&value| value.into()).collect(),
            (_, true) => (0..3)
                .flat_map(|c| pixels.iter().map(move |p| p[c].into()))
                .collect(),
        }
    }
}

/// Luma of ITU-R BT.601 in 8 bits: `(77 R + 150 G + 29 B + 128) >> 8`.
fn gray([r, g, b]: [u8; 3]) -> u8 {
    ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8
}

/// Reads a picture.
///
/// # Errors
/// [`PictureError::Read`].
pub fn read(path: &Path) -> Result<RgbImage, PictureError> {
    let error = |source| PictureError::Read {
        path: path.display().to_string(),
        source,
    };
    let reader = image::ImageReader::open(path).map_err(|source| error(source.into()))?;
    let reader = reader
        .with_guessed_format()
        .map_err(|source| error(source.into()))?;
    Ok(reader.decode().map_err(error)?.to_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_hold_pictures() {
        let gray = PictureShape::of(&[1, 28, 112]).unwrap();
        assert_eq!((gray.height, gray.width, gray.channels), (28, 112, 1));
        assert!(!PictureShape::of(&[32, 32, 3]).unwrap().channels_first);
        assert_eq!(PictureShape::of(&[28, 28]).unwrap().channels, 1);
        assert!(PictureShape::of(&[49, 10]).is_ok() && PictureShape::of(&[12]).is_err());
        assert!(PictureShape::of(&[2, 5, 5]).is_err());
    }

    #[test]
    fn pixels_in_the_order_of_the_model() {
        let picture = RgbImage::from_raw(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let shape = |channels, channels_first| PictureShape {
            height: 1,
            width: 2,
            channels,
            channels_first,
        };
        assert_eq!(shape(3, false).values(&picture), [1., 2., 3., 4., 5., 6.]);
        assert_eq!(shape(3, true).values(&picture), [1., 4., 2., 5., 3., 6.]);
        assert_eq!(shape(1, true).values(&picture), [2., 5.]);
        assert_eq!((gray([255; 3]), gray([0, 255, 0])), (255, 149));
    }

    #[test]
    fn other_sizes_are_brought_to_that_of_the_model() {
        let picture = RgbImage::from_pixel(40, 10, image::Rgb([200, 100, 50]));
        let shape = PictureShape::of(&[3, 5, 8]).unwrap();
        let values = shape.values(&picture);
        assert_eq!(values.len(), 3 * 5 * 8);
        assert_eq!((values[0], values[40], values[119]), (200., 100., 50.));
    }
}

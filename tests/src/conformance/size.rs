//! The accelerators of the suite: one configuration for each array size, with memories just large enough for its cases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use systole_arch::{Arch, Multipliers};

/// An array size by name: `4x12p2` has 4 rows, 12 columns, 2 post-processing lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Size {
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Post-processing lanes.
    pub lanes: usize,
}

const fn size(rows: usize, cols: usize, lanes: usize) -> Size {
    Size { rows, cols, lanes }
}

/// Sizes of the long run, the slowest first. Square and not, a number of column groups that is no power of two, one lane to
/// eight, two banks to four.
pub const SIZES: [Size; 6] = [
    size(16, 16, 8),
    size(8, 8, 4),
    size(4, 12, 2),
    size(8, 4, 2),
    size(4, 4, 4),
    size(2, 2, 1),
];

/// Sizes of the short run: those whose simulation is built in seconds.
pub const SHORT: [Size; 4] = [size(4, 12, 2), size(8, 4, 2), size(4, 4, 4), size(2, 2, 1)];

/// Bytes of one activation bank: four tensors of the largest case.
const BANK_BYTES: usize = 1 << 15;

impl Size {
    /// The configuration of this size. Banks, multipliers and weight memories differ among the sizes, so that each kind occurs.
    #[must_use]
    pub fn arch(self) -> Arch {
        let lut = !self.cols.is_power_of_two();
        Arch {
            name: self.to_string(),
            rows: self.rows,
            cols: self.cols,
            lanes: self.lanes,
            weight_depth: ((1 << 14) / self.rows).min(4096),
            banks: 2 + usize::from(self.rows != self.cols) + usize::from(lut),
            bank_words: BANK_BYTES / self.rows,
            param_rows: 1024,
            table_slots: 8,
            program_words: 1 << 14,
            recurrent_units: 64,
            multipliers: if lut {
                Multipliers::Lut
            } else {
                Multipliers::Generic
            },
            lean: false,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}p{}", self.rows, self.cols, self.lanes)
    }
}

/// `RxCpP`, or `RxC` for the size of the suite that has these rows and columns.
impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || SIZES.map(|size| size.to_string()).join(", ");
        let wrong = || {
            format!(
                "`{text}` is no array size: expected ROWSxCOLUMNSpLANES such as {}",
                known()
            )
        };
        let (array, lanes) = match text.split_once('p') {
            Some((array, lanes)) => (array, Some(lanes)),
            None => (text, None),
        };
        let (rows, cols) = array.split_once('x').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        let (rows, cols) = (number(rows)?, number(cols)?);
        let found = SIZES
            .iter()
            .find(|size| (size.rows, size.cols) == (rows, cols));
        let lanes = match (lanes, found) {
            (Some(lanes), _) => number(lanes)?,
            (None, Some(size)) => size.lanes,
            (None, None) => return Err(wrong()),
        };
        let size = Size { rows, cols, lanes };
        if rows == 0 {
            return Err(wrong());
        }
        size.arch().check(text).map_err(|error| error.to_string())?;
        Ok(size)
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        size.to_string()
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for size in SIZES {
            assert_eq!(size.to_string().parse(), Ok(size));
            assert_eq!(format!("{}x{}", size.rows, size.cols).parse(), Ok(size));
            assert!(size.arch().check("size").is_ok(), "{size}");
        }
        for wrong in ["", "4", "4x", "0x4p1", "4x4p3", "7x7p1", "3x3"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}

//! What both cores have in common: the array, its number formats, and how their test bench behaves.

use systole_arch::Multipliers;

use super::error::{CoreError, check};
use crate::array::ArraySizes;

/// The array of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoreArray {
    /// `R`: elements of the inner dimension per cycle, a power of two from 2 to 32.
    pub rows: usize,
    /// `C`: columns of the result at once, 2 or a multiple of 4 up to 32.
    pub cols: usize,
    /// Bits of an activation and of a weight, two's complement, 2 to 16.
    pub data_bits: usize,
    /// Bits of a result, two's complement, `2 * data_bits` to 48. Larger sums wrap modulo `2^acc_bits`.
    pub acc_bits: usize,
    /// How multipliers are built; widths other than 8 are generic.
    pub multipliers: Multipliers,
}

impl CoreArray {
    /// Checks all sizes.
    ///
    /// # Errors
    /// [`CoreError::Option`] and [`CoreError::Multipliers`].
    pub fn check(&self) -> Result<(), CoreError> {
        let CoreArray {
            rows,
            cols,
            data_bits,
            acc_bits,
            multipliers,
        } = *self;
        let rows_fit = rows.is_power_of_two() && (2..=32).contains(&rows);
        check("rows", rows, rows_fit, "2, 4, 8, 16 or 32")?;
        let cols_fit = cols == 2 || (cols.is_multiple_of(4) && (4..=32).contains(&cols));
        check("cols", cols, cols_fit, "2 or a multiple of 4 up to 32")?;
        check(
            "data-bits",
            data_bits,
            (2..=16).contains(&data_bits),
            "2 to 16",
        )?;
        let acc = format!(
            "{} (two factors of --data-bits {data_bits}) to 48",
            2 * data_bits
        );
        check(
            "acc-bits",
            acc_bits,
            (2 * data_bits..=48).contains(&acc_bits),
            &acc,
        )?;
        match data_bits == 8 || multipliers == Multipliers::Generic {
            true => Ok(()),
            false => Err(CoreError::Multipliers {
                multipliers,
                data_bits,
            }),
        }
    }

    /// Sizes for the generator of the array, with `depth` words of weights in each cell.
    pub(super) fn sizes(&self, depth: usize, vector_latency: usize) -> ArraySizes {
        ArraySizes {
            rows: self.rows,
            cols: self.cols,
            data_bits: self.data_bits,
            depth,
            vector_latency,
        }
    }
}

/// How the test bench of a core drives it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Testbench {
    /// Seed of the random data and stalls.
    pub seed: u64,
    /// All streams pause at random. Without, the test bench also checks the number of cycles.
    pub stalls: bool,
}

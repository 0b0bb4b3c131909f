//! Sizes of a recurrent core: what its options say, and every number that follows from them.

use systole_arch::isa::Unit;
use systole_arch::{Arch, Multipliers};

use super::error::{CoreError, check, check_depth};
use super::options::CoreArray;
use crate::array::ArraySizes;

/// The layer of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrentKind {
    /// LSTM, gates i, f, g, o.
    Lstm {
        /// Fraction bits of the cell state, 8 to 12.
        cell_bits: usize,
    },
    /// GRU with `linear_before_reset = 1`, gates r, z, n.
    Gru,
}

/// What `systole emit lstm` and `systole emit gru` are asked for. The sizes are fixed in the core, the lengths of
/// the sequences are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurrentOptions {
    /// LSTM or GRU.
    pub kind: RecurrentKind,
    /// `R`: bytes of a step in one cycle, a power of two from 2 to 32.
    pub rows: usize,
    /// `C`: gate sums at once, 2 or a multiple of 4 up to 32.
    pub cols: usize,
    /// `P`: gate sums that are scaled in one cycle, and bytes of a result word. A power of two up to 8 that divides
    /// `rows` and `cols`.
    pub lanes: usize,
    /// How the multipliers of the array are built.
    pub multipliers: Multipliers,
    /// Bytes of a step.
    pub inputs: usize,
    /// Hidden units.
    pub hidden: usize,
}

/// Largest number of inputs.
const MOST_INPUTS: usize = 4096;
/// Largest number of hidden units, as in an accelerator.
const MOST_UNITS: usize = 1024;
/// Smallest number of units that the memories of the recurrent unit are built for.
const LEAST_UNITS: usize = 16;
/// From a slot to its vector at the edge of the array: step memory, and one register that chooses.
pub(super) const SLOT_TO_VECTOR: usize = systole_arch::timing::MEMORY as usize + 1;

impl RecurrentKind {
    /// Module of the core, and name of its files.
    pub fn name(self) -> &'static str {
        match self {
            RecurrentKind::Lstm { .. } => "lstm",
            RecurrentKind::Gru => "gru",
        }
    }

    /// Gate rows of a hidden unit.
    pub fn gates(self) -> usize {
        match self {
            RecurrentKind::Lstm { .. } => 4,
            RecurrentKind::Gru => 3,
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            RecurrentKind::Lstm { .. } => Unit::Lstm,
            RecurrentKind::Gru => Unit::Gru,
        }
    }

    /// Fraction bits of the cell state; a GRU has none.
    pub(super) fn cell_bits(self) -> usize {
        match self {
            RecurrentKind::Lstm { cell_bits } => cell_bits,
            RecurrentKind::Gru => 0,
        }
    }
}

impl RecurrentOptions {
    /// The most lanes up to 4 that fit an array: as many as an accelerator of that size has.
    pub fn default_lanes(rows: usize, cols: usize) -> usize {
        let fits = |lanes: &usize| rows.is_multiple_of(*lanes) && cols.is_multiple_of(*lanes);
        [4, 2].into_iter().find(fits).unwrap_or(1)
    }

    /// Checks all options.
    ///
    /// # Errors
    /// [`CoreError::Option`] and [`CoreError::TooDeep`].
    pub fn check(&self) -> Result<(), CoreError> {
        self.core_array().check()?;
        let lanes = self.lanes;
        let fits = lanes.is_power_of_two()
            && lanes <= 8
            && self.rows.is_multiple_of(lanes)
            && self.cols.is_multiple_of(lanes);
        let possible = format!(
            "1, 2, 4 or 8, and divide --rows {} and --cols {}",
            self.rows, self.cols
        );
        check("lanes", lanes, fits, &possible)?;
        if let RecurrentKind::Lstm { cell_bits } = self.kind {
            let fits = (8..=12).contains(&cell_bits);
            check("cell-bits", cell_bits, fits, "8 to 12")?;
        }
        let fits = (1..=MOST_INPUTS).contains(&self.inputs);
        check("inputs", self.inputs, fits, "1 to 4096")?;
        let fits = (1..=MOST_UNITS).contains(&self.hidden);
        check("hidden", self.hidden, fits, "1 to 1024")?;
        check_depth("weight", self.weight_words(), "--inputs or --hidden")
    }

    fn core_array(&self) -> CoreArray {
        CoreArray {
            rows: self.rows,
            cols: self.cols,
            data_bits: 8,
            acc_bits: Arch::ACCUMULATOR_BITS,
            multipliers: self.multipliers,
        }
    }

    /// Sizes for the generator of the array.
    pub(super) fn array(&self) -> ArraySizes {
        self.core_array().sizes(self.weight_words(), SLOT_TO_VECTOR)
    }

    /// The accelerator whose recurrent unit and parameter memories the core has.
    pub(super) fn arch(&self) -> Arch {
        let bank_words = self.units().div_ceil(self.rows).next_power_of_two();
        let parameter_rows = 2 * self.tiles() * self.beats();
        Arch {
            name: self.kind.name().to_owned(),
            rows: self.rows,
            cols: self.cols,
            lanes: self.lanes,
            weight_depth: self.weight_words(),
            banks: 2,
            bank_words,
            param_rows: parameter_rows.next_power_of_two(),
            table_slots: 0,
            program_words: 0,
            recurrent_units: self.units().next_power_of_two().max(LEAST_UNITS),
            multipliers: self.multipliers,
            lean: false,
        }
    }

    /// Hidden units, filled up to whole words of `P`.
    pub fn units(&self) -> usize {
        self.hidden.next_multiple_of(self.lanes)
    }

    /// Result words of a step.
    pub fn words(&self) -> usize {
        self.units() / self.lanes
    }

    /// Columns of the array that belong to one hidden unit, and beats of `P` columns that complete `P` units.
    pub(super) fn columns(&self) -> usize {
        self.kind.unit().columns(false)
    }

    /// Groups of `C` columns; in the last one there may be columns without a unit.
    pub fn tiles(&self) -> usize {
        (self.columns() * self.units()).div_ceil(self.cols)
    }

    /// Beats of a tile: `P` columns each.
    pub(super) fn beats(&self) -> usize {
        self.cols / self.lanes
    }

    /// Beats of the last tile.
    pub(super) fn beats_last(&self) -> usize {
        (self.columns() * self.units() - (self.tiles() - 1) * self.cols) / self.lanes
    }

    /// Words of `R` bytes that the input part (0) and the recurrent part (1) read for each tile.
    pub fn chunks(&self) -> [usize; 2] {
        [self.inputs, self.hidden].map(|depth| depth.div_ceil(self.rows))
    }

    /// Words of weights in each cell, and so slots of a step.
    pub fn weight_words(&self) -> usize {
        self.tiles() * self.chunks().iter().sum::<usize>()
    }

    /// Columns whose weights are one word of the weight stream.
    pub fn group(&self) -> usize {
        self.cols.min(4)
    }

    /// Depth of the result queue: one step waits in it while the next one is computed.
    pub(super) fn queue(&self) -> usize {
        (2 * self.words()).next_power_of_two().max(4)
    }
}

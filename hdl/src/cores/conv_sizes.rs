//! Geometry of a convolution core: what its options say, and every number that follows from them.

use systole_arch::config::bits;

use super::error::{CoreError, check, check_depth};
use super::options::{CoreArray, Testbench};

/// What `systole emit conv` is asked for. The geometry is fixed in the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvOptions {
    /// The array and its numbers.
    pub array: CoreArray,
    /// Rows of the image.
    pub height: usize,
    /// Columns of the image.
    pub width: usize,
    /// Channels of the image.
    pub channels: usize,
    /// Channels of the result.
    pub filters: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Step of the kernel, in both directions.
    pub stride: usize,
    /// Border of zeros on every side, smaller than the kernel.
    pub pad: usize,
    /// Writes a test bench with random images.
    pub testbench: Option<Testbench>,
}

/// Largest side, number of channels or filters.
const LARGEST: usize = 4096;
/// From a slot (its coordinates) to the memory outputs: address, memory, output register.
pub(super) const SLOT_TO_MEMORY: usize = 3;

impl ConvOptions {
    /// Checks all options.
    ///
    /// # Errors
    /// Every variant of [`CoreError`] but those of the product and the generator.
    pub fn check(&self) -> Result<(), CoreError> {
        self.array.check()?;
        let sides = [
            ("height", self.height),
            ("width", self.width),
            ("channels", self.channels),
            ("filters", self.filters),
            ("kernel", self.kernel),
            ("stride", self.stride),
        ];
        for (option, value) in sides {
            check(option, value, (1..=LARGEST).contains(&value), "1 to 4096")?;
        }
        let possible = format!("0 to {} (smaller than --kernel)", self.kernel - 1);
        check("pad", self.pad, self.pad < self.kernel, &possible)?;
        if self.kernel > self.height.min(self.width) + 2 * self.pad {
            return Err(CoreError::KernelTooLarge {
                kernel: self.kernel,
                height: self.height,
                width: self.width,
                pad: self.pad,
            });
        }
        check_depth(
            "image",
            self.image_words(),
            "--height, --width or --channels",
        )?;
        check_depth(
            "weight",
            self.weight_words(),
            "--filters, --channels or --kernel",
        )
    }

    /// Rows of the result.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.pad - self.kernel) / self.stride + 1
    }

    /// Columns of the result.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.pad - self.kernel) / self.stride + 1
    }

    /// Elements of an image row.
    pub(super) fn row_elements(&self) -> usize {
        self.width * self.channels
    }

    /// Words of `R` elements in an image; the last one may have lanes that nobody reads.
    pub fn image_words(&self) -> usize {
        (self.height * self.row_elements()).div_ceil(self.array.rows)
    }

    /// Slots for one row of the kernel, whose pixels lie side by side in memory.
    pub(super) fn chunks(&self) -> usize {
        (self.kernel * self.channels).div_ceil(self.array.rows)
    }

    /// Groups of `C` filters; in the last one there may be columns without a filter.
    pub fn tiles(&self) -> usize {
        self.filters.div_ceil(self.array.cols)
    }

    /// Words of weights in each cell, and so slots for each pixel of the result.
    pub fn weight_words(&self) -> usize {
        self.tiles() * self.kernel * self.chunks()
    }

    /// Slots of an image.
    pub fn slots(&self) -> usize {
        self.out_height() * self.out_width() * self.weight_words()
    }

    /// Result vectors of an image.
    pub fn vectors(&self) -> usize {
        self.out_height() * self.out_width() * self.tiles()
    }

    /// Bits of the word address inside one image.
    pub(super) fn word_bits(&self) -> usize {
        bits(self.image_words()).max(1)
    }

    /// Columns whose weights are one word of the weight stream.
    pub fn group(&self) -> usize {
        self.array.sizes(1, self.slot_to_vector()).group()
    }

    /// Cycles from a slot to its vector at the edge of the array: memory, one level of the rotator each cycle, border.
    pub(super) fn slot_to_vector(&self) -> usize {
        SLOT_TO_MEMORY + bits(self.array.rows) + 1
    }

    /// Cycles from a slot to its sums.
    pub(super) fn slot_to_sum(&self) -> usize {
        let array = self.array.sizes(1, self.slot_to_vector());
        self.slot_to_vector() + array.latency()
    }

    /// Vectors that can be under way, and so the depth of the result queue.
    pub(super) fn queue(&self) -> usize {
        (self.slot_to_sum() + 6).next_power_of_two()
    }

    /// Cycles from the first image word to the last result of `images` images (at least one), both included, if no
    /// stream stalls and the weights are there.
    ///
    /// An image takes `max(image_words, slots)` cycles in the long run, because the next image is loaded meanwhile.
    pub fn cycles(&self, images: usize) -> usize {
        // For each image: when its last word is in, when its first slot may issue, when its last one has issued.
        let mut loaded = 0;
        let mut issued = vec![];
        for image in 0..images {
            // Two images fit: a bank is free three cycles after the last slot of the image before the previous one.
            let free = if image < 2 { 0 } else { issued[image - 2] + 2 };
            loaded = free.max(loaded) + self.image_words();
            let before = issued.last().copied().unwrap_or(0);
            issued.push(loaded.max(before) + self.slots());
        }
        // Coordinates, array, accumulator, two cycles in the queue, the cycle of the result itself.
        let last_slot = issued.last().copied().unwrap_or(0) - 1;
        last_slot + 1 + self.slot_to_sum() + 1 + 2 + 1
    }
}

//! Cycle formulas: how long things take, as closed expressions.
//!
//! Nothing in the compute chain stalls, so every count follows from the instruction and the sizes of the array.
//! The functions on an [`Instruction`] say what the machine will do with it; those on a [`Window`] say what a
//! layer will cost before it is encoded. The RTL counters `cycles`, `slots` and `beats` must agree with them.

use crate::config::Arch;
use crate::isa::{self, Instruction, LEVEL_FIELDS, LEVELS, Level};
use crate::timing::{START_TO_SLOT, Timing};

/// Turns of the six loops of a pass, innermost first; each at least 1.
pub fn turns(pass: &Instruction) -> [u64; LEVELS] {
    LEVEL_FIELDS
        .each_ref()
        .map(|level| unsigned(pass, level.count) + 1)
}

/// `KT`: slots of one output vector, the product of the three inner loops.
pub fn slots_per_vector(pass: &Instruction) -> u64 {
    let turns = turns(pass);
    turns[Level::Chunk as usize] * turns[Level::KernelX as usize] * turns[Level::KernelY as usize]
}

/// Output vectors of one tile, the product of the loops over output columns and rows.
pub fn vectors_per_tile(pass: &Instruction) -> u64 {
    let turns = turns(pass);
    turns[Level::OutX as usize] * turns[Level::OutY as usize]
}

/// Cycles from the first slot of a pass to the end of its last stall; the next pass may start that much later.
///
/// `(tiles-1) * OX*OY*(KT + stall) + OX*OY*(KT + stall_last)`. Six loops of 16 bits need the wide type.
pub fn issue_length(pass: &Instruction) -> u128 {
    let (slots, vectors) = (slots_per_vector(pass), vectors_per_tile(pass));
    let vector = |stall| u128::from(slots) + u128::from(unsigned(pass, stall));
    let early_tiles = u128::from(turns(pass)[Level::Tile as usize] - 1);
    u128::from(vectors) * (early_tiles * vector(isa::STALL) + vector(isa::STALL_LAST))
}

/// Slots that the address generator issues in a pass: what it adds to the register `slots`.
pub fn slot_count(pass: &Instruction) -> u128 {
    turns(pass).into_iter().map(u128::from).product()
}

/// Beats of a pass. Of a pass to bytes ([`isa::Unit::Bytes`]) it is what post-processing adds to the register `beats`; a
/// recurrent layer writes a word less often, and an input part none.
pub fn beat_count(pass: &Instruction) -> u128 {
    let early_tiles = u128::from(turns(pass)[Level::Tile as usize] - 1);
    let beats = |field| u128::from(unsigned(pass, field)) + 1;
    u128::from(vectors_per_tile(pass)) * (early_tiles * beats(isa::BEATS) + beats(isa::BEATS_LAST))
}

/// Cycles from the start pulse of a pass to bytes to the cycle after its last write: the duration of the last pass of a
/// program, as `END` starts when the last byte is in memory.
pub fn completion(pass: &Instruction, timing: &Timing) -> u128 {
    let last_slot = u128::from(START_TO_SLOT) + issue_length(pass)
        - 1
        - u128::from(unsigned(pass, isa::STALL_LAST));
    let beats = unsigned(pass, isa::BEATS_LAST) + 1;
    last_slot + u128::from(drain(timing, unsigned(pass, isa::MODE_MAX) == 1, beats)) + 1
}

/// Cycles from the last slot of a vector to the cycle in which the bank sees the write of its last beat.
pub fn drain(timing: &Timing, max_pool: bool, beats: u64) -> u64 {
    timing.slot_to_write(max_pool) + beats.saturating_sub(1)
}

/// How the window of an output is walked: which bytes one innermost run of slots covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// One kernel tap: `KH * KW * ceil(tap / R)` slots.
    Taps,
    /// One kernel row, taps and the bytes between them: `KH * ceil(row / R)` slots.
    Rows,
    /// The whole window, from its first byte to its last: `ceil(window / R)` slots. Only where no window leaves the image.
    Image,
}

impl Walk {
    /// All ways.
    pub const ALL: [Walk; 3] = [Walk::Taps, Walk::Rows, Walk::Image];
}

/// The bytes that one output vector depends on, as they lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Kernel taps: rows, columns. At least 1 each.
    pub kernel: [usize; 2],
    /// Distance from the first to the last tap, in image rows and in pixels: `(K - 1) * dilation`; in the second
    /// place also `(n - 1) * stride` where one vector holds `n` neighbouring outputs.
    pub reach: [usize; 2],
    /// Bytes of one tap: the input channels of a tile. At least 1.
    pub tap_bytes: usize,
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
    /// Bytes from image row to image row.
    pub row_stride: usize,
}

impl Window {
    /// Window of a dense kernel `[rows, columns]` without dilation over packed pixels of `channels` bytes, `width` pixels a row.
    pub fn dense(kernel: [usize; 2], channels: usize, width: usize) -> Self {
        Window {
            kernel,
            reach: kernel.map(|k| k.saturating_sub(1)),
            tap_bytes: channels,
            pixel_stride: channels,
            row_stride: channels * width,
        }
    }

    /// Bytes of one innermost run, and runs of a window.
    pub fn run(&self, walk: Walk) -> (usize, usize) {
        let row = self.reach[1] * self.pixel_stride + self.tap_bytes;
        match walk {
            Walk::Taps => (self.tap_bytes, self.kernel[0] * self.kernel[1]),
            Walk::Rows => (row, self.kernel[0]),
            Walk::Image => (self.reach[0] * self.row_stride + row, 1),
        }
    }

    /// `KT`: slots of one output vector on an array of `rows` rows.
    pub fn slots(&self, walk: Walk, rows: usize) -> u64 {
        let (bytes, runs) = self.run(walk);
        (bytes.div_ceil(rows.max(1)) * runs) as u64
    }
}

/// `T_mm`: cycles that a layer issues: `vectors` output vectors in each of `tiles` tiles, `slots` slots each, and at
/// least as many cycles as its vector has beats.
///
/// `vectors * ((tiles-1) * max(KT, beats) + max(KT, beats_last))`, `beats = ceil(active columns / P)`.
/// The [`drain`] is paid only where the next layer has to wait for the last result.
pub fn layer_cycles(vectors: u64, tiles: u64, slots: u64, beats: u64, beats_last: u64) -> u64 {
    vectors * (tiles.saturating_sub(1) * slots.max(beats) + slots.max(beats_last))
}

/// Cycles that `macs` multiply-adds take when every multiplier works in every cycle: `ceil(macs / (R*C))`.
pub fn ideal_cycles(arch: &Arch, macs: u64) -> u64 {
    macs.div_ceil((arch.rows * arch.cols).max(1) as u64)
}

/// Share of the peak: `macs / (R*C*cycles)`, 0 for 0 cycles.
pub fn utilization(arch: &Arch, macs: u64, cycles: u64) -> f64 {
    if cycles == 0 {
        return 0.0;
    }
    macs as f64 / ((arch.rows * arch.cols) as f64 * cycles as f64)
}

fn unsigned(pass: &Instruction, field: isa::Field) -> u64 {
    pass.get(field).unsigned_abs()
}

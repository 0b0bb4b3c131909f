//! The array and the max-pooling unit: slots become finished vectors of columns.

use super::memory::Memories;
use super::pass::Pass;
use super::walk::Slot;
use systole_quant::numerics::ACCUMULATOR_BITS;

/// What lies in the second plane counts `2^8` times less than what lies in the first one.
const PLANE_BITS: u32 = 8;

/// Reads slots and accumulates. One value for each column; 35 bits on the array, 8 bits in the max-pooling unit.
pub(super) struct Columns {
    rows: usize,
    columns: usize,
    vector: Vec<i8>,
    sums: Vec<i32>,
    /// Accumulators or maxima.
    pub(super) values: Vec<i64>,
}

impl Columns {
    pub(super) fn new(memories: &Memories) -> Self {
        let (rows, columns) = (memories.arch().rows, memories.arch().cols);
        Columns {
            rows,
            columns,
            vector: vec![0; rows],
            sums: vec![0; columns],
            values: vec![0; columns],
        }
    }

    /// One slot: aligns its vector and feeds the unit that the pass names.
    pub(super) fn take(&mut self, memories: &Memories, pass: &Pass, slot: &Slot) {
        self.align(memories, pass, slot);
        if pass.mode_max {
            self.maximum(slot.first);
        } else {
            self.multiply(memories, slot);
        }
    }

    /// `R` bytes from any byte address, bytes outside the image replaced.
    fn align(&mut self, memories: &Memories, pass: &Pass, slot: &Slot) {
        let row_inside = slot.y >= 0 && (slot.y as u32) < pass.height;
        let Some(bank) = memories.banks.get(pass.in_bank).filter(|_| row_inside) else {
            self.vector.fill(if row_inside { 0 } else { pass.fill });
            return;
        };
        let start = slot.address as usize % bank.len();
        let inside = slot.x >= 0 && slot.x + self.rows as i32 <= pass.row_bytes;
        match bank.get(start..start + self.rows) {
            Some(bytes) if inside => self.vector.copy_from_slice(bytes),
            _ => {
                for (j, lane) in self.vector.iter_mut().enumerate() {
                    let x = slot.x + j as i32;
                    let inside = x >= 0 && x < pass.row_bytes;
                    *lane = if inside {
                        bank[(start + j) % bank.len()]
                    } else {
                        pass.fill
                    };
                }
            }
        }
    }

    fn multiply(&mut self, memories: &Memories, slot: &Slot) {
        let step = slot.weight as usize % memories.arch().weight_depth;
        let size = self.rows * self.columns;
        let weights = &memories.weights[step * size..(step + 1) * size];
        self.sums.fill(0);
        for (x, row) in self.vector.iter().zip(weights.chunks_exact(self.columns)) {
            let x = i32::from(*x);
            for (sum, w) in self.sums.iter_mut().zip(row) {
                *sum += x * i32::from(*w);
            }
        }
        for (value, sum) in self.values.iter_mut().zip(&self.sums) {
            let before = match (slot.first, slot.next_plane) {
                (true, _) => 0,
                (false, true) => *value << PLANE_BITS,
                (false, false) => *value,
            };
            *value = wrap(before + i64::from(*sum));
        }
    }

    /// `min(R, C)` lanes; the other columns show 0.
    fn maximum(&mut self, first: bool) {
        if first {
            self.values.fill(0);
        }
        for (value, x) in self.values.iter_mut().zip(&self.vector) {
            let x = i64::from(*x);
            *value = if first { x } else { x.max(*value) };
        }
    }
}

/// Keeps the low 35 bits as a signed number: the width of the accumulators.
pub(super) fn wrap(value: i64) -> i64 {
    let unused = 64 - ACCUMULATOR_BITS;
    value << unused >> unused
}

//! Gate rows of a recurrent layer on the columns of the array: which row each column computes, and with which weights.

use systole_arch::Arch;
use systole_arch::isa::Unit;
use systole_quant::integer::{Cell, GateSums, Recurrent, Shape};

use crate::compiler::view::{BufferId, View};
use crate::program::Parameter;

/// `G = 0` instead of `G = 8`: the shifter of a lane takes `s + 8`.
const GUARD_BITS: u8 = 8;
/// Planes of a hidden state of 16 bits.
pub(super) const PLANES: usize = 2;
/// Bytes of the low plane of a hidden state of 16 bits are signed: what they hold, and this.
pub(super) const LOW_BYTE_OFFSET: i64 = 128;
/// What a column without a row is scaled with.
const NOTHING: Parameter = Parameter {
    bias: 0,
    m: 0,
    s: 8,
};

/// The columns of one layer, tile after tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gates<'a> {
    pub(super) op: &'a Recurrent,
    arch: &'a Arch,
}

impl<'a> Gates<'a> {
    pub(super) fn new(op: &'a Recurrent, arch: &'a Arch) -> Self {
        Gates { op, arch }
    }

    /// What the recurrent part does with its sums; of a GRU with two passes, the last one.
    pub(super) fn unit(&self) -> Unit {
        match self.op.cell {
            Cell::Lstm { .. } => Unit::Lstm,
            Cell::Gru {
                linear_before_reset: true,
            } => Unit::Gru,
            Cell::Gru {
                linear_before_reset: false,
            } => Unit::GruUpdate,
            Cell::Rnn { relu: false } => Unit::RnnTanh,
            Cell::Rnn { relu: true } => Unit::RnnRelu,
        }
    }

    /// Whether the hidden state has 16 bits.
    pub(super) fn wide(&self) -> bool {
        self.op.hidden_bits == 16
    }

    /// Hidden units with those that fill the last word of results.
    pub(super) fn units(&self) -> usize {
        self.op.hidden.next_multiple_of(self.arch.lanes)
    }

    /// Bytes of a hidden state, in all its planes.
    pub(super) fn hidden_bytes(&self) -> usize {
        self.units() * if self.wide() { PLANES } else { 1 }
    }

    /// Runs of bytes that each step of the sequence has: what it shows; in front of it the planes that the next step reads, if
    /// those are other bytes; in front of them `r * h` of a GRU with two passes.
    pub(super) fn runs(&self) -> usize {
        let read = if self.wide() { PLANES } else { 1 };
        let masked = if self.unit() == Unit::GruUpdate {
            read
        } else {
            0
        };
        let planes = if self.wide() { PLANES } else { 0 };
        masked + planes + 1
    }

    /// High bytes and low bytes of a hidden state, as two rows.
    pub(super) fn planes(&self, buffer: BufferId, offset: usize) -> View {
        let shape = Shape::new(PLANES, 1, self.op.hidden);
        View {
            offset,
            ..View::packed(buffer, shape, self.units())
        }
    }

    fn columns(&self) -> usize {
        self.units() * self.unit().columns(self.wide())
    }

    pub(super) fn tiles(&self) -> usize {
        self.columns().div_ceil(self.arch.cols)
    }

    /// Beats of a vector, in all tiles but the last and in the last.
    pub(super) fn beats(&self) -> [usize; 2] {
        let last = self.columns() - (self.tiles() - 1) * self.arch.cols;
        let beats_last = last / self.arch.lanes;
        let beats = if self.tiles() > 1 {
            self.arch.max_beats()
        } else {
            beats_last
        };
        [beats, beats_last]
    }

    /// Beats of all tiles: rows of the sum memory.
    pub(super) fn all_beats(&self) -> usize {
        let [beats, last] = self.beats();
        (self.tiles() - 1) * beats + last
    }

    /// Gate and hidden unit that a column computes.
    fn gate(&self, column: usize) -> Option<(usize, usize)> {
        let columns = self.unit().columns(self.wide());
        let (unit, gate) = (column / columns, column % columns);
        (unit < self.op.hidden && gate < self.op.cell.gates()).then_some((gate, unit))
    }

    /// Weights of a pass of `slots` slots for each vector: `weight(gate, unit, slot, lane)`.
    pub(super) fn block(
        &self,
        slots: usize,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
    ) -> Vec<i8> {
        let (rows, cols) = (self.arch.rows, self.arch.cols);
        let mut block = vec![0; self.tiles() * slots * rows * cols];
        for (at, value) in block.iter_mut().enumerate() {
            let (step, lane, column) = (at / (rows * cols), at / cols % rows, at % cols);
            let (tile, slot) = (step / slots, step % slots);
            if let Some((gate, unit)) = self.gate(tile * cols + column) {
                *value = weight(gate, unit, slot, lane);
            }
        }
        block
    }

    /// Parameters of all beats of the input part.
    pub(super) fn input_parameters(&self) -> Vec<Parameter> {
        self.parameters(&self.op.input, &[0, 1, 2, 3], |_| 0)
    }

    /// Parameters of all beats of a recurrent part; gates outside `used` get none. Low bytes of 16 bits lie in memory less 128;
    /// the bias brings that back. It stays below `2^34`: it is the sum for a state of 128, which the proof of the
    /// accumulators covers.
    pub(super) fn recurrent_parameters(&self, used: &[usize]) -> Vec<Parameter> {
        let sums = &self.op.recurrent;
        let low = |row: usize| -> i64 {
            let weights = sums.weights.chunks(self.op.hidden).nth(row);
            LOW_BYTE_OFFSET
                * weights
                    .into_iter()
                    .flatten()
                    .map(|&w| i64::from(w))
                    .sum::<i64>()
        };
        self.parameters(sums, used, |row| if self.wide() { low(row) } else { 0 })
    }

    fn parameters(
        &self,
        sums: &GateSums,
        used: &[usize],
        more: impl Fn(usize) -> i64,
    ) -> Vec<Parameter> {
        let parameter = |column| {
            let (gate, unit) = self.gate(column).filter(|(gate, _)| used.contains(gate))?;
            let row = gate * self.op.hidden + unit;
            let multiplier = sums.multipliers.get(row)?;
            Some(Parameter {
                bias: sums.bias.get(row)? + more(row),
                m: multiplier.m,
                s: multiplier.s + GUARD_BITS,
            })
        };
        let lanes = self.all_beats() * self.arch.lanes;
        (0..lanes)
            .map(|column| parameter(column).unwrap_or(NOTHING))
            .collect()
    }
}

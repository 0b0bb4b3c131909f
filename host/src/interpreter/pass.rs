//! One decoded `PASS` instruction: every field as a number of its own width.

use systole_arch::Instruction;
use systole_arch::isa::{self, LEVEL_FIELDS, LEVELS, Unit};

/// One loop level: turns and steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopLevel {
    /// Turns, minus one.
    pub count: u32,
    /// Added to the row coordinate (16 bits, wraps).
    pub dy: i16,
    /// Added to the byte address (20 bits, wraps).
    pub daddress: u32,
    /// Added to the weight address (12 bits, wraps).
    pub dweight: u32,
    /// Added to the byte coordinate (20 bits, wraps).
    pub dx: i32,
}

/// A base address and its steps for output column, output row and tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stepped {
    /// First byte.
    pub address: u32,
    /// Steps for output column, output row, tile.
    pub steps: [u32; 3],
}

/// The residual operand: where it lies and how it is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidualOperand {
    /// Bank it is read from.
    pub bank: usize,
    /// Addresses.
    pub walk: Stepped,
    /// Multiplier `M`.
    pub m: u16,
    /// Shift `s`, as encoded (6 bits).
    pub s: u8,
    /// Zero point.
    pub zero: i8,
}

/// A decoded pass. Meaning of each field: `arch/src/isa.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Maximum instead of multiply and add.
    pub mode_max: bool,
    /// Residual operand, if the pass has one.
    pub residual: Option<ResidualOperand>,
    /// The larger of sum and residual operand instead of their sum.
    pub residual_max: bool,
    /// Table slot, if results go through a table.
    pub table: Option<usize>,
    /// Whether every beat uses `param_row`.
    pub param_fixed: bool,
    /// Parameter row of the first beat.
    pub param_row: u32,
    /// Bank of the input.
    pub in_bank: usize,
    /// Byte address of the first vector.
    pub in_address: u32,
    /// Weight address of the first step.
    pub weight_address: u32,
    /// Byte coordinate of the first vector.
    pub x0: i32,
    /// Row coordinate of the first vector.
    pub y0: i16,
    /// Rows of the image.
    pub height: u32,
    /// Bytes of an image row.
    pub row_bytes: i32,
    /// Replacement of bytes outside the image.
    pub fill: i8,
    /// Loop levels, innermost first.
    pub levels: [LoopLevel; LEVELS],
    /// Bank of the results.
    pub out_bank: usize,
    /// Addresses of the results.
    pub out: Stepped,
    /// Beats minus one, in all tiles but the last and in the last.
    pub beats: [u32; 2],
    /// Idle cycles after each vector, in all tiles but the last and in the last.
    pub stall: [u32; 2],
    /// Zero point of the result.
    pub zero: i8,
    /// Smallest and largest result.
    pub clamp: [i8; 2],
    /// Cycles to the start of the next instruction.
    pub duration: u32,
    /// What happens to the scaled sums.
    pub unit: Unit,
    /// Whether the state of a recurrent layer counts as zero.
    pub state_zero: bool,
    /// Fraction bits of the cell state.
    pub cell_bits: u32,
    /// Whether the hidden state has 16 bits, in two planes.
    pub wide: bool,
    /// Row of the sum memory of the first beat.
    pub sum_row: usize,
    /// Row of the state memory of the first hidden unit.
    pub state_row: usize,
}

impl Pass {
    /// Decodes the fields of an instruction, whatever its opcode.
    #[must_use]
    pub fn decode(i: &Instruction) -> Self {
        let unsigned = |field| i.get(field) as u32;
        Pass {
            mode_max: i.get(isa::MODE_MAX) != 0,
            residual: (i.get(isa::RESIDUAL) != 0).then(|| residual(i)),
            residual_max: i.get(isa::RESIDUAL_MAX) != 0,
            table: (i.get(isa::TABLE) != 0).then(|| i.get(isa::TABLE_SLOT) as usize),
            param_fixed: i.get(isa::PARAM_FIXED) != 0,
            param_row: unsigned(isa::PARAM_ROW),
            in_bank: i.get(isa::IN_BANK) as usize,
            in_address: unsigned(isa::IN_ADDRESS),
            weight_address: unsigned(isa::WEIGHT_ADDRESS),
            x0: i.get(isa::X0) as i32,
            y0: i.get(isa::Y0) as i16,
            height: unsigned(isa::HEIGHT),
            row_bytes: i.get(isa::ROW_BYTES) as i32,
            fill: i.get(isa::FILL) as i8,
            levels: levels(i),
            out_bank: i.get(isa::OUT_BANK) as usize,
            out: Stepped {
                address: unsigned(isa::OUT_ADDRESS),
                steps: [isa::OUT_STEP_X, isa::OUT_STEP_Y, isa::OUT_STEP_TILE].map(unsigned),
            },
            beats: [isa::BEATS, isa::BEATS_LAST].map(unsigned),
            stall: [isa::STALL, isa::STALL_LAST].map(unsigned),
            zero: i.get(isa::ZERO) as i8,
            clamp: [i.get(isa::CLAMP_LOW) as i8, i.get(isa::CLAMP_HIGH) as i8],
            duration: unsigned(isa::DURATION),
            unit: Unit::of(i),
            state_zero: i.get(isa::STATE_ZERO) != 0,
            cell_bits: unsigned(isa::CELL_BITS),
            wide: i.get(isa::WIDE) != 0,
            sum_row: unsigned(isa::SUM_ROW) as usize,
            state_row: unsigned(isa::STATE_ROW) as usize,
        }
    }

    /// Turns of each level, innermost first.
    fn turns(&self) -> [u128; LEVELS] {
        self.levels.map(|level| u128::from(level.count) + 1)
    }

    /// Slots of the pass: the product of all turns.
    #[must_use]
    pub fn slots(&self) -> u128 {
        self.turns().iter().product()
    }

    /// Output vectors of one tile.
    #[must_use]
    pub fn vectors_per_tile(&self) -> u128 {
        let [_, _, _, out_x, out_y, _] = self.turns();
        out_x * out_y
    }

    /// Cycles from the first slot to the end of the last stall (`docs/microarchitecture.md`, slots).
    #[must_use]
    pub fn issue_length(&self) -> u128 {
        let [chunk, kernel_x, kernel_y, _, _, tiles] = self.turns();
        let (steps, vectors) = (chunk * kernel_x * kernel_y, self.vectors_per_tile());
        let [stall, stall_last] = self.stall.map(u128::from);
        (tiles - 1) * vectors * (steps + stall) + vectors * (steps + stall_last)
    }

    /// Beats of the pass: in a pass to bytes as many as it writes.
    #[must_use]
    pub fn beat_count(&self) -> u128 {
        let [beats, last] = self.beats.map(|b| u128::from(b) + 1);
        let [.., tiles] = self.turns();
        self.vectors_per_tile() * ((tiles - 1) * beats + last)
    }
}

fn levels(i: &Instruction) -> [LoopLevel; LEVELS] {
    LEVEL_FIELDS.each_ref().map(|f| LoopLevel {
        count: i.get(f.count) as u32,
        dy: i.get(f.dy) as i16,
        daddress: i.get(f.daddress) as u32,
        dweight: i.get(f.dweight) as u32,
        dx: i.get(f.dx) as i32,
    })
}

fn residual(i: &Instruction) -> ResidualOperand {
    let unsigned = |field| i.get(field) as u32;
    let steps = [
        isa::RESIDUAL_STEP_X,
        isa::RESIDUAL_STEP_Y,
        isa::RESIDUAL_STEP_TILE,
    ];
    ResidualOperand {
        bank: i.get(isa::RESIDUAL_BANK) as usize,
        walk: Stepped {
            address: unsigned(isa::RESIDUAL_ADDRESS),
            steps: steps.map(unsigned),
        },
        m: i.get(isa::RESIDUAL_M) as u16,
        s: i.get(isa::RESIDUAL_S) as u8,
        zero: i.get(isa::RESIDUAL_ZERO) as i8,
    }
}

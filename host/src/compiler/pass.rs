//! One pass before its buffers have addresses: strides instead of the differences the machine adds.

use systole_arch::isa::{
    self, FieldRange, INDEX_STEPS, INDEXES, Instruction, LEVEL_FIELDS, LEVELS, Opcode, Unit,
};
use systole_quant::integer::Rescale;

use super::view::BufferId;

/// One loop level: how far one turn moves, counted from the start of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) count: i64,
    pub(super) address: i64,
    pub(super) y: i64,
    pub(super) x: i64,
    pub(super) weight: i64,
}

impl Turn {
    /// A level that turns once.
    pub(super) const ONCE: Self = Self {
        count: 1,
        address: 0,
        y: 0,
        x: 0,
        weight: 0,
    };
}

/// Bytes of a buffer that are written or read beat by beat; steps are counted from the start of each loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BeatPath {
    pub(super) buffer: BufferId,
    pub(super) offset: i64,
    pub(super) step_x: i64,
    pub(super) step_y: i64,
    pub(super) step_tile: i64,
}

/// How results are scaled, besides the parameter rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finish {
    pub(super) zero: i8,
    pub(super) clamp: [i8; 2],
    pub(super) table: Option<usize>,
    pub(super) param_row: usize,
    pub(super) param_fixed: bool,
}

/// What a pass of a recurrent layer has beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recurrence {
    pub(super) unit: Unit,
    /// Bytes from plane to plane of a hidden state of 16 bits.
    pub(super) planes: Option<usize>,
    pub(super) state_zero: bool,
    pub(super) cell_bits: u8,
    pub(super) sum_row: usize,
    pub(super) state_row: usize,
    /// Index registers added to the addresses of input and result, 0 for none.
    pub(super) in_index: usize,
    pub(super) out_index: usize,
}

/// One step of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Pass(Box<Pass>),
    Loop(Loop),
}

impl From<Pass> for Step {
    fn from(pass: Pass) -> Self {
        Step::Pass(Box::new(pass))
    }
}

/// Repeats the `length` steps behind it, which are passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loop {
    pub(super) layer: usize,
    pub(super) turns: usize,
    pub(super) length: usize,
    /// What the index registers advance by after each turn.
    pub(super) steps: [i64; INDEXES],
}

/// One pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) layer: usize,
    pub(super) mode_max: bool,
    /// Innermost first.
    pub(super) turns: [Turn; LEVELS],
    pub(super) input: BufferId,
    pub(super) in_offset: i64,
    pub(super) y0: i64,
    pub(super) x0: i64,
    pub(super) height: i64,
    pub(super) row_bytes: i64,
    pub(super) fill: i8,
    pub(super) weight_address: i64,
    pub(super) beats: i64,
    pub(super) beats_last: i64,
    pub(super) out: BeatPath,
    pub(super) residual: Option<(BeatPath, Rescale)>,
    /// The larger of both instead of their sum.
    pub(super) residual_max: bool,
    pub(super) finish: Finish,
    pub(super) recurrence: Option<Recurrence>,
}

/// Bank and address of each buffer.
pub(super) type Addresses = [(usize, usize)];

impl Step {
    pub(super) fn layer(&self) -> usize {
        match self {
            Step::Pass(pass) => pass.layer,
            Step::Loop(repeat) => repeat.layer,
        }
    }

    pub(super) fn pass(&self) -> Option<&Pass> {
        match self {
            Step::Pass(pass) => Some(pass),
            Step::Loop(_) => None,
        }
    }

    /// The instruction, without its duration.
    pub(super) fn encode(&self, at: &Addresses) -> Result<Instruction, FieldRange> {
        match self {
            Step::Pass(pass) => pass.encode(at),
            Step::Loop(repeat) => repeat.encode(),
        }
    }
}

impl Loop {
    fn encode(&self) -> Result<Instruction, FieldRange> {
        let mut i = Instruction::new(Opcode::Loop);
        i.set(isa::LOOP_COUNT, self.turns as i64 - 1)?;
        i.set(isa::LOOP_LENGTH, self.length as i64)?;
        for (field, step) in INDEX_STEPS.into_iter().zip(self.steps) {
            i.set_modulo(field, step);
        }
        Ok(i)
    }
}

impl Pass {
    /// The instruction, without its duration.
    pub(super) fn encode(&self, at: &Addresses) -> Result<Instruction, FieldRange> {
        let mut i = Instruction::new(Opcode::Pass);
        self.encode_loops(&mut i)?;
        self.encode_input(&mut i, at)?;
        self.encode_output(&mut i, at)?;
        self.encode_finish(&mut i)?;
        self.encode_recurrence(&mut i)?;
        Ok(i)
    }

    fn encode_loops(&self, i: &mut Instruction) -> Result<(), FieldRange> {
        let mut walked = Turn {
            count: 0,
            ..Turn::ONCE
        };
        for (fields, turn) in LEVEL_FIELDS.iter().zip(&self.turns) {
            i.set(fields.count, turn.count - 1)?;
            i.set(
                fields.dy,
                if turn.count > 1 { turn.y - walked.y } else { 0 },
            )?;
            i.set(
                fields.dx,
                if turn.count > 1 { turn.x - walked.x } else { 0 },
            )?;
            i.set_modulo(fields.daddress, turn.address - walked.address);
            i.set_modulo(fields.dweight, turn.weight - walked.weight);
            walked.y += (turn.count - 1) * turn.y;
            walked.x += (turn.count - 1) * turn.x;
            walked.address += (turn.count - 1) * turn.address;
            walked.weight += (turn.count - 1) * turn.weight;
        }
        Ok(())
    }

    fn encode_input(&self, i: &mut Instruction, at: &Addresses) -> Result<(), FieldRange> {
        let (bank, address) = at[self.input];
        i.set(isa::MODE_MAX, i64::from(self.mode_max))?;
        i.set(isa::IN_BANK, bank as i64)?;
        i.set_modulo(isa::IN_ADDRESS, address as i64 + self.in_offset);
        i.set(isa::WEIGHT_ADDRESS, self.weight_address)?;
        i.set(isa::X0, self.x0)?;
        i.set(isa::Y0, self.y0)?;
        i.set(isa::FILL, i64::from(self.fill))?;
        i.set(isa::HEIGHT, self.height)?;
        i.set(isa::ROW_BYTES, self.row_bytes)
    }

    fn encode_output(&self, i: &mut Instruction, at: &Addresses) -> Result<(), FieldRange> {
        let slots: i64 = self.turns.iter().take(3).map(|t| t.count).product();
        i.set(isa::BEATS, self.beats - 1)?;
        i.set(isa::BEATS_LAST, self.beats_last - 1)?;
        i.set(isa::STALL, (self.beats - slots).max(0))?;
        i.set(isa::STALL_LAST, (self.beats_last - slots).max(0))?;
        i.set(isa::OUT_BANK, at[self.out.buffer].0 as i64)?;
        let [address, x, y, tile] = self.steps(&self.out, at);
        i.set(isa::OUT_ADDRESS, address)?;
        i.set_modulo(isa::OUT_STEP_X, x);
        i.set_modulo(isa::OUT_STEP_Y, y);
        i.set_modulo(isa::OUT_STEP_TILE, tile);
        let Some((path, rescale)) = self.residual else {
            return Ok(());
        };
        let [address, x, y, tile] = self.steps(&path, at);
        i.set(isa::RESIDUAL, 1)?;
        i.set(isa::RESIDUAL_MAX, i64::from(self.residual_max))?;
        i.set(isa::RESIDUAL_BANK, at[path.buffer].0 as i64)?;
        i.set(isa::RESIDUAL_ADDRESS, address)?;
        i.set_modulo(isa::RESIDUAL_STEP_X, x);
        i.set_modulo(isa::RESIDUAL_STEP_Y, y);
        i.set_modulo(isa::RESIDUAL_STEP_TILE, tile);
        i.set(isa::RESIDUAL_M, i64::from(rescale.multiplier.m))?;
        i.set(isa::RESIDUAL_S, i64::from(rescale.multiplier.s))?;
        i.set(isa::RESIDUAL_ZERO, i64::from(rescale.zero))
    }

    /// Address, and what is added when x, y and tile advance.
    fn steps(&self, path: &BeatPath, at: &Addresses) -> [i64; 4] {
        let [x, y, tile] = [3, 4, 5].map(|level: usize| self.turns[level].count);
        let (back_x, back_y) = ((x - 1) * path.step_x, (y - 1) * path.step_y);
        let step = |count: i64, step: i64| if count > 1 { step } else { 0 };
        [
            at[path.buffer].1 as i64 + path.offset,
            step(x, path.step_x),
            step(y, path.step_y - back_x),
            step(tile, path.step_tile - back_y - back_x),
        ]
    }

    fn encode_finish(&self, i: &mut Instruction) -> Result<(), FieldRange> {
        let finish = &self.finish;
        i.set(isa::TABLE, i64::from(finish.table.is_some()))?;
        i.set(isa::TABLE_SLOT, finish.table.unwrap_or(0) as i64)?;
        i.set(isa::PARAM_FIXED, i64::from(finish.param_fixed))?;
        i.set(isa::PARAM_ROW, finish.param_row as i64)?;
        i.set(isa::ZERO, i64::from(finish.zero))?;
        i.set(isa::CLAMP_LOW, i64::from(finish.clamp[0]))?;
        i.set(isa::CLAMP_HIGH, i64::from(finish.clamp[1]))
    }

    fn encode_recurrence(&self, i: &mut Instruction) -> Result<(), FieldRange> {
        let Some(recurrence) = &self.recurrence else {
            return Ok(());
        };
        i.set(isa::UNIT, recurrence.unit as i64)?;
        if let Some(distance) = recurrence.planes {
            i.set(isa::WIDE, 1)?;
            i.set(isa::OUT_STEP_X, distance as i64)?;
        }
        i.set(isa::STATE_ZERO, i64::from(recurrence.state_zero))?;
        i.set(isa::CELL_BITS, i64::from(recurrence.cell_bits))?;
        i.set(isa::SUM_ROW, recurrence.sum_row as i64)?;
        i.set(isa::STATE_ROW, recurrence.state_row as i64)?;
        i.set(isa::IN_INDEX, recurrence.in_index as i64)?;
        i.set(isa::OUT_INDEX, recurrence.out_index as i64)
    }
}

//! Recurrent layers: an input part and a recurrent part for each step, and a loop over the steps in between
//! (`docs/recurrence.md`).

use systole_arch::isa::{INDEXES, LEVELS, Unit};
use systole_quant::integer::{Cell, LayerOp, Recurrent, StepAxis};

use super::gates::{Gates, PLANES};
use super::states::StateHome;
use super::{CompileError, Lowering, View};
use crate::compiler::pass::{BeatPath, Finish, Loop, Pass, Recurrence, Step, Turn};

/// One direction of a recurrent layer with everything its passes share.
struct Direction<'a> {
    layer: usize,
    gates: Gates<'a>,
    steps: usize,
    input: View,
    output: View,
    home: StateHome,
    sum_row: usize,
    /// Weight address, parameter row, slots of a vector.
    input_part: Part,
    recurrent_part: Part,
    /// The pass that writes `r * h`, if there is one.
    reset_part: Option<Part>,
    /// Index registers of hidden state and input.
    indexes: [usize; 2],
}

#[derive(Debug, Clone, Copy)]
struct Part {
    weight_address: usize,
    param_row: usize,
    /// Innermost first: bytes of a run in chunks, runs of a row, rows; of a hidden state of 16 bits its runs, its planes.
    inner: [Turn; 3],
    /// Slots of a vector with weights of their own.
    slots: usize,
    height: usize,
    row_bytes: usize,
}

impl<'a> Lowering<'a> {
    /// Lowers the current layer, together with the other direction of a bidirectional one.
    pub(super) fn recurrent(&mut self) -> Result<(), CompileError> {
        if self.lowered_before.contains(&self.layer) {
            return Ok(());
        }
        let pair: Vec<usize> = std::iter::once(self.layer)
            .chain(self.other_direction())
            .collect();
        let mut directions: Vec<Direction<'a>> = Vec::new();
        for &layer in &pair {
            let sum_row = directions.iter().map(|d| d.gates.all_beats()).sum();
            let number = directions.len();
            directions.push(self.direction(layer, sum_row, number)?);
        }
        self.lowered_before.extend(&pair);
        self.steps_of(&directions);
        for direction in directions {
            self.keep_state(&direction.home, direction.last_hidden())?;
            let home = self.output_view(self.graph.layers[direction.layer].output)?;
            if home != direction.output {
                self.copy(direction.output, home)?;
            }
            self.states.push(direction.home);
        }
        Ok(())
    }

    /// The next layer, if it reads the same sequence from the other end.
    fn other_direction(&self) -> Option<usize> {
        let (here, other) = (&self.graph.layers[self.layer], self.layer + 1);
        let next = self.graph.layers.get(other)?;
        match (&here.op, &next.op) {
            (LayerOp::Recurrent(a), LayerOp::Recurrent(b)) => {
                let fits =
                    a.reverse != b.reverse && here.inputs == next.inputs && a.steps == b.steps;
                fits.then_some(other)
            }
            _ => None,
        }
    }

    fn direction(
        &mut self,
        layer: usize,
        sum_row: usize,
        number: usize,
    ) -> Result<Direction<'a>, CompileError> {
        let node = &self.graph.layers[layer];
        let LayerOp::Recurrent(op) = &node.op else {
            return Err(self.internal("a direction that is no recurrent layer"));
        };
        if self.keeps_states && op.reverse {
            return Err(CompileError::KeptReverse {
                layer: node.name.clone(),
            });
        }
        let gates = Gates::new(op, self.arch);
        let home = self.state_home(layer, &gates, sum_row)?;
        let input = self.gathered(node.inputs[0])?;
        let output = self.sequence_home(layer, &gates)?;
        let (steps, _) = op.sequence(input.shape);
        let input_part = self.input_part(&gates, &input, &node.name)?;
        let recurrent_part = self.recurrent_part(&gates, &node.name)?;
        let reset_part = match gates.unit() {
            Unit::GruUpdate => Some(self.reset_part(&gates, &node.name)?),
            _ => None,
        };
        Ok(Direction {
            layer,
            gates,
            steps,
            input,
            output,
            home,
            sum_row,
            input_part,
            recurrent_part,
            reset_part,
            indexes: [2 * number + 1, 2 * number + 2],
        })
    }

    /// Where the sequence is written step by step: its own place if words of `P` bytes may be written there. What the next step
    /// reads beside the sequence lies in front of each step: `r * h` of a GRU with two passes, and the planes of 16 bits.
    fn sequence_home(&mut self, layer: usize, gates: &Gates<'_>) -> Result<View, CompileError> {
        let id = self.graph.layers[layer].output;
        let shape = self.tensor(id).shape;
        let runs = gates.runs();
        let own = match runs > 1 && self.uses.home[id].is_none() {
            true => None,
            false => Some(self.output_view(id)?),
        };
        if let Some(view) = own.filter(|view| runs == 1 && view.is_aligned(self.arch.lanes)) {
            return Ok(view);
        }
        let bytes = gates.units() * runs;
        let buffer = self.new_buffer(shape.h * bytes);
        let mut view = View::packed(buffer, shape, bytes);
        view.offset = bytes - gates.units();
        if self.views[id].is_none() {
            self.views[id] = Some(view.clone());
        }
        Ok(view)
    }

    fn add_part(
        &mut self,
        gates: &Gates<'_>,
        part: Part,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
        parameters: Vec<crate::program::Parameter>,
        name: &str,
    ) -> Result<Part, CompileError> {
        let block = gates.block(part.slots, weight);
        Ok(Part {
            weight_address: self.constants.add_weights(block, name)?,
            param_row: self.constants.add_parameters(parameters, name)?,
            ..part
        })
    }

    fn input_part(
        &mut self,
        gates: &Gates<'_>,
        input: &View,
        name: &str,
    ) -> Result<Part, CompileError> {
        let (op, rows) = (gates.op, self.arch.rows);
        let shape = input.shape;
        let dense = input.pixel_stride == shape.c;
        // Bytes of a run, runs of a row and the bytes between them, rows and the bytes between them.
        let (run, across, down) = match op.steps {
            StepAxis::Rows if dense => (shape.w * shape.c, (1, 0), (1, 0)),
            StepAxis::Rows => (shape.c, (shape.w, input.pixel_stride), (1, 0)),
            StepAxis::Columns => (shape.c, (1, 0), (shape.h, input.row_stride)),
        };
        let chunks = run.div_ceil(rows);
        let part = Part {
            weight_address: 0,
            param_row: 0,
            inner: [
                chunk(chunks, rows),
                runs(across, 0, chunks),
                runs(down, 1, chunks * across.0),
            ],
            slots: chunks * across.0 * down.0,
            height: down.0,
            row_bytes: run,
        };
        let (_, inputs) = op.sequence(shape);
        let weight = |gate: usize, unit: usize, slot: usize, lane: usize| {
            let byte = slot % chunks * rows + lane;
            let element = slot / chunks * run + byte;
            let row = gate * op.hidden + unit;
            if byte < run {
                op.input.weights[row * inputs + element]
            } else {
                0
            }
        };
        let parameters = gates.input_parameters();
        self.add_part(gates, part, weight, parameters, name)
    }

    /// Over `h`; of a GRU with two passes over `r * h` and `h`.
    fn recurrent_part(&mut self, gates: &Gates<'_>, name: &str) -> Result<Part, CompileError> {
        let op = gates.op;
        let two_passes = gates.unit() == Unit::GruUpdate;
        let (count, used): (usize, &[usize]) = match two_passes {
            true => (2, &[1, 2]),
            false => (1, &[0, 1, 2, 3]),
        };
        let (part, chunks) = self.over_hidden(gates, count);
        let rows = self.arch.rows;
        let weight = |gate: usize, unit: usize, slot: usize, lane: usize| {
            // The candidate reads `r * h`, which comes first; the update gate reads `h`.
            let source = slot / chunks;
            let reads = !two_passes || (gate == 2 && source == 0) || (gate == 1 && source == 1);
            hidden_weight(op, gate, unit, slot % chunks * rows + lane, reads)
        };
        let parameters = gates.recurrent_parameters(used);
        self.add_part(gates, part, weight, parameters, name)
    }

    fn reset_part(&mut self, gates: &Gates<'_>, name: &str) -> Result<Part, CompileError> {
        let (op, rows) = (gates.op, self.arch.rows);
        let (part, _) = self.over_hidden(gates, 1);
        let weight = |gate: usize, unit: usize, slot: usize, lane: usize| {
            hidden_weight(op, gate, unit, slot * rows + lane, gate == 0)
        };
        let parameters = gates.recurrent_parameters(&[0]);
        self.add_part(gates, part, weight, parameters, name)
    }

    /// A part over `count` runs of hidden states, and the slots of each. Of 16 bits all runs of high bytes come first, then, with
    /// the same weights, those of low bytes: `kernel_y` is the loop over planes.
    fn over_hidden(&self, gates: &Gates<'_>, count: usize) -> (Part, usize) {
        let (rows, hidden) = (self.arch.rows, gates.op.hidden);
        let chunks = hidden.div_ceil(rows);
        let over_runs = runs((count, gates.hidden_bytes()), 1, chunks);
        let inner = match gates.wide() {
            true => [
                chunk(chunks, rows),
                over_runs,
                runs((PLANES, gates.units()), 0, 0),
            ],
            false => [chunk(chunks, rows), Turn::ONCE, over_runs],
        };
        let part = Part {
            weight_address: 0,
            param_row: 0,
            inner,
            slots: chunks * count,
            height: count,
            row_bytes: hidden,
        };
        (part, chunks)
    }

    /// All passes, in the order of `docs/recurrence.md`.
    fn steps_of(&mut self, directions: &[Direction<'_>]) {
        let steps = directions.first().map_or(0, |d| d.steps);
        let mut all: Vec<Step> = Vec::new();
        let mut add = |passes: Vec<Pass>| all.extend(passes.into_iter().map(Step::from));
        for d in directions {
            add(vec![d.input_pass(0, false)]);
        }
        for d in directions {
            add(d.recurrent_passes(0, false));
            if steps > 1 {
                add(vec![d.input_pass(1, false)]);
            }
        }
        if steps > 2 {
            let mut body = Vec::new();
            for d in directions {
                body.extend(d.recurrent_passes(1, true));
                body.push(d.input_pass(2, true));
            }
            all.push(Step::Loop(Loop {
                layer: self.layer,
                turns: steps - 2,
                length: body.len(),
                steps: index_steps(directions),
            }));
            all.extend(body.into_iter().map(Step::from));
        }
        if steps > 1 {
            for d in directions {
                all.extend(
                    d.recurrent_passes(steps - 1, false)
                        .into_iter()
                        .map(Step::from),
                );
            }
        }
        self.steps.extend(all);
    }
}

fn index_steps(directions: &[Direction<'_>]) -> [i64; INDEXES] {
    let mut steps = [0; INDEXES];
    for (n, d) in directions.iter().enumerate() {
        let sign = if d.gates.op.reverse { -1 } else { 1 };
        steps[2 * n] = sign * d.output.row_stride as i64;
        steps[2 * n + 1] = sign * d.input_stride();
    }
    steps
}

fn hidden_weight(op: &Recurrent, gate: usize, unit: usize, from: usize, reads: bool) -> i8 {
    let row = gate * op.hidden + unit;
    match reads && from < op.hidden {
        true => op.recurrent.weights[row * op.hidden + from],
        false => 0,
    }
}

fn chunk(count: usize, rows: usize) -> Turn {
    Turn {
        count: count as i64,
        address: rows as i64,
        x: rows as i64,
        y: 0,
        weight: 1,
    }
}

/// Runs with the distance between them; each starts at byte coordinate 0.
fn runs((count, distance): (usize, usize), y: i64, weight: usize) -> Turn {
    Turn {
        count: count as i64,
        address: distance as i64,
        y,
        x: 0,
        weight: weight as i64,
    }
}

impl Direction<'_> {
    fn input_stride(&self) -> i64 {
        let stride = match self.gates.op.steps {
            StepAxis::Rows => self.input.row_stride,
            StepAxis::Columns => self.input.pixel_stride,
        };
        stride as i64
    }

    /// Where the next step reads step number `n` in the order of computation: of 16 bits its planes, in front of the sequence.
    fn hidden_at(&self, n: usize) -> i64 {
        let step = self.gates.op.step(n, self.steps);
        let shown = (self.output.offset + step * self.output.row_stride) as i64;
        match self.gates.wide() {
            true => shown - self.gates.hidden_bytes() as i64,
            false => shown,
        }
    }

    /// What a program that keeps states keeps of the last step.
    fn last_hidden(&self) -> View {
        let last = self.output.window(self.steps - 1, 0, 1, 1);
        match self.gates.wide() {
            true => self
                .gates
                .planes(last.buffer, last.offset - self.gates.hidden_bytes()),
            false => last,
        }
    }

    /// Input part of step `n`; in a loop, of its first turn.
    fn input_pass(&self, n: usize, looped: bool) -> Pass {
        let step = self.gates.op.step(n, self.steps) as i64;
        let mut pass = self.pass(&self.input_part, Unit::Sums);
        pass.input = self.input.buffer;
        pass.in_offset = self.input.offset as i64 + step * self.input_stride();
        self.with_indexes(pass, if looped { [self.indexes[1], 0] } else { [0, 0] })
    }

    /// Recurrent part of step `n`; in a loop, of its first turn.
    fn recurrent_passes(&self, n: usize, looped: bool) -> Vec<Pass> {
        let indexes = if looped { [self.indexes[0]; 2] } else { [0, 0] };
        if n == 0 && self.home.initial.is_none() {
            return vec![self.first_pass()];
        }
        let (buffer, before) = match (n, &self.home.initial) {
            (0, Some((view, _))) => (view.buffer, view.offset as i64),
            _ => (self.output.buffer, self.hidden_at(n - 1)),
        };
        let masked = before - self.gates.hidden_bytes() as i64;
        let mut passes = Vec::new();
        let mut update_from = before;
        if let Some(reset) = &self.reset_part {
            let mut pass = self.pass(reset, Unit::GruReset);
            (pass.input, pass.in_offset) = (buffer, before);
            (pass.out.buffer, pass.out.offset) = (buffer, masked);
            passes.push(self.with_indexes(pass, indexes));
            update_from = masked;
        }
        let mut pass = self.pass(&self.recurrent_part, self.gates.unit());
        (pass.input, pass.in_offset) = (buffer, update_from);
        pass.out.offset = self.hidden_at(n);
        passes.push(self.with_indexes(pass, indexes));
        passes
    }

    /// The first step without an initial state: every byte of the hidden state before it is filled with zero. Of 16 bits only
    /// low bytes are walked, which are zero when they hold -128; high bytes of zero add nothing.
    fn first_pass(&self) -> Pass {
        let mut pass = self.pass(&self.recurrent_part, self.gates.unit());
        if self.gates.wide() {
            pass.turns[2] = Turn::ONCE;
            pass.fill = i8::MIN;
        } else {
            pass.turns[..3].fill(Turn::ONCE);
        }
        (pass.input, pass.in_offset) = (self.output.buffer, self.hidden_at(0));
        pass.out.offset = self.hidden_at(0);
        pass.height = 0;
        if let Some(recurrence) = &mut pass.recurrence {
            recurrence.state_zero = true;
        }
        pass
    }

    fn with_indexes(&self, mut pass: Pass, [input, output]: [usize; 2]) -> Pass {
        if let Some(recurrence) = &mut pass.recurrence {
            (recurrence.in_index, recurrence.out_index) = (input, output);
        }
        pass
    }

    /// A pass of a part; where it reads and writes is still to be said.
    fn pass(&self, part: &Part, unit: Unit) -> Pass {
        let [beats, beats_last] = self.gates.beats().map(|beats| beats as i64);
        let tile = Turn {
            count: self.gates.tiles() as i64,
            weight: part.slots as i64,
            ..Turn::ONCE
        };
        let mut turns = [Turn::ONCE; LEVELS];
        turns[..3].copy_from_slice(&part.inner);
        turns[LEVELS - 1] = tile;
        Pass {
            layer: self.layer,
            mode_max: false,
            turns,
            input: self.output.buffer,
            in_offset: 0,
            y0: 0,
            x0: 0,
            height: part.height as i64,
            row_bytes: part.row_bytes as i64,
            fill: 0,
            weight_address: part.weight_address as i64,
            beats,
            beats_last,
            out: BeatPath {
                buffer: self.output.buffer,
                offset: self.output.offset as i64,
                step_x: 0,
                step_y: 0,
                step_tile: 0,
            },
            residual: None,
            residual_max: false,
            finish: Finish {
                zero: 0,
                clamp: [i8::MIN, i8::MAX],
                table: None,
                param_row: part.param_row,
                param_fixed: false,
            },
            recurrence: Some(Recurrence {
                unit,
                planes: (self.gates.wide() && unit != Unit::Sums).then(|| self.gates.units()),
                state_zero: false,
                cell_bits: match self.gates.op.cell {
                    Cell::Lstm { cell_fraction_bits } => cell_fraction_bits,
                    Cell::Gru { .. } | Cell::Rnn { .. } => 0,
                },
                sum_row: self.sum_row,
                state_row: self.home.first_row,
                in_index: 0,
                out_index: 0,
            }),
        }
    }
}

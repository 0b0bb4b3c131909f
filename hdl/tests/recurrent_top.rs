//! Recurrent layers on the whole accelerator, over its byte link: passes, a loop, state in and out, against plain integers.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod link_host;
mod recurrent_model;

use systole_arch::isa::{self, Instruction, LEVEL_FIELDS, Opcode, Unit};
use systole_arch::map::{self, Space};
use systole_arch::{Arch, timing};
use systole_hdl::accelerator::verilog;
use systole_hdl::rt::crosscheck::Random;

use link_host::Host;
use recurrent_model::{blend, lstm, rhu, sat, sigmoid, tanh};

/// Multiplier and shift of every gate.
const M: i64 = 30_000;
/// Fields of a pass over one vector of `depth` bytes at `address` of bank 0, weights from `weight` on, parameters from `row` on.
fn matrix(
    arch: &Arch,
    unit: Unit,
    depth: usize,
    tiles: usize,
    weight: usize,
    row: usize,
) -> Instruction {
    let mut i = Instruction::new(Opcode::Pass);
    let (r, chunks) = (arch.rows as i64, depth.div_ceil(arch.rows) as i64);
    let beats = arch.max_beats() as i64;
    let mut set = |field, value| i.set_modulo(field, value);
    let (chunk, tile) = (&LEVEL_FIELDS[0], &LEVEL_FIELDS[5]);
    set(chunk.count, chunks - 1);
    set(chunk.daddress, r);
    set(chunk.dx, r);
    set(chunk.dweight, 1);
    set(tile.count, tiles as i64 - 1);
    set(tile.daddress, -r * (chunks - 1));
    set(tile.dx, -r * (chunks - 1));
    set(tile.dweight, 1);
    set(isa::WEIGHT_ADDRESS, weight as i64);
    set(isa::HEIGHT, 1);
    set(isa::ROW_BYTES, depth as i64);
    set(isa::BEATS, beats - 1);
    set(isa::BEATS_LAST, beats - 1);
    set(isa::STALL, (beats - chunks).max(0));
    set(isa::STALL_LAST, (beats - chunks).max(0));
    set(isa::PARAM_ROW, row as i64);
    set(isa::UNIT, unit as i64);
    set(isa::CELL_BITS, 11);
    i
}

/// A layer of `hidden` units over `steps` steps of `inputs` bytes: bank 0 holds the inputs, bank 1 the hidden states.
struct Layer {
    kind: Unit,
    hidden: usize,
    steps: usize,
    inputs: usize,
    bytes: Vec<i64>,
    /// Weights and bias of both parts: `[part][row of the gates]`.
    weights: [Vec<Vec<i64>>; 2],
    bias: [Vec<i64>; 2],
}

const SHIFT: u8 = 21;

impl Layer {
    fn random(arch: &Arch, kind: Unit, random: &mut Random) -> Self {
        let (hidden, inputs, steps) = (arch.rows.max(arch.lanes), arch.rows, 5);
        let gates = hidden * kind.columns(false);
        let mut numbers = |count: usize, range: u64| -> Vec<i64> {
            (0..count)
                .map(|_| random.below(2 * range + 1) as i64 - range as i64)
                .collect()
        };
        Layer {
            kind,
            hidden,
            steps,
            inputs,
            bytes: numbers(steps * inputs, 90),
            weights: [inputs, hidden].map(|depth| (0..gates).map(|_| numbers(depth, 60)).collect()),
            bias: [0, 1].map(|_| numbers(gates, 3000)),
        }
    }

    fn scaled(&self, part: usize, x: &[i64]) -> Vec<i64> {
        let dot = |w: &Vec<i64>| w.iter().zip(x).map(|(w, x)| w * x).sum::<i64>();
        let sums = self.weights[part].iter().zip(&self.bias[part]);
        sums.map(|(w, bias)| {
            let t = ((dot(w) + bias) << 16 >> (SHIFT - 8)).clamp(-(1 << 17), (1 << 17) - 1);
            (t * M) >> 16
        })
        .collect()
    }

    /// Hidden bytes of all steps, and the state at the end.
    fn result(&self) -> (Vec<i64>, Vec<i64>) {
        let (mut h, mut states, mut all) = (vec![0; self.hidden], vec![0; self.hidden], Vec::new());
        for x in self.bytes.chunks(self.inputs) {
            let (u, v) = (self.scaled(0, x), self.scaled(1, &h));
            for (n, state) in states.iter_mut().enumerate() {
                let sum = |c: usize| u[4 * n + c] + v[4 * n + c] + 1;
                (*state, h[n]) = match self.kind {
                    Unit::Lstm => lstm([0, 1, 2, 3].map(sum), *state, 11, false),
                    _ => {
                        let [r, z] = [0, 1].map(|c| sigmoid(sat(sum(c), 16)));
                        let reset = rhu(r * sat(v[4 * n + 2], 16), 15);
                        blend(z, tanh(sat(u[4 * n + 2] + 1 + reset, 16)), *state, false)
                    }
                };
            }
            all.extend(&h);
        }
        (all, states)
    }

    /// First step on its own, the others in a loop: index register 1 walks the inputs, 2 the states that are read, 3 those written.
    fn program(&self, arch: &Arch) -> Vec<Instruction> {
        let tiles = (self.hidden * 4).div_ceil(arch.cols);
        let steps = tiles * self.inputs.div_ceil(arch.rows);
        let rows = tiles * arch.max_beats();
        let mut input = matrix(arch, Unit::Sums, self.inputs, tiles, 0, 0);
        let mut first = matrix(arch, self.kind, self.hidden, tiles, steps, rows);
        input.set_modulo(isa::SUM_ROW, 1);
        for (field, value) in [
            (isa::SUM_ROW, 1),
            (isa::STATE_ROW, 2),
            (isa::IN_BANK, 1),
            (isa::OUT_BANK, 1),
        ] {
            first.set_modulo(field, value);
        }
        // Far apart enough for every size of this test.
        input.set_modulo(isa::DURATION, 200);
        first.set_modulo(isa::DURATION, 200);
        let (mut looped, mut later) = (input, first);
        first.set_modulo(isa::STATE_ZERO, 1);
        first.set_modulo(isa::HEIGHT, 0);
        looped.set_modulo(isa::IN_ADDRESS, self.inputs as i64);
        looped.set_modulo(isa::IN_INDEX, 1);
        later.set_modulo(isa::OUT_ADDRESS, self.hidden as i64);
        later.set_modulo(isa::IN_INDEX, 2);
        later.set_modulo(isa::OUT_INDEX, 3);
        let mut repeat = Instruction::new(Opcode::Loop);
        repeat.set_modulo(isa::DURATION, 41);
        repeat.set_modulo(isa::LOOP_COUNT, self.steps as i64 - 2);
        repeat.set_modulo(isa::LOOP_LENGTH, 2);
        repeat.set_modulo(isa::INDEX_STEP_1, self.inputs as i64);
        repeat.set_modulo(isa::INDEX_STEP_2, self.hidden as i64);
        repeat.set_modulo(isa::INDEX_STEP_3, self.hidden as i64);
        vec![
            input,
            first,
            repeat,
            looped,
            later,
            Instruction::new(Opcode::End),
        ]
    }

    fn load(&self, arch: &Arch, host: &mut Host) {
        let word = |bytes: &[i64]| {
            bytes
                .iter()
                .rev()
                .fold(0, |w, b| w << 8 | u32::from(*b as u8))
        };
        let inputs: Vec<u32> = self.bytes.chunks(4).map(word).collect();
        host.write(Space::Bank0.address(0), &inputs);
        let tiles = (self.hidden * 4).div_ceil(arch.cols);
        let (mut step, mut row) = (0, 0);
        for (weights, bias) in self.weights.iter().zip(&self.bias) {
            let chunks = weights[0].len().div_ceil(arch.rows);
            for tile in 0..tiles {
                for chunk in 0..chunks {
                    for r in 0..arch.rows {
                        for group in 0..arch.groups() {
                            let column = tile * arch.cols + group * arch.group();
                            let bytes: Vec<i64> = (column..column + arch.group())
                                .map(|c| weights[c][chunk * arch.rows + r])
                                .collect();
                            let offset = map::weight_offset(arch, step, r, group);
                            host.write(Space::Weights.address(offset), &[word(&bytes)]);
                        }
                    }
                    step += 1;
                }
            }
            for beat in bias.chunks(arch.lanes) {
                for (lane, bias) in beat.iter().enumerate() {
                    let offset = map::parameter_offset(arch, row, lane);
                    let words = map::parameter_words(*bias, M as u16, SHIFT);
                    host.write(Space::Parameters.address(offset), &words);
                }
                row += 1;
            }
        }
        let words: Vec<u32> = self.program(arch).iter().flat_map(|i| i.words).collect();
        host.write(Space::Program.address(0), &words);
    }
}

#[test]
fn a_recurrent_layer_in_a_loop_over_the_link() {
    for (preset, lanes, kind) in [
        ("2x2", 1, Unit::Lstm),
        ("4x4", 2, Unit::Gru),
        ("4x4", 4, Unit::Lstm),
        ("8x8", 8, Unit::Lstm),
    ] {
        let arch = Arch {
            lanes,
            recurrent_units: 16,
            ..Arch::preset(preset).unwrap()
        };
        let layer = Layer::random(&arch, kind, &mut Random::new(lanes as u64));
        let mut host = Host::new(&arch);
        layer.load(&arch, &mut host);
        host.write(Space::State.address(7), &[0x1234_5678]);
        host.write(Space::Registers.address(map::RUN.offset), &[1]);
        while host.register(map::STATUS) & 1 == 1 {}
        assert_eq!(
            host.register(map::STATUS),
            2,
            "{preset}: faults or not done"
        );
        let (bytes, states) = layer.result();
        // Only words of hidden states count, and the start times are those of the last turn.
        let beats = (layer.steps * layer.hidden / arch.lanes) as u32;
        assert_eq!(host.register(map::BEATS), beats, "{preset}");
        let turns = layer.steps as u32 - 2;
        let starts: Vec<u32> = [0, 200, 400, 441, 641, 841]
            .into_iter()
            .map(|s| s + timing::FETCH as u32)
            .collect();
        let late = [0, 0, 0, 400 * turns, 400 * turns, 400 * turns];
        let expected: Vec<u32> = starts.iter().zip(late).map(|(s, l)| s + l).collect();
        assert_eq!(host.read(Space::Timestamps.address(0), 6), expected);
        assert_eq!(host.register(map::CYCLES), expected[5]);
        let read = host.read(Space::Bank1.address(0), bytes.len().div_ceil(4) as u32);
        let read: Vec<i64> = read
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .map(|b| i64::from(b as i8))
            .collect();
        assert_eq!(read[..bytes.len()], bytes, "{preset}, {lanes} lanes");
        let units = arch.units_at_once();
        let rows: Vec<u32> = states
            .chunks(units)
            .map(|s| {
                s.iter()
                    .rev()
                    .fold(0, |w, s| w << 16 | u32::from(*s as u16))
            })
            .collect();
        assert_eq!(host.read(Space::State.address(2), rows.len() as u32), rows);
        if units == 2 {
            assert_eq!(host.read(Space::State.address(7), 1), [0x1234_5678]);
        }
    }
}

#[test]
fn verilog_with_a_recurrent_unit_becomes_text_and_one_without_has_nothing_of_it() {
    let with = Arch {
        recurrent_units: 64,
        ..Arch::preset("8x8").unwrap()
    };
    let without = Arch {
        recurrent_units: 0,
        ..with.clone()
    };
    assert!(verilog(&with).unwrap().contains("module recurrent_unit ("));
    let text = verilog(&without).unwrap();
    for module in ["recurrent", "sum_memory", "state_memory", "activation ("] {
        assert!(!text.contains(&format!("module {module}")), "{module}");
    }
}

//! The parts of the recurrent unit, one by one: against plain integers, and against their Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod recurrent_model;

use systole_arch::map::Space;
use systole_hdl::accelerator::{
    Activation, Gate, Gather, RecurrentBeats, RecurrentCell, RecurrentControl, RecurrentPlanes,
    RecurrentWords, StateMemory, SumMemory,
};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

use recurrent_model::*;

/// Values that saturate, and both ends of every width.
fn values(width: u32) -> Vec<i64> {
    let limit = (1i64 << (width - 1)) - 1;
    let wide = (0..400).flat_map(|i| {
        let x = 32_000 + i * 4;
        [x.min(limit), -x.min(limit)]
    });
    (-33_000i64.min(limit)..=33_000.min(limit))
        .chain(wide)
        .chain([limit, -limit])
        .collect()
}

#[test]
fn sigmoid_and_tanh_of_every_value() {
    for (width, tanh_only) in [(19, false), (21, true)] {
        let mut sim = Sim::new(Activation::new(width));
        let mut random = Random::new(1);
        // Every value twice: as sigmoid and as tanh, and now and then something that goes around the table.
        let beats: Vec<(i64, bool, Option<i64>)> = values(width as u32)
            .into_iter()
            .flat_map(|x| [(x, true), (x, tanh_only)])
            .map(|(x, tanh)| (x, tanh, random.one_in(9).then(|| signed(&mut random, 16))))
            .collect();
        for cycle in 0..beats.len() + 5 {
            let (x, tanh_now, _) = beats.get(cycle).copied().unwrap_or_default();
            let direct = cycle
                .checked_sub(3)
                .and_then(|n| beats.get(n))
                .and_then(|b| b.2);
            let block = &mut sim.block;
            block.value.next = x.into();
            block.negated.next = (-x).into();
            block.tanh.next = tanh_now;
            block.direct.next = direct.is_some();
            block.direct_value.next = direct.unwrap_or_else(|| signed(&mut random, 16)).into();
            sim.settle().unwrap();
            if let Some((x, tanh_then, direct)) = cycle.checked_sub(5).map(|n| beats[n]) {
                let exact = if tanh_then { tanh(x) } else { sigmoid(x) };
                let result = sim.block.result.val().get();
                assert_eq!(
                    result,
                    direct.unwrap_or(exact),
                    "{x} {tanh_then} {direct:?}"
                );
            }
            sim.tick().unwrap();
        }
    }
}

#[test]
fn gates_add_and_saturate() {
    let mut random = Random::new(2);
    let mut sim = Sim::new(Gate::new());
    // u, v, and what happens: 0 sigmoid, 1 tanh, 2 relu, 3 skip.
    let beats: Vec<(i64, i64, u64)> = (0..60_000)
        .map(|_| {
            let u = signed(&mut random, 18);
            let near = signed(&mut random, 16) - u;
            let v = if random.one_in(2) {
                sat(near, 18)
            } else {
                signed(&mut random, 18)
            };
            (u, v, random.below(4))
        })
        .collect();
    for cycle in 0..beats.len() + 6 {
        let at = |time: usize| cycle.checked_sub(time).and_then(|n| beats.get(n)).copied();
        let (u, v, kind) = at(0).unwrap_or_default();
        let later = at(1).map_or(0, |b| b.2);
        let block = &mut sim.block;
        (block.stored.next, block.scaled.next) = (u.into(), v.into());
        block.skip.next = kind == 3;
        block.tanh.next = later == 1;
        block.relu.next = later == 2;
        sim.settle().unwrap();
        if let Some((u, v, kind)) = at(1) {
            let sum = if kind == 3 { u + 1 } else { u + v + 1 };
            assert_eq!(sim.block.sum.val().get(), sum);
        }
        if let Some((u, v, kind)) = at(6) {
            let sum = sat(u + v + 1, 16);
            let exact = [sigmoid(sum), tanh(sum), sum.max(0), sat(v, 16)][kind as usize];
            assert_eq!(sim.block.gate.val().get(), exact, "{u} {v} {kind}");
        }
        sim.tick().unwrap();
    }
}

/// One beat of a cell: gates, candidate sum, state, shift, kind (0 LSTM, 1 GRU, 2 update, 3 reset).
#[derive(Clone, Copy, Default, Debug)]
struct Beat {
    gate: [i64; 4],
    candidate: i64,
    state: i64,
    shift: i64,
    kind: u64,
}

impl Beat {
    fn random(random: &mut Random) -> Self {
        let kind = random.below(4);
        let sigmoid_of = |random: &mut Random| sigmoid(signed(random, 16));
        let third = match kind {
            1 => signed(random, 16),
            _ => tanh(signed(random, 16)),
        };
        let gate = [
            sigmoid_of(random),
            sigmoid_of(random),
            third,
            sigmoid_of(random),
        ];
        Beat {
            gate,
            candidate: signed(random, 18) + signed(random, 17),
            state: signed(random, 16),
            shift: if kind == 0 { random.below(5) as i64 } else { 0 },
            kind,
        }
    }

    /// New state; `r * h` as a byte and in 16 bits; hidden state as the byte of an LSTM and in 16 bits. What does not belong to
    /// the kind is `None`.
    fn expected(&self) -> [Option<i64>; 5] {
        let [first, second, third, fourth] = self.gate;
        match self.kind {
            0 => {
                let c = rhu(second * self.state, 15) + rhu(first * third, 18 + self.shift as u32);
                let c = sat(c, 16);
                let h = fourth * tanh(sat(c << self.shift, 16));
                let [byte, wide] = [false, true].map(|wide| Some(narrow(h, 15, wide)));
                [Some(c), None, None, byte, wide]
            }
            1 | 2 => {
                let added = if self.kind == 1 {
                    rhu(first * third, 15)
                } else {
                    0
                };
                let n = tanh(sat(self.candidate + added, 16));
                let (h16, h) = blend(second, n, self.state, true);
                [Some(h16), None, None, None, Some(h)]
            }
            _ => {
                let [byte, wide] =
                    [false, true].map(|wide| Some(narrow(first * self.state, 15, wide)));
                [None, byte, wide, None, None]
            }
        }
    }
}

#[test]
fn cells_are_exact() {
    let mut random = Random::new(3);
    let mut sim = Sim::new(RecurrentCell::new());
    let beats: Vec<Beat> = (0..60_000).map(|_| Beat::random(&mut random)).collect();
    for cycle in 0..beats.len() + 12 {
        let at = |time: usize| {
            cycle
                .checked_sub(time - 17)
                .and_then(|n| beats.get(n))
                .copied()
        };
        let blends = |time| at(time).is_some_and(|b| b.kind == 1 || b.kind == 2);
        let [now, next, later] = [17, 18, 19].map(|time| at(time).unwrap_or_default());
        let block = &mut sim.block;
        for (port, gate) in block.gate.iter_mut().zip(now.gate) {
            port.next = gate.into();
        }
        block.candidate.next = now.candidate.into();
        block.state.next = now.state.into();
        block.resets.next = now.kind == 3;
        block.blends_at_17.next = blends(17);
        block.blends_at_18.next = blends(18);
        block.blends_at_19.next = blends(19);
        block.updates.next = next.kind == 2;
        block.shift_at_18.next = next.shift.into();
        block.half.next = (1i64 << (17 + later.shift)).into();
        block.keep.next = (-1i64 << later.shift).into();
        block.shift_at_21.next = at(21).unwrap_or_default().shift.into();
        block.blends_at_25.next = blends(25);
        block.blends_at_28.next = blends(28);
        sim.settle().unwrap();
        let block = &sim.block;
        let shown = [
            (29, 0, block.new_state.val().get()),
            (19, 1, block.reset_byte.val().get()),
            (19, 2, block.reset_value.val().get()),
            (28, 3, block.lstm_byte.val().get()),
            (29, 4, block.hidden.val().get()),
        ];
        for (time, output, value) in shown {
            if let Some(beat) = at(time) {
                let exact = beat.expected()[output];
                assert!(
                    exact.is_none_or(|e| e == value),
                    "{beat:?}: {exact:?}, {value}"
                );
            }
        }
        sim.tick().unwrap();
    }
}

#[test]
fn sums_and_states_stay_where_they_are() {
    let arch = arch(8, 16);
    let mut random = Random::new(4);
    let mut sums = Sim::new(SumMemory::new(&arch));
    let mut stored = vec![vec![0; arch.lanes]; arch.sum_rows()];
    let mut asked: Vec<Vec<i64>> = Vec::new();
    for cycle in 0..4000 {
        let (write, row) = (
            random.one_in(2),
            random.below(arch.sum_rows() as u64) as usize,
        );
        let read = random.below(arch.sum_rows() as u64) as usize;
        let row_of_sums: Vec<i64> = (0..arch.lanes).map(|_| signed(&mut random, 18)).collect();
        sums.block.write.next = write;
        sums.block.write_row.next = row.into();
        sums.block.read_row.next = read.into();
        for (port, sum) in sums.block.write_sums.iter_mut().zip(&row_of_sums) {
            port.next = (*sum).into();
        }
        sums.settle().unwrap();
        if cycle >= 2 {
            let shown: Vec<i64> = sums.block.read_sums.iter().map(|s| s.val().get()).collect();
            assert_eq!(shown, asked[cycle - 2]);
        }
        // The old row is read when it is written in the same cycle.
        asked.push(stored[read].clone());
        if write {
            stored[row] = row_of_sums;
        }
        sums.tick().unwrap();
    }
    let mut states = Sim::new(StateMemory::new(&arch));
    for row in 0..arch.state_rows() as i64 {
        states.block.write.next = true;
        states.block.write_row.next = row.into();
        (
            states.block.write_state[0].next,
            states.block.write_state[1].next,
        ) = ((-row - 1).into(), (row * 99).into());
        states.tick().unwrap();
    }
    states.block.write.next = false;
    for zero in [false, true] {
        states.block.read.next = true;
        states.block.read_row.next = 3.into();
        states.tick().unwrap();
        states.block.read.next = false;
        states.tick().unwrap();
        states.block.zero.next = zero;
        states.tick().unwrap();
        let shown: Vec<i64> = states.block.state.iter().map(|s| s.val().get()).collect();
        assert_eq!(shown, if zero { [0, 0] } else { [-4, 297] });
    }
}

#[test]
fn verilog_is_the_same() {
    for width in [19, 21] {
        Crosscheck::new("activation", || Activation::new(width))
            .cycles(3000)
            .run()
            .unwrap();
    }
    Crosscheck::new("gate", Gate::new)
        .cycles(3000)
        .run()
        .unwrap();
    Crosscheck::new("recurrent_cell", RecurrentCell::new)
        .cycles(3000)
        .shape(|block, _, random| {
            let shift = random.below(5).cast_signed();
            block.shift_at_18.next = shift.into();
            block.half.next = (1 << (17 + shift)).into();
            block.keep.next = (-1 << shift).into();
        })
        .run()
        .unwrap();
}

#[test]
fn verilog_is_the_same_for_every_number_of_lanes() {
    for lanes in [1, 2, 4, 8] {
        let arch = arch(lanes, 16);
        Crosscheck::new("recurrent_beats", || RecurrentBeats::new(&arch))
            .cycles(1000)
            .run()
            .unwrap();
        Crosscheck::new("recurrent_control", || RecurrentControl::new(&arch))
            .cycles(1000)
            .run()
            .unwrap();
        Crosscheck::new("gather", || Gather::new(&arch))
            .cycles(500)
            .run()
            .unwrap();
        Crosscheck::new("recurrent_words", || RecurrentWords::new(&arch))
            .cycles(1000)
            .run()
            .unwrap();
        let units = arch.units_at_once();
        Crosscheck::new("recurrent_planes", || RecurrentPlanes::new(lanes, units))
            .cycles(500)
            .run()
            .unwrap();
        Crosscheck::new("sum_memory", || SumMemory::new(&arch))
            .cycles(500)
            .run()
            .unwrap();
        Crosscheck::new("state_memory", || StateMemory::new(&arch))
            .cycles(500)
            .shape(|block, _, random| {
                let space = if random.one_in(2) {
                    Space::State
                } else {
                    Space::Program
                };
                block.host_space.next = (space as u8).into();
            })
            .run()
            .unwrap();
    }
}

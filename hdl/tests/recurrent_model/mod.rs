//! Recurrent cells as the page of the numerics writes them, and what a pass does with its beats.
#![allow(dead_code, reason = "every test uses a part")]

use std::collections::BTreeMap;

use systole_arch::isa::Unit;
use systole_arch::knots::{SIGMOID, TANH};
use systole_arch::{Arch, timing};
use systole_hdl::rt::crosscheck::Random;

/// A whole number of `width` bits, often an end of the range, often small.
pub(crate) fn signed(random: &mut Random, width: u32) -> i64 {
    let ends = [-(1i64 << (width - 1)), (1 << (width - 1)) - 1, 0, -1, 1];
    match random.below(8) {
        0 => ends[random.below(5) as usize],
        1..=3 => random.bits() as i64 >> (64 - width),
        4 => random.bits() as i64 >> (64 - 9),
        _ => random.bits() as i64 >> (64 - width.min(15)),
    }
}

pub(crate) fn sat(x: i64, bits: u32) -> i64 {
    x.clamp(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
}

pub(crate) fn rhu(x: i64, s: u32) -> i64 {
    if s == 0 { x } else { (x + (1 << (s - 1))) >> s }
}

fn table(knots: &[u16; 257], x: i64) -> i64 {
    let a = x.abs().min(32767);
    let (i, f) = ((a >> 7) as usize, a & 127);
    let (low, high) = (i64::from(knots[i]), i64::from(knots[i + 1]));
    low + (((high - low) * f + 64) >> 7)
}

pub(crate) fn sigmoid(x: i64) -> i64 {
    let y = table(&SIGMOID, x);
    sat(if x < 0 { 32768 - y } else { y }, 16)
}

pub(crate) fn tanh(x: i64) -> i64 {
    let y = table(&TANH, x);
    sat(if x < 0 { -y } else { y }, 16)
}

/// `x` of `f` fraction bits below 2^-15 as a hidden state: `sat8(rhu(x, f + 8))`, or `sat16(rhu(x, f))`.
pub(crate) fn narrow(x: i64, f: u32, wide: bool) -> i64 {
    if wide {
        sat(rhu(x, f), 16)
    } else {
        sat(rhu(x, f + 8), 8)
    }
}

/// `c'` and `h`, from the sums of `i f g o`.
pub(crate) fn lstm(a: [i64; 4], c: i64, cs: u32, wide: bool) -> (i64, i64) {
    let [i, f, o] = [a[0], a[1], a[3]].map(|a| sigmoid(sat(a, 16)));
    let g = tanh(sat(a[2], 16));
    let c = sat(rhu(f * c, 15) + rhu(i * g, 30 - cs), 16);
    let n = sat(c << (12 - cs), 16);
    (c, narrow(o * tanh(n), 15, wide))
}

/// `h16'` and `h`, from the candidate.
pub(crate) fn blend(z: i64, n: i64, h16: i64, wide: bool) -> (i64, i64) {
    let h16 = sat(rhu((32768 - z) * n + z * h16, 15), 16);
    (h16, narrow(h16, 0, wide))
}

/// One pass of the recurrent unit.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub(crate) unit: Unit,
    pub(crate) wide: bool,
    /// From plane to plane.
    pub(crate) plane: i64,
    pub(crate) zero: bool,
    pub(crate) cell_bits: u32,
    pub(crate) sum_row: usize,
    pub(crate) state_row: usize,
    pub(crate) bank: i64,
    pub(crate) address: i64,
    /// Cycle of each beat, and the scaled sums of its lanes.
    pub(crate) beats: Vec<(u64, Vec<i64>)>,
}

/// A word that goes to a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) bank: i64,
    pub(crate) address: i64,
    pub(crate) data: Vec<i64>,
}

/// Memories of the unit.
pub(crate) struct Memories {
    pub(crate) sums: Vec<Vec<i64>>,
    pub(crate) states: Vec<Vec<i64>>,
}

impl Memories {
    pub(crate) fn new(arch: &Arch) -> Self {
        Memories {
            sums: vec![vec![0; arch.lanes]; arch.sum_rows()],
            states: vec![vec![0; arch.units_at_once()]; arch.state_rows()],
        }
    }

    /// Carries out a pass; returns its writes by cycle.
    pub(crate) fn run(&mut self, arch: &Arch, pass: &Pass) -> BTreeMap<u64, Write> {
        let mut writes = BTreeMap::new();
        let (mut columns, mut bytes, mut units, mut words) = (Vec::new(), Vec::new(), 0, 0);
        for (b, (cycle, v)) in pass.beats.iter().enumerate() {
            let row = (pass.sum_row + b) % self.sums.len();
            if pass.unit == Unit::Sums {
                self.sums[row].clone_from(v);
                continue;
            }
            columns.extend(self.sums[row].iter().copied().zip(v.iter().copied()));
            let of_unit = pass.unit.columns(pass.wide);
            while columns.len() >= of_unit {
                let unit: Vec<_> = columns.drain(..of_unit).collect();
                bytes.push(self.hidden(pass, &unit, units));
                units += 1;
            }
            if bytes.len() >= arch.lanes {
                let time =
                    timing::beat_to_write(pass.unit, pass.wide).unwrap() - timing::WRITE_TO_BANK;
                let word: Vec<i64> = bytes.drain(..arch.lanes).collect();
                for (n, data) in planes(pass, word).into_iter().enumerate() {
                    let offset = words * arch.lanes as i64 + n as i64 * pass.plane;
                    let write = Write {
                        bank: pass.bank,
                        address: (pass.address + offset) % arch.bank_bytes() as i64,
                        data,
                    };
                    writes.insert(cycle + time + n as u64, write);
                }
                words += 1;
            }
        }
        writes
    }

    /// Value of hidden unit `n` of the pass, from `u` and `v` of its columns; its state advances.
    fn hidden(&mut self, pass: &Pass, column: &[(i64, i64)], n: usize) -> i64 {
        let width = self.states[0].len();
        let rows = self.states.len();
        let place = &mut self.states[(pass.state_row + n / width) % rows][n % width];
        let state = if pass.zero { 0 } else { *place };
        let sum = |c: usize| column[c].0 + column[c].1 + 1;
        let (next, byte) = match pass.unit {
            Unit::Lstm => lstm([0, 1, 2, 3].map(sum), state, pass.cell_bits, pass.wide),
            Unit::Gru => {
                let [r, z] = [0, 1].map(|c| sigmoid(sat(sum(c), 16)));
                let (u, v) = column[2];
                let n = tanh(sat(u + 1 + rhu(r * sat(v, 16), 15), 16));
                blend(z, n, state, pass.wide)
            }
            Unit::GruUpdate => {
                let (z, n) = (sigmoid(sat(sum(1), 16)), tanh(sat(sum(2), 16)));
                blend(z, n, state, pass.wide)
            }
            Unit::GruReset => {
                let r = sigmoid(sat(sum(0), 16));
                return narrow(r * state, 15, pass.wide);
            }
            Unit::RnnTanh => return narrow(tanh(sat(sum(0), 16)), 0, pass.wide),
            Unit::RnnRelu => return narrow(sat(sum(0), 16).max(0), 0, pass.wide),
            Unit::Bytes | Unit::Sums => panic!("no hidden unit"),
        };
        *place = next;
        byte
    }
}

/// The words that a word of hidden units becomes: it; or high bytes, low bytes from -128 on, and what the sequence shows.
fn planes(pass: &Pass, word: Vec<i64>) -> Vec<Vec<i64>> {
    if !pass.wide {
        return vec![word];
    }
    let of = |byte: fn(i64) -> i64| word.iter().map(|&h| byte(h)).collect();
    let all: [Vec<i64>; 3] = [
        of(|h| h >> 8),
        of(|h| (h & 255) - 128),
        of(|h| sat(rhu(h, 8), 8)),
    ];
    let count = if pass.unit == Unit::GruReset { 2 } else { 3 };
    all.into_iter().take(count).collect()
}

/// Configuration with so many lanes and hidden units.
pub(crate) fn arch(lanes: usize, recurrent_units: usize) -> Arch {
    Arch {
        lanes,
        recurrent_units,
        ..Arch::preset("8x8").unwrap()
    }
}

/// Passes of all kinds, each as early as the one before it allows, or later.
pub(crate) fn schedule(arch: &Arch, count: usize, random: &mut Random) -> Vec<Pass> {
    let kinds: Vec<Unit> = Unit::ALL.iter().skip(1).map(|(unit, _)| *unit).collect();
    let mut passes: Vec<Pass> = Vec::new();
    let (mut free, mut last_write, mut state_free, mut sums_free) = (30, 0, 0, 0);
    let (mut plane, mut plane_free) = (arch.lanes as i64, 0);
    for _ in 0..count {
        let unit = match random.below(3) {
            0 => Unit::Sums,
            1 => Unit::Lstm,
            _ => kinds[random.below(kinds.len() as u64) as usize],
        };
        let wide = unit != Unit::Sums && random.one_in(2);
        let offset = timing::beat_to_write(unit, wide);
        let mut first: u64 = free;
        // Another distance of planes waits until the words of the old one are written.
        if wide && random.one_in(2) {
            plane =
                (random.below(arch.bank_bytes() as u64) as usize / arch.lanes * arch.lanes) as i64;
            first = first.max(plane_free);
        }
        if let Some(offset) = offset {
            first = first
                .max((last_write + 1u64).saturating_sub(offset))
                .max(sums_free)
                .max(state_free);
        }
        first += random.below(3) * random.below(6);
        let groups = 1 + random.below(4) as usize;
        let beats = match unit.columns(wide) {
            4 => 4 * groups,
            _ => groups + random.below(4) as usize,
        };
        let mut cycle = first;
        let beats: Vec<_> = (0..beats)
            .map(|_| {
                let now = cycle;
                cycle += 1 + random.below(2) * random.below(3);
                let sums = (0..arch.lanes).map(|_| signed(random, 18)).collect();
                (now, sums)
            })
            .collect();
        let last = beats[beats.len() - 1].0;
        free = last + 1;
        match offset {
            Some(offset) => {
                last_write = last + offset + unit.words(wide) as u64 - 1;
                if wide {
                    plane_free = last_write;
                }
                state_free = last + timing::BEAT_TO_HIDDEN_WRITE + 1 - timing::BEAT_TO_STATE_READ;
            }
            None => sums_free = last + timing::BEAT_TO_SUM_WRITE + 1 - timing::BEAT_TO_SUM_READ,
        }
        passes.push(Pass {
            unit,
            wide,
            plane,
            zero: random.one_in(4),
            cell_bits: 8 + random.below(5) as u32,
            sum_row: random.below(2) as usize * random.below(arch.sum_rows() as u64) as usize,
            state_row: random.below(2) as usize * random.below(arch.state_rows() as u64) as usize,
            bank: random.below(4) as i64,
            address: (random.below(arch.bank_bytes() as u64) as usize / arch.lanes * arch.lanes)
                as i64,
            beats,
        });
    }
    passes
}

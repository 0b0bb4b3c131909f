//! The recurrent unit against a plain model of the numerics (sections 6 to 8), every write in its cycle; and against its Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod recurrent_model;

use std::collections::BTreeMap;

use systole_arch::Arch;
use systole_arch::isa::{self, Unit};
use systole_arch::map::Space;
use systole_hdl::accelerator::RecurrentUnit;
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

use recurrent_model::*;

/// From a beat to its scaled sums.
const BEAT_TO_SCALED: u64 = 11;

struct Bench {
    sim: Sim<RecurrentUnit>,
    arch: Arch,
}

impl Bench {
    fn new(arch: &Arch) -> Self {
        let mut sim = Sim::new(RecurrentUnit::new(arch));
        sim.block.reset.next = true;
        sim.tick().unwrap();
        sim.block.reset.next = false;
        Bench {
            sim,
            arch: arch.clone(),
        }
    }

    fn host(&mut self, write: bool, space: Space, row: usize, word: u32) -> u32 {
        let block = &mut self.sim.block;
        (block.host_write.next, block.host_read.next) = (write, !write);
        block.host_space.next = (space as u8).into();
        block.host_offset.next = row.into();
        block.host_data.next = word.into();
        self.sim.tick().unwrap();
        let block = &mut self.sim.block;
        (block.host_write.next, block.host_read.next) = (false, false);
        block.host_offset.next = 5.into();
        for _ in 1..systole_arch::timing::HOST_READ {
            self.sim.tick().unwrap();
        }
        self.sim.block.host_word.val().get() as u32
    }

    fn word(states: &[i64]) -> u32 {
        let joined = |word: u32, state: &i64| word << 16 | u32::from(*state as u16);
        states.iter().rev().fold(0, joined)
    }

    /// Inputs of one cycle; where nothing is said, they are noise.
    fn drive(&mut self, passes: &[Pass], cycle: u64, random: &mut Random) {
        let block = &mut self.sim.block;
        (block.beat.next, block.pass_begin.next) = (false, false);
        let mut noise =
            |port: &mut systole_hdl::rt::Sig<_>| port.next = (random.bits() as i64 & 0xFFFF).into();
        noise(&mut block.unit);
        noise(&mut block.state_zero);
        noise(&mut block.cell_bits);
        noise(&mut block.wide);
        noise(&mut block.plane);
        noise(&mut block.sum_row);
        noise(&mut block.state_row);
        noise(&mut block.out_bank);
        noise(&mut block.out_address);
        block.scaled.iter_mut().for_each(noise);
        for pass in passes {
            for (n, (at, sums)) in pass.beats.iter().enumerate() {
                if *at == cycle {
                    (block.beat.next, block.pass_begin.next) = (true, n == 0);
                }
                if *at == cycle && n == 0 {
                    block.unit.next = (pass.unit as i64).into();
                    block.state_zero.next = i64::from(pass.zero).into();
                    block.cell_bits.next = i64::from(pass.cell_bits).into();
                    block.wide.next = i64::from(pass.wide).into();
                    block.plane.next = pass.plane.into();
                    block.sum_row.next = pass.sum_row.into();
                    block.state_row.next = pass.state_row.into();
                    block.out_bank.next = pass.bank.into();
                    block.out_address.next = pass.address.into();
                }
                if *at + BEAT_TO_SCALED == cycle {
                    for (port, sum) in block.scaled.iter_mut().zip(sums) {
                        port.next = (*sum).into();
                    }
                }
            }
        }
    }

    /// Runs the passes and compares writes cycle by cycle, then the whole state memory.
    fn compare(&mut self, passes: &[Pass], random: &mut Random) {
        let arch = self.arch.clone();
        let mut memories = Memories::new(&arch);
        for row in 0..arch.state_rows() {
            let states: Vec<i64> = (0..arch.units_at_once())
                .map(|_| signed(random, 16))
                .collect();
            self.host(true, Space::State, row, Self::word(&states));
            self.host(true, Space::Program, row, 0x1234_5678);
            memories.states[row] = states;
        }
        let mut expected = BTreeMap::new();
        for pass in passes {
            expected.extend(memories.run(&arch, pass));
        }
        let first = passes[0].beats[0].0 - 1;
        let end = passes
            .iter()
            .flat_map(|p| &p.beats)
            .map(|b| b.0)
            .max()
            .unwrap()
            + 40;
        for cycle in first..end {
            self.drive(passes, cycle, random);
            self.sim.settle().unwrap();
            let block = &self.sim.block;
            let write = block.write_valid.val().then(|| Write {
                bank: block.write_bank.val().get(),
                address: block.write_address.val().get(),
                data: block.write_data.iter().map(|b| b.val().get()).collect(),
            });
            assert_eq!(
                write.as_ref(),
                expected.get(&cycle),
                "cycle {cycle}, {} lanes; {:?}",
                arch.lanes,
                passes.iter().rfind(|p| p.beats[0].0 <= cycle)
            );
            self.sim.tick().unwrap();
        }
        for (row, states) in memories.states.iter().enumerate() {
            let word = self.host(false, Space::State, row, 0);
            assert_eq!(
                word,
                Self::word(states),
                "state row {row}, {} lanes",
                arch.lanes
            );
        }
        assert_eq!(self.host(false, Space::Program, 1, 0), 0);
    }
}

#[test]
fn every_kind_of_pass_in_any_order() {
    for (lanes, units) in [(1, 16), (2, 32), (4, 16), (8, 64)] {
        let arch = arch(lanes, units);
        let mut random = Random::new(lanes as u64);
        let passes = schedule(&arch, 250, &mut random);
        Bench::new(&arch).compare(&passes, &mut random);
    }
}

/// Steps of one layer: sums, then the recurrent pass, state from step to step.
fn steps(kind: Unit, wide: bool, lanes: usize, count: usize, seed: u64) {
    let arch = arch(lanes, 32);
    let mut random = Random::new(seed);
    let (mut passes, mut at) = (Vec::new(), 40);
    let beats = if kind.columns(wide) == 4 { 8 } else { 3 };
    let cell_bits = 8 + random.below(5) as u32;
    for step in 0..count {
        for unit in [Unit::Sums, kind] {
            let sums = |random: &mut Random| (0..lanes).map(|_| signed(random, 17)).collect();
            passes.push(Pass {
                unit,
                wide: wide && unit == kind,
                plane: (lanes * count * beats) as i64,
                zero: step == 0,
                cell_bits,
                sum_row: 1,
                state_row: 2,
                bank: 1,
                address: (lanes * step * beats) as i64,
                beats: (0..beats as u64)
                    .map(|b| (at + b, sums(&mut random)))
                    .collect(),
            });
            at += (beats as u64).max(4) + if unit == Unit::Sums { 0 } else { 30 };
        }
    }
    Bench::new(&arch).compare(&passes, &mut random);
}

#[test]
fn layers_over_many_steps() {
    for (n, (unit, _)) in Unit::ALL.into_iter().enumerate().skip(2) {
        for lanes in [1, 2, 4, 8] {
            steps(unit, false, lanes, 25, (n * 10 + lanes) as u64);
            steps(unit, true, lanes, 25, (n * 10 + lanes) as u64);
        }
    }
}

#[test]
fn reset_forgets_what_is_on_its_way() {
    let arch = arch(4, 16);
    for (wait, wide) in (0..34).flat_map(|wait| [(wait, false), (wait, true)]) {
        let mut random = Random::new(wait);
        let mut bench = Bench::new(&arch);
        let pass = Pass {
            unit: Unit::Lstm,
            wide,
            plane: 64,
            zero: true,
            cell_bits: 10,
            sum_row: 0,
            state_row: 0,
            bank: 0,
            address: 0,
            beats: (1..5).map(|c| (c, vec![1000; 4])).collect(),
        };
        for cycle in 0..80 {
            bench.drive(std::slice::from_ref(&pass), cycle, &mut random);
            bench.sim.block.reset.next =
                cycle == wait || cycle == wait + 1 || cycle < 5 && wait < 4;
            bench.sim.settle().unwrap();
            assert!(
                cycle <= wait
                    || wait >= if wide { 31 } else { 28 }
                    || !bench.sim.block.write_valid.val()
            );
            bench.sim.tick().unwrap();
        }
    }
}

#[test]
fn verilog_is_the_same() {
    for (lanes, units) in [(1, 16), (2, 16), (4, 32), (8, 16)] {
        let arch = arch(lanes, units);
        let rows = arch.state_rows() as u64;
        Crosscheck::new("recurrent_unit", || RecurrentUnit::new(&arch))
            .cycles(1500)
            .shape(move |block, cycle, random| {
                block.reset.next = cycle < 2 || random.one_in(400);
                block.beat.next = !random.one_in(3);
                block.pass_begin.next = random.one_in(9);
                block.cell_bits.next = (8 + random.below(5).cast_signed()).into();
                block.host_write.next = random.one_in(20);
                block.host_space.next = (5 + random.below(2).cast_signed()).into();
                block.host_offset.next = random.below(rows).cast_signed().into();
            })
            .run()
            .unwrap();
    }
    assert_eq!(isa::UNIT.width, 3);
}

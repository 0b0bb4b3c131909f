//! The sequencer against start times written down from the document, and its Verilog against its Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::collections::{HashMap, HashSet};

use systole_arch::isa::{self, INDEX_STEPS, Instruction, Opcode, WORDS};
use systole_arch::loops::LoopState;
use systole_arch::map::Space;
use systole_arch::{Arch, timing};
use systole_hdl::accelerator::{IndexedAddress, LoopControl, Sequencer};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

/// Cycles after which the word that the host reads must stand.
const HOST_READ: u64 = 10;

/// How a program is meant to go, in cycles after its run command.
#[derive(Default)]
struct Expected {
    /// Place in the program, and the instruction with its index registers added.
    starts: HashMap<u64, (usize, Instruction)>,
    late: HashSet<u64>,
    stop: u64,
    done: bool,
}

/// `S(0) = FETCH`, each next start `max(duration, FETCH)` later; the fault shows while an instruction is due and not fetched.
fn expect(program: &[Instruction]) -> Expected {
    let mut e = Expected::default();
    let mut now = timing::FETCH;
    let mut loops = LoopState::default();
    let mut place = 0;
    while let Some(i) = program.get(place) {
        e.starts.insert(now, (place, loops.apply(i)));
        e.stop = now;
        let opcode = i.get(isa::OPCODE);
        if opcode == Opcode::Loop as i64 {
            loops.enter(i, place);
            place += 1;
        } else if opcode == Opcode::Pass as i64 {
            place = loops.next(place);
        } else {
            e.done = opcode == Opcode::End as i64;
            return e;
        }
        let duration = i.get(isa::DURATION) as u64;
        // Due one cycle before the start: a register. Durations of up to 3 are due after 2 cycles.
        let due = now + duration.max(3) - 1;
        e.late.extend(due..now + timing::FETCH - 1);
        now += duration.max(timing::FETCH);
    }
    e
}

fn pass(random: &mut Random, duration: u64) -> Instruction {
    let mut i = Instruction::new(Opcode::Pass);
    for word in &mut i.words {
        *word = random.bits() as u32;
    }
    i.set(isa::OPCODE, Opcode::Pass as i64).unwrap();
    i.set(isa::DURATION, duration as i64).unwrap();
    i
}

/// A loop of `turns` turns over the `length` instructions behind it.
fn repeat(random: &mut Random, turns: u64, length: usize, duration: u64) -> Instruction {
    let mut i = pass(random, duration);
    i.set(isa::OPCODE, Opcode::Loop as i64).unwrap();
    i.set(isa::LOOP_COUNT, turns as i64 - 1).unwrap();
    i.set(isa::LOOP_LENGTH, length as i64).unwrap();
    for step in INDEX_STEPS {
        let small = random.below(64) as i64 - 32;
        let any = random.bits() as i64;
        i.set_modulo(step, if random.one_in(2) { small } else { any });
    }
    i
}

fn stop(random: &mut Random, opcode: i64) -> Instruction {
    let mut i = pass(random, 50);
    i.set(isa::OPCODE, opcode).unwrap();
    i
}

struct Bench {
    sim: Sim<Sequencer>,
    random: Random,
}

impl Bench {
    fn new(arch: &Arch, seed: u64) -> Self {
        let mut sim = Sim::new(Sequencer::new(arch));
        sim.block.reset.next = true;
        sim.tick().unwrap();
        sim.block.reset.next = false;
        Bench {
            sim,
            random: Random::new(seed),
        }
    }

    fn host(&mut self, write: bool, space: Space, offset: usize, data: u32) {
        let s = &mut self.sim.block;
        s.host_write.next = write;
        s.host_read.next = !write;
        s.host_space.next = (space as u32).into();
        s.host_offset.next = offset.into();
        s.host_data.next = data.into();
        self.sim.tick().unwrap();
        let s = &mut self.sim.block;
        s.host_write.next = false;
        s.host_read.next = false;
        s.host_space.next = 255.into();
        s.host_offset.next = 0x12_3456.into();
        s.host_data.next = 0x1234_5678.into();
    }

    fn load(&mut self, program: &[Instruction]) {
        for (n, word) in program.iter().flat_map(|i| i.words).enumerate() {
            self.host(true, Space::Program, n, word);
            if self.random.one_in(5) {
                let noise = self.random.bits() as u32;
                self.host(true, Space::Weights, n, noise);
            }
        }
    }

    fn read(&mut self, space: Space, offset: usize) -> u32 {
        self.host(false, space, offset, 0);
        for _ in 1..HOST_READ {
            self.sim.tick().unwrap();
        }
        self.sim.block.host_word.val().get() as u32
    }

    /// Runs the program and compares every cycle until some time after its stop.
    fn run(&mut self, program: &[Instruction]) {
        let e = expect(program);
        for now in 0..e.stop + 90 {
            let issuing = self.random.one_in(3);
            self.sim.block.run.next = now == 0 || (now <= e.stop && self.random.one_in(20));
            self.sim.block.issuing.next = issuing;
            self.sim.settle().unwrap();
            let s = &self.sim.block;
            let (n, context) = (
                e.starts.get(&now),
                format!("cycle {now}, {:?}", e.starts.get(&now)),
            );
            let opcode = n.map(|(_, i)| i.get(isa::OPCODE));
            assert_eq!(s.running.val(), now > 0 && now <= e.stop, "{context}");
            assert_eq!(s.start.val(), opcode == Some(1), "{context}");
            assert_eq!(s.timestamp_write.val(), n.is_some(), "{context}");
            assert_eq!(
                s.illegal_opcode.val(),
                opcode.is_some_and(|o| !(1..=3).contains(&o)),
                "{context}"
            );
            assert_eq!(s.overrun.val(), n.is_some() && issuing, "{context}");
            assert_eq!(
                s.late_fetch.val(),
                e.late.contains(&now),
                "late fetch: {context}"
            );
            if now > 0 {
                assert_eq!(s.cycles.val().get() as u64, now.min(e.stop), "{context}");
                assert_eq!(s.done.val(), now > e.stop && e.done, "{context}");
            }
            if let Some((n, instruction)) = n {
                assert_eq!(s.timestamp_index.val().get(), *n as i64, "{context}");
                let words: Vec<_> = s.instruction.iter().map(|w| w.val().get() as u32).collect();
                assert_eq!(words, instruction.words, "{context}");
            }
            self.sim.tick().unwrap();
        }
    }
}

fn arch(program_words: usize) -> Arch {
    Arch {
        program_words,
        ..Arch::preset("8x8").unwrap()
    }
}

#[test]
fn instructions_start_at_their_times() {
    for lean in [false, true] {
        let mut bench = Bench::new(&Arch { lean, ..arch(1024) }, 1);
        for _ in 0..12 {
            let passes = 1 + bench.random.below(8);
            let mut program = Vec::new();
            for _ in 0..passes {
                let duration = timing::FETCH + bench.random.below(30);
                program.push(pass(&mut bench.random, duration));
            }
            program.push(stop(&mut bench.random, Opcode::End as i64));
            bench.load(&program);
            bench.run(&program);
        }
    }
}

#[test]
fn the_smallest_durations_are_fetch_and_below_it_starts_late() {
    for lean in [false, true] {
        let mut bench = Bench::new(&Arch { lean, ..arch(1024) }, 2);
        const F: u64 = timing::FETCH;
        let durations = [
            F,
            F,
            F + 1,
            F - 1,
            F,
            0,
            1,
            2,
            3,
            4,
            5,
            F / 2,
            F - 2,
            255,
            256,
            257,
        ];
        let mut program: Vec<_> = durations
            .iter()
            .map(|d| pass(&mut bench.random, *d))
            .collect();
        program.push(stop(&mut bench.random, Opcode::End as i64));
        bench.load(&program);
        bench.run(&program);
        bench.run(&program);
    }
}

#[test]
fn loops_repeat_their_body_and_move_its_addresses() {
    for lean in [false, true] {
        let mut bench = Bench::new(&Arch { lean, ..arch(2048) }, 8);
        for (round, lengths) in [[1, 1], [1, 3], [4, 1], [2, 5]]
            .into_iter()
            .cycle()
            .take(16)
            .enumerate()
        {
            let random = &mut bench.random;
            let mut program = vec![pass(random, 45)];
            for length in lengths {
                // One turn only, few, and more than a counter of one byte holds.
                let turns = [1, 2, 3 + random.below(4), 260][if round == 0 {
                    3
                } else {
                    random.below(3) as usize
                }];
                let duration = timing::FETCH + random.below(2) * random.below(9);
                program.push(repeat(random, turns, length, duration));
                for _ in 0..length {
                    let duration = timing::FETCH + random.below(2) * random.below(9);
                    program.push(pass(random, duration));
                }
                for _ in 0..random.below(3) {
                    program.push(pass(random, timing::FETCH));
                }
            }
            program.push(stop(random, Opcode::End as i64));
            bench.load(&program);
            bench.run(&program);
        }
    }
}

#[test]
fn loops_stop_with_their_program() {
    let mut bench = Bench::new(&arch(1024), 9);
    // Late instructions, END and an unknown opcode inside a body; a body of nothing; then index registers of a new program are 0.
    for opcode in [Opcode::End as i64, 77] {
        let random = &mut bench.random;
        let looped = [
            repeat(random, 3, 2, 20),
            pass(random, 10),
            pass(random, 50),
            repeat(random, 5, 0, timing::FETCH + 1),
            repeat(random, 5, 3, timing::FETCH + 1),
            pass(random, timing::FETCH),
            stop(random, opcode),
        ];
        let plain = [
            pass(random, timing::FETCH),
            pass(random, timing::FETCH + 4),
            stop(random, Opcode::End as i64),
        ];
        for program in [&looped[..], &plain[..]] {
            bench.load(program);
            bench.run(program);
        }
    }
}

#[test]
fn unknown_opcodes_stop_and_end_alone_is_a_program() {
    let mut bench = Bench::new(&arch(64), 3);
    for opcode in [0, 4, 255, 2, 129, 2] {
        let program = [stop(&mut bench.random, opcode)];
        bench.load(&program);
        bench.run(&program);
    }
}

#[test]
fn reset_stops_a_program() {
    let mut bench = Bench::new(&arch(128), 4);
    let program = [
        pass(&mut bench.random, 60),
        stop(&mut bench.random, Opcode::End as i64),
    ];
    bench.load(&program);
    for stop_at in [
        1,
        10,
        timing::FETCH - 1,
        timing::FETCH,
        timing::FETCH + 1,
        40,
        70,
        99,
    ] {
        for now in 0..200 {
            bench.sim.block.run.next = now == 0;
            bench.sim.block.reset.next = now == stop_at;
            bench.sim.settle().unwrap();
            if now > stop_at {
                let s = &bench.sim.block;
                assert!(
                    !s.running.val() && !s.start.val() && !s.timestamp_write.val() && !s.done.val()
                );
            }
            bench.sim.tick().unwrap();
        }
    }
    bench.run(&program);
}

#[test]
fn the_host_reads_its_program_back() {
    let mut bench = Bench::new(&arch(128), 5);
    let program = [
        pass(&mut bench.random, 60),
        stop(&mut bench.random, Opcode::End as i64),
    ];
    bench.load(&program);
    for n in [0, 1, WORDS - 1, WORDS, 2 * WORDS - 1, 5] {
        let word = bench.read(Space::Program, n);
        assert_eq!(word, program[n / WORDS].words[n % WORDS]);
        assert_eq!(bench.read(Space::Bank0, n), 0);
    }
    bench.run(&program);
    assert_eq!(bench.read(Space::Program, 1), program[0].words[1]);
}

#[test]
fn verilog_agrees() {
    for (words, seed) in [(64, 6), (1024, 7)] {
        Crosscheck::new("sequencer", || Sequencer::new(&arch(words)))
            .cycles(3000)
            .seed(seed)
            .shape(move |s, cycle, random| {
                let load = cycle % 1500 < words as u64 * 5 / 4 && cycle % 1500 < 500;
                let offset = cycle % 1500;
                let word = match offset % WORDS as u64 {
                    0 => {
                        let opcode = if random.one_in(12) {
                            random.below(4)
                        } else {
                            1
                        };
                        let repeats = random.one_in(5);
                        (random.bits() & 0xFFFF_FF00) | if repeats { 3 } else { opcode }
                    }
                    1 => 30 + random.below(40),
                    2 => (1 + random.below(3)) << 16 | random.below(3),
                    _ => random.bits() & 0xFFFF_FFFF,
                };
                s.reset.next = cycle < 2 || random.one_in(900);
                s.run.next = !load && random.one_in(15);
                s.host_write.next = load;
                s.host_read.next = !load && random.one_in(4);
                s.host_space.next = if random.one_in(30) {
                    9.into()
                } else {
                    1.into()
                };
                s.host_offset.next = (offset as usize).into();
                s.host_data.next = (word as i64).into();
            })
            .run()
            .unwrap();
    }
}

#[test]
fn verilog_of_the_loop_registers_agrees() {
    Crosscheck::new("loop_control", LoopControl::new)
        .cycles(2000)
        .shape(|block, _, random| {
            block.clear.next = random.one_in(100);
            block.enter.next = random.one_in(20);
            let turns = (1 + random.below(3)) << 16 | random.below(4);
            block.words[0].next = turns.cast_signed().into();
        })
        .run()
        .unwrap();
    Crosscheck::new("indexed_address", || IndexedAddress::new(isa::OUT_INDEX))
        .cycles(1000)
        .run()
        .unwrap();
}

//! The link against a plain model of its rules: good frames, garbage, damage, repeats, refusals, back-pressure.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::collections::HashMap;

use systole_arch::frame::{self, MAX_WORDS, Type, encode};
use systole_arch::map::{self, Space};
use systole_arch::{Arch, isa, timing};
use systole_hdl::link::Link;
use systole_hdl::rt::Sim;
use systole_hdl::rt::spoil_collisions;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// The link with a memory behind its host bus.
struct Bench {
    sim: Sim<Link>,
    memory: HashMap<(i64, i64), i64>,
    answer: i64,
    /// Cycles since the last read pulse.
    age: u64,
    runs: usize,
    writes: usize,
    running: bool,
    /// In ten cycles without room at the transmitter.
    stalls: u64,
    random: Random,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Bench::with(&Arch::preset("8x8").unwrap(), seed)
    }

    fn with(arch: &Arch, seed: u64) -> Self {
        let mut sim = Sim::new(spoil_collisions(|| Link::new(arch)));
        sim.set("reset", 1).unwrap();
        sim.tick().unwrap();
        sim.tick().unwrap();
        sim.set("reset", 0).unwrap();
        for (port, value) in [("cycle", 1234), ("slots", 77), ("beats", 55)] {
            sim.set(port, value).unwrap();
        }
        Bench {
            sim,
            memory: HashMap::new(),
            answer: 0,
            age: timing::HOST_READ,
            runs: 0,
            writes: 0,
            running: false,
            stalls: 0,
            random: Random(seed),
        }
    }

    /// One cycle: offers a byte, returns whether it was taken and the byte that came out.
    fn cycle(&mut self, byte: Option<u8>) -> (bool, Option<u8>) {
        let ready = self.random.below(10) >= self.stalls;
        self.sim.set("rx_valid", byte.is_some().into()).unwrap();
        self.sim.set("rx_data", byte.unwrap_or(0).into()).unwrap();
        self.sim.set("tx_ready", ready.into()).unwrap();
        self.sim.set("running", self.running.into()).unwrap();
        // Words show no earlier than they have to; something else stands there before.
        self.age += 1;
        let early = self.age < timing::HOST_READ;
        let word = self.answer ^ if early { 0x5a5a_5a5a } else { 0 };
        self.sim.set("host_word", word).unwrap();
        self.sim.settle().unwrap();
        let taken = byte.is_some() && self.sim.get("rx_ready").unwrap() == 1;
        let sent = (ready && self.sim.get("tx_valid").unwrap() == 1)
            .then(|| self.sim.get("tx_data").unwrap() as u8);
        let place = (
            self.sim.get("host_space").unwrap(),
            self.sim.get("host_offset").unwrap(),
        );
        if self.sim.get("host_write").unwrap() == 1 {
            self.writes += 1;
            self.memory
                .insert(place, self.sim.get("host_data").unwrap());
        }
        if self.sim.get("host_read").unwrap() == 1 {
            self.age = 0;
            // Memories answer 0 for spaces that are not theirs.
            self.answer = if place.0 == 0 || place.0 == 5 {
                0
            } else {
                *self.memory.get(&place).unwrap_or(&0)
            };
        }
        self.runs += self.sim.get("run").unwrap() as usize;
        self.sim.tick().unwrap();
        (taken, sent)
    }

    /// Sends bytes and collects what comes back until the line is quiet.
    fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (mut at, mut quiet, mut received) = (0, 0, vec![]);
        while at < bytes.len() || quiet < 300 {
            let (taken, sent) = self.cycle(bytes.get(at).copied());
            at += usize::from(taken);
            quiet = if taken || sent.is_some() {
                0
            } else {
                quiet + 1
            };
            assert!(
                quiet < 5000,
                "the link hangs at byte {at} of {}",
                bytes.len()
            );
            received.extend(sent);
        }
        received
    }

    fn request(&mut self, kind: Type, sequence: u8, words: &[u32]) -> Vec<u8> {
        self.exchange(&encode(kind, sequence, &bytes(words)))
    }
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn answer(kind: Type, sequence: u8, words: &[u32]) -> Vec<u8> {
    encode(kind, sequence, &bytes(words))
}

#[test]
fn writes_and_reads_come_back() {
    let mut bench = Bench::new(1);
    let mut random = Random(9);
    assert_eq!(
        bench.request(Type::Sync, 41, &[]),
        answer(Type::Done, 41, &[])
    );
    let mut sequence = 42u8;
    for count in [1, 2, 7, MAX_WORDS, 100] {
        bench.stalls = random.below(8);
        let address = Space::Bank1.address(random.below(1000) as u32);
        let words: Vec<u32> = (0..count).map(|_| random.next() as u32).collect();
        let payload: Vec<u32> = [address].into_iter().chain(words.iter().copied()).collect();
        assert_eq!(
            bench.request(Type::Write, sequence, &payload),
            answer(Type::Done, sequence, &[])
        );
        sequence = sequence.wrapping_add(1);
        let read = bench.request(Type::Read, sequence, &[address, count as u32]);
        assert_eq!(read, answer(Type::Data, sequence, &words), "{count} words");
        sequence = sequence.wrapping_add(1);
    }
}

#[test]
fn registers_show_the_configuration_and_the_counters() {
    let arch = Arch::preset("8x8").unwrap();
    let mut bench = Bench::new(2);
    let mut expected = vec![
        map::MAGIC_VALUE,
        isa::VERSION,
        arch.hash() as u32,
        (arch.hash() >> 32) as u32,
    ];
    expected.extend(arch.sizes().iter().map(|(_, size)| *size as u32));
    assert_eq!(
        bench.request(Type::Read, 0, &[0, expected.len() as u32]),
        answer(Type::Data, 0, &expected)
    );
    let counters = [1234, 77, 55, 0];
    assert_eq!(
        bench.request(Type::Read, 1, &[map::CYCLES.offset, 4]),
        answer(Type::Data, 1, &counters)
    );
    assert_eq!(
        bench.request(Type::Write, 2, &[map::RUN.offset, 1]),
        answer(Type::Done, 2, &[])
    );
    assert_eq!(bench.runs, 1);
}

#[test]
fn the_session_and_what_the_line_lost_are_kept_until_the_reset() {
    let mut bench = Bench::new(7);
    for (port, cycles) in [("rx_framing", 3), ("rx_lost", 70_000)] {
        bench.sim.set(port, 1).unwrap();
        (0..cycles).for_each(|_| bench.sim.tick().unwrap());
        bench.sim.set(port, 0).unwrap();
    }
    let session = [map::SESSION.offset, 0x1234_5678];
    assert_eq!(
        bench.request(Type::Write, 0, &session),
        answer(Type::Done, 0, &[])
    );
    assert_eq!((bench.runs, bench.writes), (0, 1), "no run command");
    let read = [map::SESSION.offset, 2];
    let both = [session[1], 0xFFFF_0003];
    assert_eq!(
        bench.request(Type::Read, 1, &read),
        answer(Type::Data, 1, &both)
    );
    bench.sim.set("reset", 1).unwrap();
    bench.sim.tick().unwrap();
    bench.sim.set("reset", 0).unwrap();
    assert_eq!(
        bench.request(Type::Read, 0, &read),
        answer(Type::Data, 0, &[0, 0])
    );
}

#[test]
fn order_is_kept() {
    let mut bench = Bench::new(3);
    let write = [Space::Bank0.address(3), 17];
    assert_eq!(
        bench.request(Type::Write, 0, &write),
        answer(Type::Done, 0, &[])
    );
    // The answer was lost: the same request again is answered, not carried out.
    assert_eq!(
        bench.request(Type::Write, 0, &write),
        answer(Type::Done, 0, &[])
    );
    assert_eq!(bench.writes, 1);
    // A gap, and an old number.
    assert_eq!(
        bench.request(Type::Write, 2, &write),
        answer(Type::Reject, 2, &[1])
    );
    assert_eq!(
        bench.request(Type::Write, 255, &write),
        answer(Type::Reject, 255, &[1])
    );
    assert_eq!(bench.writes, 1);
    // A read is repeated; a refusal is remembered.
    let read = [Space::Bank0.address(3), 1];
    assert_eq!(
        bench.request(Type::Read, 1, &read),
        answer(Type::Data, 1, &[17])
    );
    assert_eq!(
        bench.request(Type::Read, 1, &read),
        answer(Type::Data, 1, &[17])
    );
    assert_eq!(
        bench.request(Type::Write, 2, &[Space::Timestamps.address(0), 1]),
        answer(Type::Refused, 2, &[2])
    );
    assert_eq!(
        bench.request(Type::Write, 2, &[Space::Timestamps.address(0), 1]),
        answer(Type::Refused, 2, &[2])
    );
    assert_eq!(
        bench.request(Type::Sync, 254, &[]),
        answer(Type::Done, 254, &[])
    );
    assert_eq!(
        bench.request(Type::Write, 255, &write),
        answer(Type::Done, 255, &[])
    );
    assert_eq!(
        bench.request(Type::Write, 0, &write),
        answer(Type::Done, 0, &[])
    );
}

#[test]
fn what_cannot_be_done_is_refused() {
    let mut bench = Bench::new(4);
    let mut sequence = 0u8;
    let mut expect = |bench: &mut Bench, kind: Type, words: &[u32], code: u32| {
        let got = bench.request(kind, sequence, words);
        assert_eq!(
            got,
            answer(Type::Refused, sequence, &[code]),
            "{kind:?} {words:?}"
        );
        sequence = sequence.wrapping_add(1);
    };
    for space in [
        Space::Timestamps.address(0),
        Space::bank(2) << 24,
        7 << 24,
        0x0c00_0000,
        map::STATUS.offset,
    ] {
        expect(&mut bench, Type::Write, &[space, 1], 2);
    }
    for space in [
        Space::Weights.address(0),
        Space::Tables.address(0),
        Space::bank(3) << 24,
        7 << 24,
    ] {
        expect(&mut bench, Type::Read, &[space, 1], 2);
    }
    expect(&mut bench, Type::Write, &[map::RUN.offset, 1, 1], 2);
    expect(&mut bench, Type::Read, &[0, 0], 3);
    expect(&mut bench, Type::Read, &[0, MAX_WORDS as u32 + 1], 3);
    expect(&mut bench, Type::Read, &[0], 3);
    expect(&mut bench, Type::Write, &[Space::Bank0.address(0)], 3);
    expect(&mut bench, Type::Done, &[], 3);
    expect(&mut bench, Type::Sync, &[1], 3);
    bench.running = true;
    expect(&mut bench, Type::Write, &[Space::Bank0.address(0), 1], 1);
    expect(&mut bench, Type::Read, &[Space::Bank0.address(0), 1], 1);
    expect(&mut bench, Type::Write, &[map::RUN.offset, 1], 1);
    let status = bench.request(Type::Read, sequence, &[map::STATUS.offset, 1]);
    assert_eq!(status, answer(Type::Data, sequence, &[1 | 1 << (8 + 5)]));
    assert_eq!((bench.runs, bench.writes), (0, 0));
}

#[test]
fn states_are_for_accelerators_with_a_recurrent_unit() {
    for recurrent_units in [0, 64] {
        let arch = Arch {
            recurrent_units,
            ..Arch::preset("8x8").unwrap()
        };
        let mut bench = Bench::with(&arch, 6);
        let row = Space::State.address(3);
        for (n, kind) in [Type::Write, Type::Read].into_iter().enumerate() {
            let got = bench.request(kind, n as u8, &[row, 1]);
            let refused = answer(Type::Refused, n as u8, &[2]);
            assert_eq!(got == refused, recurrent_units == 0, "{kind:?}");
        }
        bench.running = true;
        let got = bench.request(Type::Read, 2, &[row, 1]);
        assert_eq!(got, answer(Type::Refused, 2, &[1]), "while a program runs");
    }
}

/// Random damage: no frame with a bad CRC is carried out, and after silence the next good frame is found.
#[test]
fn damage_is_never_carried_out() {
    let mut random = Random(77);
    let mut bench = Bench::new(5);
    let mut damaged_frames = 0;
    for round in 0..300u32 {
        let start = random.below(200) as u8;
        // A good frame must get through whatever came before: at most one longest frame swallows it.
        let mut tries = 0;
        loop {
            let received = bench.request(Type::Sync, start, &[]);
            if received.ends_with(&answer(Type::Done, start, &[])) {
                break;
            }
            tries += 1;
            assert!(
                tries < 110,
                "round {round}: the receiver does not find its way back"
            );
        }
        let before = bench.writes;
        let mut line = encode(
            Type::Write,
            start.wrapping_add(1),
            &bytes(&[Space::Bank0.address(round), round, round]),
        );
        match random.below(4) {
            0 => {
                let bit = random.below(line.len() as u64 * 8) as usize;
                line[bit / 8] ^= 1 << (bit % 8);
            }
            1 => drop(line.remove(random.below(line.len() as u64) as usize)),
            2 => line.insert(
                1 + random.below(line.len() as u64 - 1) as usize,
                0x5a ^ random.next() as u8,
            ),
            _ => line.truncate(1 + random.below(line.len() as u64 - 1) as usize),
        }
        // A doubled byte equal to its neighbour may leave the frame whole.
        let whole = encode(
            Type::Write,
            start.wrapping_add(1),
            &bytes(&[Space::Bank0.address(round), round, round]),
        );
        if line.windows(whole.len()).any(|part| part == whole) {
            continue;
        }
        damaged_frames += 1;
        bench.exchange(&line);
        assert_eq!(bench.writes, before, "round {round}");
    }
    assert!(damaged_frames > 250);
}

#[test]
fn garbage_is_skipped() {
    let mut random = Random(8);
    let mut bench = Bench::new(6);
    for round in 0..100u8 {
        // Start bytes in the garbage, one of them right before the frame.
        let mut line: Vec<u8> = (0..random.below(30))
            .map(|_| {
                if random.below(3) == 0 {
                    frame::START
                } else {
                    random.next() as u8
                }
            })
            .collect();
        line.extend(encode(Type::Sync, round, &[]));
        if line.len() > 10 && (0..line.len() - 10).any(|at| header(&line[at..])) {
            continue;
        }
        assert!(
            bench
                .exchange(&line)
                .ends_with(&answer(Type::Done, round, &[])),
            "round {round}"
        );
    }
}

/// Whether a header seems to begin here (then the garbage is a frame as far as anybody can tell).
fn header(bytes: &[u8]) -> bool {
    bytes[0] == frame::START
        && frame::check(&bytes[1..5]) == bytes[5]
        && u16::from_le_bytes([bytes[3], bytes[4]]) <= 1024
}

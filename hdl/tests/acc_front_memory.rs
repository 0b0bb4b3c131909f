//! Banks and aligner together against arrays of bytes, and the Verilog of both against their Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::collections::VecDeque;

use systole_arch::map::Space;
use systole_arch::{Arch, timing};
use systole_hdl::accelerator::{ActivationMemory, Aligner};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

/// From the beat registers to the residual bytes.
const BEAT_TO_RESIDUAL_BYTES: u64 = 5;
/// Cycles after which the word that the host reads must stand.
const HOST_READ: u64 = 10;

fn arch(preset: &str, lanes: usize, banks: usize) -> Arch {
    let arch = Arch {
        lanes,
        banks,
        bank_words: 16,
        ..Arch::preset(preset).unwrap()
    };
    arch.check("test").unwrap();
    arch
}

fn arches() -> Vec<Arch> {
    let sizes = [
        ("2x2", 1, 2),
        ("2x2", 2, 4),
        ("4x4", 1, 3),
        ("8x8", 4, 2),
        ("8x8", 8, 4),
        ("16x8", 2, 3),
        ("32x32", 8, 4),
    ];
    sizes
        .iter()
        .map(|(preset, lanes, banks)| arch(preset, *lanes, *banks))
        .collect()
}

#[derive(Clone)]
struct Slot {
    bank: usize,
    address: usize,
    y: i64,
    x: i64,
    fill: i64,
    height: i64,
    row_bytes: i64,
}

impl Slot {
    fn random(arch: &Arch, random: &mut Random) -> Self {
        let near = |random: &mut Random, width: u64| random.below(width) as i64 - width as i64 / 2;
        let row_bytes = match random.below(4) {
            0 => random.below(1 << 20) as i64,
            1 => 0,
            _ => random.below(3 * arch.rows as u64) as i64,
        };
        let x = match random.below(6) {
            0 => random.below(1 << 20) as i64 - (1 << 19),
            1 => [-(1 << 19), (1 << 19) - 1][random.below(2) as usize],
            2 => row_bytes.min((1 << 19) - 40) - random.below(arch.rows as u64 + 2) as i64,
            _ => near(random, 6 * arch.rows as u64),
        };
        let y = match random.below(4) {
            0 => [-32768, 32767, -1, 0][random.below(4) as usize],
            _ => near(random, 8),
        };
        Slot {
            bank: random.below(arch.banks as u64) as usize,
            address: random.below(arch.bank_bytes() as u64) as usize,
            y,
            x,
            fill: random.below(256) as i64 - 128,
            height: [0, 2, 5, 65535][random.below(4) as usize],
            row_bytes,
        }
    }

    fn vector(&self, arch: &Arch, banks: &[Vec<u8>]) -> Vec<i64> {
        (0..arch.rows)
            .map(|j| {
                let x = self.x + j as i64;
                let inside = (0..self.height).contains(&self.y) && (0..self.row_bytes).contains(&x);
                let byte = banks[self.bank][(self.address + j) % arch.bank_bytes()];
                if inside {
                    i64::from(byte as i8)
                } else {
                    self.fill
                }
            })
            .collect()
    }
}

/// Both blocks, joined as in the accelerator, and the bytes that they hold.
struct Bench {
    arch: Arch,
    memory: Sim<ActivationMemory>,
    aligner: Sim<Aligner>,
    banks: Vec<Vec<u8>>,
    random: Random,
}

type Residual = (usize, usize);
type Write = (usize, usize, Vec<u8>);

impl Bench {
    fn new(arch: &Arch, seed: u64) -> Self {
        let mut memory = Sim::new(ActivationMemory::new(arch));
        memory.block.reset.next = true;
        memory.tick().unwrap();
        memory.block.reset.next = false;
        Bench {
            arch: arch.clone(),
            memory,
            aligner: Sim::new(Aligner::new(arch)),
            banks: vec![vec![0; arch.bank_bytes()]; arch.banks],
            random: Random::new(seed),
        }
    }

    fn host(&mut self, write: bool, space: u32, offset: usize, data: u32) {
        let m = &mut self.memory.block;
        m.host_write.next = write;
        m.host_read.next = !write;
        m.host_space.next = space.into();
        m.host_offset.next = offset.into();
        m.host_data.next = data.into();
        self.memory.tick().unwrap();
        let m = &mut self.memory.block;
        m.host_write.next = false;
        m.host_read.next = false;
        m.host_space.next = self
            .random
            .below(256)
            .to_owned()
            .try_into()
            .map(|v: u32| v.into())
            .unwrap();
        m.host_offset.next = (self.random.below(1 << 24) as usize).into();
        m.host_data.next = (self.random.below(1 << 32) as usize).into();
    }

    fn fill_by_host(&mut self) {
        for bank in 0..self.arch.banks {
            for word in 0..self.arch.bank_bytes() / 4 {
                let data = self.random.bits() as u32;
                self.host(true, Space::bank(bank), word, data);
                self.banks[bank][4 * word..4 * word + 4].copy_from_slice(&data.to_le_bytes());
            }
        }
    }

    fn check_by_host(&mut self) {
        for bank in 0..self.arch.banks {
            for word in 0..self.arch.bank_bytes() / 4 {
                self.host(false, Space::bank(bank), word, 0);
                for _ in 1..HOST_READ {
                    self.memory.tick().unwrap();
                }
                let bytes: [u8; 4] = std::array::from_fn(|i| self.banks[bank][4 * word + i]);
                let read = self.memory.block.host_word.val().get() as u32;
                assert_eq!(
                    read.to_le_bytes(),
                    bytes,
                    "bank {bank} word {word} of {}",
                    self.arch.name
                );
            }
        }
        for space in [0, 1, Space::bank(0) - 1, Space::bank(self.arch.banks), 255] {
            self.host(false, space, 3, 0);
            for _ in 1..HOST_READ {
                self.memory.tick().unwrap();
            }
            assert_eq!(self.memory.block.host_word.val().get(), 0, "space {space}");
        }
    }

    fn drive(&mut self, slot: Option<&Slot>, residual: Option<&Residual>, write: Option<&Write>) {
        let noise = Slot::random(&self.arch, &mut self.random);
        let s = slot.unwrap_or(&noise);
        let (m, a) = (&mut self.memory.block, &mut self.aligner.block);
        m.slot_valid.next = slot.is_some();
        m.slot_bank.next = s.bank.into();
        m.slot_address.next = s.address.into();
        a.address.next = s.address.into();
        (a.y.next, a.x.next) = (s.y.into(), s.x.into());
        (a.fill.next, a.height.next, a.row_bytes.next) =
            (s.fill.into(), s.height.into(), s.row_bytes.into());
        let (bank, address) = residual.copied().unwrap_or((noise.bank, noise.address));
        m.residual_valid.next = residual.is_some();
        m.residual_bank.next = bank.into();
        m.residual_address.next = address.into();
        let other = (noise.bank, noise.address, vec![0x5A; self.arch.lanes]);
        let (bank, address, data) = write.unwrap_or(&other);
        m.write_valid.next = write.is_some();
        m.write_bank.next = (*bank).into();
        m.write_address.next = (*address).into();
        for (lane, byte) in m.write_data.iter_mut().zip(data) {
            lane.next = (*byte).into();
        }
        self.memory.settle().unwrap();
        for (lane, byte) in self
            .aligner
            .block
            .pair
            .iter_mut()
            .zip(&self.memory.block.pair)
        {
            lane.next = byte.val();
        }
        self.aligner.settle().unwrap();
    }

    fn aligned(&mut self) -> usize {
        self.random
            .below((self.arch.bank_bytes() / self.arch.lanes) as u64) as usize
            * self.arch.lanes
    }

    /// Random slots, residual reads and writes; every vector and every residual operand at its cycle.
    fn traffic(&mut self, cycles: u64) {
        let bank = timing::SLOT_TO_BANK;
        // What presented its address to the banks in the cycle before now, and what is due.
        let mut waiting: VecDeque<(u64, Option<Slot>, Option<Residual>)> = VecDeque::new();
        let mut under_way: Option<(usize, usize, Vec<u8>)> = None;
        let mut vectors: VecDeque<(u64, Vec<i64>)> = VecDeque::new();
        let mut operands: VecDeque<(u64, Vec<u8>)> = VecDeque::new();
        let mut collided = false;
        let mut last = 0;
        for now in 0..cycles {
            let slot = (!self.random.one_in(4)).then(|| {
                let mut s = Slot::random(&self.arch, &mut self.random);
                if self.random.one_in(3) {
                    s.address = last;
                }
                s
            });
            let mut residual: Option<Residual> = None;
            if self.random.one_in(2) {
                residual = Some((
                    self.random.below(self.arch.banks as u64) as usize,
                    self.aligned(),
                ));
            }
            let write = (!self.random.one_in(3)).then(|| {
                let data = (0..self.arch.lanes)
                    .map(|_| self.random.bits() as u8)
                    .collect();
                (
                    self.random.below(self.arch.banks as u64) as usize,
                    self.aligned(),
                    data,
                )
            });
            if let Some(w) = &write {
                last = w.1;
            }
            self.drive(slot.as_ref(), residual.as_ref(), write.as_ref());

            if let Some((_, due)) = vectors.pop_front_if(|v| v.0 == now) {
                let shown: Vec<_> = self
                    .aligner
                    .block
                    .vector
                    .iter()
                    .map(|v| v.val().get())
                    .collect();
                assert_eq!(shown, due, "vector in cycle {now} of {}", self.arch.name);
            }
            if let Some((_, due)) = operands.pop_front_if(|v| v.0 == now) {
                let shown: Vec<_> = self
                    .memory
                    .block
                    .residual
                    .iter()
                    .map(|v| v.val().get() as u8)
                    .collect();
                assert_eq!(shown, due, "residual in cycle {now} of {}", self.arch.name);
            }
            assert_eq!(
                self.memory.block.bank_collision.val(),
                collided,
                "collision in cycle {now}"
            );
            collided = matches!((&slot, &residual), (Some(s), Some(r)) if s.bank == r.0);

            // The banks see addresses and the write of the cycle before, the write after the addresses.
            waiting.push_back((now, slot, residual));
            while let Some((then, slot, residual)) = waiting.pop_front_if(|w| w.0 + bank == now) {
                let collision = matches!((&slot, &residual), (Some(s), Some(r)) if s.bank == r.0);
                if let Some(s) = slot {
                    vectors.push_back((
                        then + timing::SLOT_TO_VECTOR,
                        s.vector(&self.arch, &self.banks),
                    ));
                }
                if let Some((b, a)) = residual.filter(|_| !collision) {
                    let bytes = self.banks[b][a..a + self.arch.lanes].to_vec();
                    operands.push_back((then + BEAT_TO_RESIDUAL_BYTES, bytes));
                }
            }
            if let Some((b, a, data)) = std::mem::replace(&mut under_way, write) {
                self.banks[b][a..a + self.arch.lanes].copy_from_slice(&data);
            }
            self.memory.tick().unwrap();
            self.aligner.tick().unwrap();
        }
        if let Some((b, a, data)) = under_way {
            self.banks[b][a..a + self.arch.lanes].copy_from_slice(&data);
        }
        self.drive(None, None, None);
        for _ in 0..10 {
            self.memory.tick().unwrap();
        }
    }
}

#[test]
fn any_byte_address_of_any_bank_at_its_cycle() {
    for (seed, arch) in arches().iter().enumerate() {
        let mut bench = Bench::new(arch, seed as u64 + 1);
        bench.fill_by_host();
        bench.check_by_host();
        bench.traffic(1500);
        bench.check_by_host();
    }
}

#[test]
fn deep_banks_wrap_at_their_end() {
    let arch = Arch {
        bank_words: 1 << 11,
        ..arch("8x8", 4, 2)
    };
    let mut bench = Bench::new(&arch, 20);
    bench.traffic(3000);
}

#[test]
fn verilog_of_the_banks_agrees() {
    for (seed, arch) in arches().into_iter().enumerate() {
        let banks = arch.banks as u64;
        Crosscheck::new("activation_memory", || ActivationMemory::new(&arch))
            .cycles(1500)
            .seed(seed as u64 + 1)
            .shape(move |m, cycle, random| {
                let host = cycle / 200 % 2 == 1;
                m.reset.next = cycle < 2;
                m.host_write.next = host && random.one_in(2);
                m.host_read.next = host && !m.host_write.next && random.one_in(8);
                m.host_space.next = (8 + random.below(banks + 1) as usize).into();
                m.write_valid.next &= !host;
                m.slot_valid.next &= !host;
                m.residual_valid.next &= !host;
            })
            .run()
            .unwrap();
    }
}

#[test]
fn verilog_of_the_aligner_agrees() {
    for (seed, arch) in arches().into_iter().enumerate() {
        let of = arch.clone();
        Crosscheck::new("aligner", || Aligner::new(&arch))
            .cycles(2000)
            .seed(seed as u64 + 1)
            .shape(move |a, _, random| {
                let s = Slot::random(&of, random);
                (a.y.next, a.x.next) = (s.y.into(), s.x.into());
                (a.height.next, a.row_bytes.next) = (s.height.into(), s.row_bytes.into());
            })
            .run()
            .unwrap();
    }
}

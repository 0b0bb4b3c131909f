//! The whole accelerator over its byte link: a small pass against plain arithmetic, and the Verilog of the system.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod link_host;

use systole_arch::frame::{self, Type};
use systole_arch::isa::{self, Instruction, LEVEL_FIELDS, Opcode};
use systole_arch::map::{self, Space};
use systole_arch::{Arch, Timing, timing};
use systole_hdl::accelerator::{Accelerator, verilog};
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

use link_host::Host;

/// `pixels` vectors of `chunks * R` bytes, times a matrix of as many rows and `C` columns, to bank 1.
struct Job {
    chunks: usize,
    pixels: usize,
    inputs: Vec<i8>,
    weights: Vec<i8>,
    bias: Vec<i64>,
    zero: i64,
}

const M: i64 = 30_000;
const S: u8 = 16;

impl Job {
    fn random(arch: &Arch, random: &mut Random) -> Self {
        let (chunks, pixels) = (3, 6);
        let byte = |random: &mut Random| (random.below(25) as i64 - 12) as i8;
        Job {
            chunks,
            pixels,
            inputs: (0..chunks * pixels * arch.rows)
                .map(|_| byte(random))
                .collect(),
            weights: (0..chunks * arch.rows * arch.cols)
                .map(|_| byte(random))
                .collect(),
            bias: (0..arch.cols)
                .map(|_| random.below(400) as i64 - 200)
                .collect(),
            zero: 5,
        }
    }

    fn result(&self, arch: &Arch) -> Vec<u8> {
        let depth = self.chunks * arch.rows;
        let mut bytes = Vec::new();
        for p in 0..self.pixels {
            for c in 0..arch.cols {
                let product = |k: usize| {
                    i64::from(self.inputs[p * depth + k])
                        * i64::from(self.weights[k * arch.cols + c])
                };
                let acc = (0..depth).map(product).sum::<i64>() + self.bias[c];
                let t = (acc << 16 >> (S - 8)).clamp(-(1 << 17), (1 << 17) - 1);
                let y = ((((t * M) >> 16) + 128) >> 8) + self.zero;
                bytes.push(y.clamp(-128, 127) as i8 as u8);
            }
        }
        bytes
    }

    fn pass(&self, arch: &Arch, duration: u64) -> Instruction {
        let mut i = Instruction::new(Opcode::Pass);
        let (r, depth) = (arch.rows as i64, (self.chunks * arch.rows) as i64);
        let beats = arch.max_beats() as i64;
        let chunk = &LEVEL_FIELDS[0];
        let out_x = &LEVEL_FIELDS[3];
        let mut set = |field, value| i.set_modulo(field, value);
        set(chunk.count, self.chunks as i64 - 1);
        set(chunk.daddress, r);
        set(chunk.dx, r);
        set(chunk.dweight, 1);
        set(out_x.count, self.pixels as i64 - 1);
        set(out_x.daddress, r);
        set(out_x.dx, r);
        set(out_x.dweight, 1 - self.chunks as i64);
        set(isa::HEIGHT, 1);
        set(isa::ROW_BYTES, depth * self.pixels as i64);
        set(isa::OUT_BANK, 1);
        set(isa::BEATS, beats - 1);
        set(isa::BEATS_LAST, beats - 1);
        set(isa::STALL_LAST, (beats - self.chunks as i64).max(0));
        set(isa::OUT_STEP_X, arch.cols as i64);
        set(isa::ZERO, self.zero);
        set(isa::CLAMP_LOW, -128);
        set(isa::CLAMP_HIGH, 127);
        set(isa::DURATION, duration as i64);
        i
    }

    fn load(&self, arch: &Arch, host: &mut Host, duration: u64) {
        let inputs: Vec<u32> = self
            .inputs
            .chunks(4)
            .map(|b| {
                b.iter()
                    .rev()
                    .fold(0, |word, byte| word << 8 | u32::from(*byte as u8))
            })
            .collect();
        host.write(Space::Bank0.address(0), &inputs);
        for step in 0..self.chunks {
            for row in 0..arch.rows {
                for group in 0..arch.groups() {
                    let first = (step * arch.rows + row) * arch.cols + group * arch.group();
                    let columns = &self.weights[first..first + arch.group()];
                    let word = columns
                        .iter()
                        .rev()
                        .fold(0, |w, b| w << 8 | u32::from(*b as u8));
                    host.write(
                        Space::Weights.address(map::weight_offset(arch, step, row, group)),
                        &[word],
                    );
                }
            }
        }
        for (c, bias) in self.bias.iter().enumerate() {
            let offset = map::parameter_offset(arch, c / arch.lanes, c % arch.lanes);
            host.write(
                Space::Parameters.address(offset),
                &map::parameter_words(*bias, M as u16, S),
            );
        }
        let program = [self.pass(arch, duration), Instruction::new(Opcode::End)];
        let words: Vec<u32> = program.iter().flat_map(|i| i.words).collect();
        host.write(Space::Program.address(0), &words);
    }
}

#[test]
fn a_pass_over_the_link() {
    for (preset, seed) in [("2x2", 1), ("4x4", 2), ("8x8", 3)] {
        let arch = Arch::preset(preset).unwrap();
        let job = Job::random(&arch, &mut Random::new(seed));
        let beats = arch.max_beats() as u64;
        let issue =
            job.pixels as u64 * (job.chunks as u64 + beats.saturating_sub(job.chunks as u64));
        let duration = issue + Timing::new(&arch).slot_to_write(false) + beats + 4;
        let mut host = Host::new(&arch);
        assert_eq!(host.register(map::MAGIC), map::MAGIC_VALUE);
        job.load(&arch, &mut host, duration);
        for run in 0..2 {
            host.write(Space::Registers.address(map::RUN.offset), &[1]);
            while host.register(map::STATUS) & 1 == 1 {}
            assert_eq!(
                host.register(map::STATUS),
                2,
                "{preset} run {run}: faults or not done"
            );
            assert_eq!(
                u64::from(host.register(map::CYCLES)),
                timing::FETCH + duration
            );
            assert_eq!(host.register(map::SLOTS) as usize, job.pixels * job.chunks);
            assert_eq!(
                u64::from(host.register(map::BEATS)),
                job.pixels as u64 * beats
            );
            let starts = host.read(Space::Timestamps.address(0), 2);
            assert_eq!(
                starts,
                [timing::FETCH as u32, (timing::FETCH + duration) as u32]
            );
            let expected = job.result(&arch);
            let words = expected.len().div_ceil(4) as u32;
            let bytes: Vec<u8> = host
                .read(Space::Bank1.address(0), words)
                .iter()
                .flat_map(|w| w.to_le_bytes())
                .collect();
            assert_eq!(bytes[..expected.len()], expected, "{preset} run {run}");
        }
    }
}

#[test]
fn every_preset_becomes_verilog() {
    for (preset, _) in systole_arch::config::PRESETS {
        let arch = Arch::preset(preset).unwrap();
        let text = verilog(&arch).unwrap();
        assert!(
            text.contains("module accelerator (") && text.contains("module sequencer ("),
            "{preset}"
        );
    }
    let impossible = Arch {
        rows: 3,
        ..Arch::preset("2x2").unwrap()
    };
    assert!(
        verilog(&impossible)
            .unwrap_err()
            .to_string()
            .contains("rows")
    );
}

#[test]
fn verilog_agrees() {
    for preset in ["2x2", "8x8"] {
        let arch = Arch::preset(preset).unwrap();
        let job = Job::random(&arch, &mut Random::new(9));
        // The bytes that a host sends: load, run, read back.
        let mut stream: Vec<u8> = frame::encode(Type::Sync, 0, &[]);
        let program: Vec<u32> = [job.pass(&arch, 90), Instruction::new(Opcode::End)]
            .iter()
            .flat_map(|i| i.words)
            .collect();
        let requests = [
            (Type::Write, Space::Program.address(0), program),
            (
                Type::Write,
                Space::Bank0.address(0),
                (0..9).map(|i| 0x1234_5678u32.wrapping_mul(i)).collect(),
            ),
            (
                Type::Write,
                Space::Weights.address(0),
                (1..9).map(|i| 0x0102_0304u32.wrapping_mul(i)).collect(),
            ),
            (
                Type::Write,
                Space::Parameters.address(0),
                [map::parameter_words(77, 30_000, 18); 4].concat(),
            ),
            (
                Type::Write,
                Space::Registers.address(map::RUN.offset),
                vec![1],
            ),
        ];
        for (n, (kind, address, words)) in requests.iter().enumerate() {
            let payload: Vec<u8> = std::iter::once(address)
                .chain(words)
                .flat_map(|w| w.to_le_bytes())
                .collect();
            stream.extend(frame::encode(*kind, n as u8 + 1, &payload));
        }
        let (total, mut at, mut taken) = (stream.len() as u64, 0, false);
        Crosscheck::new("accelerator", || Accelerator::new(&arch))
            .cycles(total as usize * 2 + 1500)
            .shape(move |a, cycle, random| {
                at += usize::from(taken);
                a.reset.next = cycle < 2;
                a.rx_valid.next = cycle >= 2 && at < stream.len() && !random.one_in(8);
                a.rx_data.next = stream.get(at).copied().unwrap_or(0).into();
                a.tx_ready.next = !random.one_in(3);
                // Ready depends on registers only: what shows now is true for this cycle.
                taken = a.rx_valid.next && a.rx_ready.val();
            })
            .run()
            .unwrap();
    }
}

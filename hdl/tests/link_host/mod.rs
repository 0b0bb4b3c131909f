//! The host at the other end of the byte link, as far as tests need one.

use systole_arch::Arch;
use systole_arch::frame::{self, Type};
use systole_arch::map::{self, Space};
use systole_hdl::accelerator::Accelerator;
use systole_hdl::rt::{Sim, spoil_collisions};

/// An accelerator with its link.
pub(crate) struct Host {
    pub(crate) sim: Sim<Accelerator>,
    sequence: u8,
}

impl Host {
    pub(crate) fn new(arch: &Arch) -> Self {
        let mut sim = Sim::new(spoil_collisions(|| Accelerator::new(arch)));
        sim.block.reset.next = true;
        sim.tick().unwrap();
        sim.block.reset.next = false;
        let mut host = Host { sim, sequence: 0 };
        host.request(Type::Sync, &[]);
        host
    }

    /// Sends a request and returns type and payload of the answer.
    pub(crate) fn request(&mut self, kind: Type, payload: &[u8]) -> (u8, Vec<u8>) {
        let mut out: std::collections::VecDeque<u8> =
            frame::encode(kind, self.sequence, payload).into();
        let mut answer: Vec<u8> = Vec::new();
        for _ in 0..200_000 {
            let a = &mut self.sim.block;
            a.rx_valid.next = !out.is_empty();
            a.rx_data.next = out.front().copied().unwrap_or(0).into();
            a.tx_ready.next = true;
            self.sim.settle().unwrap();
            if !out.is_empty() && self.sim.block.rx_ready.val() {
                out.pop_front();
            }
            if self.sim.block.tx_valid.val() {
                answer.push(self.sim.block.tx_data.val().get() as u8);
            }
            self.sim.tick().unwrap();
            if answer.len() >= frame::HEADER {
                let length = usize::from(u16::from_le_bytes([answer[3], answer[4]]));
                let end = frame::HEADER + length;
                if answer.len() == end + frame::TRAILER {
                    assert_eq!((answer[0], answer[2]), (frame::START, self.sequence));
                    assert_eq!(answer[end..], frame::crc32(&answer[1..end]).to_le_bytes());
                    self.sequence = self.sequence.wrapping_add(1);
                    return (answer[1], answer[frame::HEADER..end].to_vec());
                }
            }
        }
        panic!("no answer to {kind:?}");
    }

    pub(crate) fn write(&mut self, address: u32, words: &[u32]) {
        for (n, chunk) in words.chunks(frame::MAX_WORDS).enumerate() {
            let at = address + (n * frame::MAX_WORDS) as u32;
            let payload: Vec<u8> = std::iter::once(&at)
                .chain(chunk)
                .flat_map(|w| w.to_le_bytes())
                .collect();
            assert_eq!(self.request(Type::Write, &payload).0, Type::Done as u8);
        }
    }

    pub(crate) fn read(&mut self, address: u32, words: u32) -> Vec<u32> {
        let payload: Vec<u8> = [address, words]
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect();
        let (kind, data) = self.request(Type::Read, &payload);
        assert_eq!(kind, Type::Data as u8);
        data.chunks(4)
            .map(|b| u32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    pub(crate) fn register(&mut self, register: map::Register) -> u32 {
        self.read(Space::Registers.address(register.offset), 1)[0]
    }
}

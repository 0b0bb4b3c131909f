//! All activation banks, their readers and their writers.

use systole_arch::map::Space;
use systole_arch::{Arch, config, isa, timing};

use super::activation_memory_bank::{Bank, HOST_BYTES, group_bytes};
use super::aligner_rotator::Rotator;
use crate::rt::prelude::*;

const TEXT: &str = "All activation banks. Three may read: the slots (2R bytes from the word of any byte address), the residual
operand (an aligned group of P bytes), the host (4 bytes). Each bank serves one of them per cycle; slots win, and two that
want the same bank raise `bank_collision`. Two may write: the beats (P bytes) and, while no program runs, the host.

Cycles after the request: 1 bank input registers, 3 memory outputs, 4 `pair`, 5 `residual`. A write reaches the
memory in its own cycle: a read that presents its address to the bank in that cycle gets the old bytes.";

/// Banks with their read and write ports.
#[derive(LogicBlock)]
pub struct ActivationMemory {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Slot reads.
    pub slot_valid: Flag<In>,
    /// Bank of the slot.
    pub slot_bank: Sig<In>,
    /// Byte address of the slot.
    pub slot_address: Sig<In>,
    /// The residual operand is read.
    pub residual_valid: Flag<In>,
    /// Its bank.
    pub residual_bank: Sig<In>,
    /// Its byte address, a multiple of `P`.
    pub residual_address: Sig<In>,
    /// A beat is written.
    pub write_valid: Flag<In>,
    /// Its bank.
    pub write_bank: Sig<In>,
    /// Its byte address, a multiple of `P`.
    pub write_address: Sig<In>,
    /// Its bytes.
    pub write_data: Vec<Sig<In>>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_read: Flag<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// Bytes of both halves of the slot's bank, four cycles after the slot.
    pub pair: Vec<Sig<Out>>,
    /// Residual bytes, five cycles after the request.
    pub residual: Vec<Sig<Out>>,
    /// Bytes for the host; 0 if another space was read.
    pub host_word: Sig<Out>,
    /// Fault: slot and residual operand wanted the same bank.
    pub bank_collision: Flag<Out>,

    bank: Vec<Bank>,
    read_even: Vec<Reg>,
    read_odd: Vec<Reg>,
    read_group: Reg,
    slot_even: Sig<Local>,
    slot_odd: Sig<Local>,
    other_bank: Sig<Local>,
    other_word: Sig<Local>,
    other_group: Sig<Local>,
    slot_choice: Delay,
    pair_register: Vec<Reg>,
    group_choice: Delay,
    part_choice: Delay,
    group: Vec<Sig<Local>>,
    residual_part: Rotator,
    residual_register: Vec<Reg>,
    host_part: Rotator,
    host_register: Reg,
    host_joined: Sig<Local>,
    collision: FlagReg,

    host_is_bank: Flag<Local>,
    writing: FlagReg,
    reading: FlagReg,
    host_bank: Reg,
    host_address: Reg,
    host_bytes: Reg,

    first_space: Cst,
    last_space: Cst,
    banks: Size,
    rows: Size,
    beat_bytes: Size,
    pair_bytes: Size,
    group_bytes: Size,
    host_word_bytes: Size,
    superword_bits: Size,
    group_bits: Size,
    beat_bits: Size,
    group_in_host_words: Size,
    superword_in_host_words: Size,
}

impl ActivationMemory {
    /// The banks of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (pair, beat, group) = (2 * arch.rows, arch.lanes, group_bytes(arch));
        let (address, bank) = (arch.bank_address_bits(), isa::IN_BANK.width);
        let half = address_width(arch.bank_words / 2);
        let bits = config::bits;
        let group_bits = bits(pair / group).max(1);
        let to_memory = (timing::SLOT_TO_BANK + timing::MEMORY) as usize;
        ActivationMemory {
            doc: Doc::new("activation_memory", TEXT)
                .port(
                    "pair",
                    "bytes of both halves of the slot's bank, four cycles after the slot",
                )
                .port("residual", "five cycles after the request")
                .port(
                    "host_word",
                    "bytes for the host; 0 if another space was read",
                ),
            clock: Signal::default(),
            reset: Flag::new(),
            slot_valid: Flag::new(),
            slot_bank: Sig::uint(bank),
            slot_address: Sig::uint(address),
            residual_valid: Flag::new(),
            residual_bank: Sig::uint(bank),
            residual_address: Sig::uint(address),
            write_valid: Flag::new(),
            write_bank: Sig::uint(bank),
            write_address: Sig::uint(address),
            write_data: Sig::uint_lanes(beat, 8),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            pair: Sig::uint_lanes(pair, 8),
            residual: Sig::uint_lanes(beat, 8),
            host_word: Sig::uint(32),
            bank_collision: Flag::new(),
            bank: (0..arch.banks).map(|_| Bank::new(arch)).collect(),
            read_even: Reg::uint_lanes(arch.banks, half),
            read_odd: Reg::uint_lanes(arch.banks, half),
            read_group: Reg::uint(group_bits),
            slot_even: Sig::uint(half),
            slot_odd: Sig::uint(half),
            other_bank: Sig::uint(bank),
            other_word: Sig::uint(half),
            other_group: Sig::uint(group_bits),
            slot_choice: Delay::uint(bank, to_memory),
            pair_register: Reg::uint_lanes(pair, 8),
            group_choice: Delay::uint(bank, to_memory + 1),
            part_choice: Delay::uint(bits(group / beat).max(1), to_memory + 1),
            group: Sig::uint_lanes(group, 8),
            residual_part: Rotator::new(group, bits(group / beat), beat, beat),
            residual_register: Reg::uint_lanes(beat, 8),
            host_part: Rotator::new(group, bits(group / HOST_BYTES), HOST_BYTES, HOST_BYTES),
            host_register: Reg::uint(32),
            host_joined: Sig::uint(32),
            collision: FlagReg::new(),
            host_is_bank: Flag::new(),
            writing: FlagReg::new(),
            reading: FlagReg::new(),
            host_bank: Reg::uint(bank),
            host_address: Reg::uint(address - bits(HOST_BYTES)),
            host_bytes: Reg::uint(32),
            first_space: Cst::uint(8, i64::from(Space::bank(0))),
            last_space: Cst::uint(8, i64::from(Space::bank(arch.banks - 1))),
            banks: Size::new(arch.banks),
            rows: Size::new(arch.rows),
            beat_bytes: Size::new(beat),
            pair_bytes: Size::new(pair),
            group_bytes: Size::new(group),
            host_word_bytes: Size::new(HOST_BYTES),
            superword_bits: Size::new(bits(pair)),
            group_bits: Size::new(bits(group)),
            beat_bits: Size::new(bits(beat)),
            group_in_host_words: Size::new(bits(group / HOST_BYTES)),
            superword_in_host_words: Size::new(bits(pair / HOST_BYTES)),
        }
    }
}

impl Logic for ActivationMemory {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, reading, host_bank, host_address, host_bytes);
        clock!(
            self,
            clock,
            writing,
            read_group,
            slot_choice,
            group_choice,
            part_choice,
            host_register,
            collision
        );

        // Host bus, through one register.
        self.host_is_bank.next = self.host_space.val() >= self.first_space.val()
            && self.host_space.val() <= self.last_space.val();
        self.writing.d.next = self.host_write.val() && self.host_is_bank.val();
        if self.host_write.val() || self.host_read.val() {
            self.reading.d.next = self.host_read.val() && self.host_is_bank.val();
            self.host_bank.d.next = self.host_space.val();
            self.host_address.d.next = self.host_offset.val();
            self.host_bytes.d.next = self.host_data.val();
        }

        // Readers. The even half reads the word at or after the slot's, the odd half the one at or before it.
        self.slot_even.next = (self.slot_address.val() + self.rows.n) >> self.superword_bits.n;
        self.slot_odd.next = self.slot_address.val() >> self.superword_bits.n;
        self.other_bank.next = self.host_bank.q.val();
        self.other_word.next = self.host_address.q.val() >> self.superword_in_host_words.n;
        self.other_group.next = self.host_address.q.val() >> self.group_in_host_words.n;
        if self.residual_valid.val() {
            self.other_bank.next = self.residual_bank.val();
            self.other_word.next = self.residual_address.val() >> self.superword_bits.n;
            self.other_group.next = self.residual_address.val() >> self.group_bits.n;
        }
        self.read_group.d.next = self.other_group.val();
        self.collision.d.next = self.slot_valid.val()
            && self.residual_valid.val()
            && self.slot_bank.val() == self.residual_bank.val();
        if self.reset.val() {
            self.collision.d.next = false;
            self.writing.d.next = false;
            self.reading.d.next = false;
        }
        self.bank_collision.next = self.collision.q.val();

        for b in 0..self.banks.n {
            self.read_even[b].clock.next = self.clock.val();
            self.read_odd[b].clock.next = self.clock.val();
            self.read_even[b].d.next = self.other_word.val();
            self.read_odd[b].d.next = self.other_word.val();
            if self.slot_valid.val() && self.slot_bank.val() == b {
                self.read_even[b].d.next = self.slot_even.val();
                self.read_odd[b].d.next = self.slot_odd.val();
            }
            self.bank[b].clock.next = self.clock.val();
            self.bank[b].read_even.next = self.read_even[b].q.val();
            self.bank[b].read_odd.next = self.read_odd[b].q.val();
            self.bank[b].read_group.next = self.read_group.q.val();
            self.bank[b].write.next = self.write_valid.val() && self.write_bank.val() == b;
            self.bank[b].write_address.next = self.write_address.val();
            for i in 0..self.beat_bytes.n {
                self.bank[b].write_data[i].next = self.write_data[i].val();
            }
            self.bank[b].host_write.next = self.writing.q.val() && self.host_bank.q.val() == b;
            self.bank[b].host_word.next = self.host_address.q.val();
            self.bank[b].host_data.next = self.host_bytes.q.val();
        }

        // The slot's bank.
        self.slot_choice.d.next = self.slot_bank.val();
        for i in 0..self.pair_bytes.n {
            self.pair_register[i].clock.next = self.clock.val();
            self.pair_register[i].d.next = self.bank[0].pair[i].val();
            for b in 1..self.banks.n {
                if self.slot_choice.q.val() == b {
                    self.pair_register[i].d.next = self.bank[b].pair[i].val();
                }
            }
            self.pair[i].next = self.pair_register[i].q.val();
        }

        // The bank of the residual operand or of the host, and the part of the group that each needs.
        self.group_choice.d.next = self.other_bank.val();
        self.part_choice.d.next = self.residual_address.val() >> self.beat_bits.n;
        for i in 0..self.group_bytes.n {
            self.group[i].next = self.bank[0].group[i].val();
            for b in 1..self.banks.n {
                if self.group_choice.q.val() == b {
                    self.group[i].next = self.bank[b].group[i].val();
                }
            }
            self.residual_part.data[i].next = self.group[i].val();
            self.host_part.data[i].next = self.group[i].val();
        }
        self.residual_part.amount.next = self.part_choice.q.val();
        for i in 0..self.beat_bytes.n {
            self.residual_register[i].clock.next = self.clock.val();
            self.residual_register[i].d.next = self.residual_part.rotated[i].val();
            self.residual[i].next = self.residual_register[i].q.val();
        }
        self.host_part.amount.next = self.host_address.q.val();
        self.host_joined.next = 0.into();
        for i in 0..self.host_word_bytes.n {
            self.host_joined.next =
                self.host_joined.val() | (self.host_part.rotated[i].val() << (i * 8));
        }
        self.host_register.d.next = self.host_joined.val();
        self.host_word.next = 0.into();
        if self.reading.q.val() {
            self.host_word.next = self.host_register.q.val();
        }
    }
}

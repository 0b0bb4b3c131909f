//! One activation bank: two halves, so that `R` bytes from any byte address are read in one cycle.

use systole_arch::{Arch, config, timing};

use super::aligner_rotator::Rotator;
use crate::rt::prelude::*;

const TEXT: &str = "One activation bank: two halves of words of R bytes. Word a lies in half a % 2 at a / 2, so two words
that follow each other are read at once. A superword is one word of each half: 2R bytes.
Built of memories of U = min(P, 4) bytes; a write reaches an aligned group of P bytes (a beat) or of 4 bytes (the host),
through one register: the memories of a bank may lie far apart.
The pair shows two cycles after its addresses; one cycle later `group` shows those of its bytes that the
residual reader or the host asked for.";

/// Bytes of one word of the host.
pub(super) const HOST_BYTES: usize = 4;

/// Bytes of the aligned group that the residual reader and the host get from a bank.
pub(super) fn group_bytes(arch: &Arch) -> usize {
    arch.lanes.max(HOST_BYTES)
}

/// One activation bank.
#[derive(LogicBlock)]
pub struct Bank {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Word of the even half.
    pub read_even: Sig<In>,
    /// Word of the odd half.
    pub read_odd: Sig<In>,
    /// Group of bytes inside the superword, for `group`.
    pub read_group: Sig<In>,
    /// Write a beat.
    pub write: Flag<In>,
    /// Its byte address, a multiple of `P`.
    pub write_address: Sig<In>,
    /// Its bytes.
    pub write_data: Vec<Sig<In>>,
    /// Write a word of the host.
    pub host_write: Flag<In>,
    /// Its number.
    pub host_word: Sig<In>,
    /// Its bytes, lowest first.
    pub host_data: Sig<In>,
    /// Bytes of both halves, the even one below.
    pub pair: Vec<Sig<Out>>,
    /// The group of bytes.
    pub group: Vec<Sig<Out>>,

    unit: Vec<Ram>,
    unit_write: Vec<FlagReg>,
    joined: Vec<Sig<Local>>,
    written: Vec<Reg>,
    write_word: Reg,
    beat_group: Sig<Local>,
    host_group: Sig<Local>,
    group_delay: Delay,
    chooser: Rotator,
    chosen: Vec<Reg>,

    units: Size,
    parts: Size,
    half_units: Size,
    unit_bytes: Size,
    group_lanes: Size,
    beats: Size,
    superword_bits: Size,
    beat_bits: Size,
    host_superword_bits: Size,
    host_group_mask: Size,
    /// Per unit: the groups it belongs to; per part of a group: its first bit in the host's word.
    in_beat: Vec<Size>,
    in_host_word: Vec<Size>,
    host_lsb: Vec<Size>,
}

impl Bank {
    /// One bank of a configuration.
    pub fn new(arch: &Arch) -> Self {
        let (pair, beat, group) = (2 * arch.rows, arch.lanes, group_bytes(arch));
        let unit = beat.min(HOST_BYTES);
        let (units, parts) = (pair / unit, group / unit);
        let half = address_width(arch.bank_words / 2);
        let group_bits = config::bits(pair / group);
        let first_bytes = |count: usize, f: &dyn Fn(usize) -> usize| {
            (0..count)
                .map(|u| Size::new(f(u * unit)))
                .collect::<Vec<_>>()
        };
        Bank {
            doc: Doc::new("activation_bank", TEXT)
                .port("read_even", "word of the even half")
                .port("read_odd", "word of the odd half")
                .port("read_group", "group of bytes inside the superword")
                .port("write", "write a beat")
                .port("host_write", "write a word of the host")
                .port(
                    "pair",
                    "bytes of both halves, the even one below, two cycles after the addresses",
                )
                .port("group", "three cycles after the addresses"),
            clock: Signal::default(),
            read_even: Sig::uint(half),
            read_odd: Sig::uint(half),
            read_group: Sig::uint(group_bits.max(1)),
            write: Flag::new(),
            write_address: Sig::uint(arch.bank_address_bits()),
            write_data: Sig::uint_lanes(beat, 8),
            host_write: Flag::new(),
            host_word: Sig::uint(arch.bank_address_bits() - config::bits(HOST_BYTES)),
            host_data: Sig::uint(8 * HOST_BYTES),
            pair: Sig::uint_lanes(pair, 8),
            group: Sig::uint_lanes(group, 8),
            unit: (0..units)
                .map(|_| {
                    Ram::new(arch.bank_words / 2, 8 * unit)
                        .with_output_register()
                        .without_collisions()
                })
                .collect(),
            unit_write: FlagReg::lanes(units),
            joined: Sig::uint_lanes(parts, 8 * unit),
            written: Reg::uint_lanes(parts, 8 * unit),
            write_word: Reg::uint(half),
            beat_group: Sig::uint(config::bits(pair / beat)),
            host_group: Sig::uint(config::bits(pair / HOST_BYTES).max(1)),
            group_delay: Delay::uint(group_bits.max(1), timing::MEMORY as usize),
            chooser: Rotator::new(pair, group_bits, group, group),
            chosen: Reg::uint_lanes(group, 8),
            units: Size::new(units),
            parts: Size::new(parts),
            half_units: Size::new(units / 2),
            unit_bytes: Size::new(unit),
            group_lanes: Size::new(group),
            beats: Size::new(beat),
            superword_bits: Size::new(config::bits(pair)),
            beat_bits: Size::new(config::bits(beat)),
            host_superword_bits: Size::new(config::bits(pair / HOST_BYTES)),
            host_group_mask: Size::new(pair / HOST_BYTES - 1),
            in_beat: first_bytes(units, &|byte| byte / beat),
            in_host_word: first_bytes(units, &|byte| byte / HOST_BYTES),
            host_lsb: first_bytes(parts, &|byte| 8 * (byte % HOST_BYTES)),
        }
    }
}

impl Logic for Bank {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, group_delay, write_word);

        // Write: the word of both halves, and which of their units take part.
        self.write_word.d.next = self.write_address.val() >> self.superword_bits.n;
        if self.host_write.val() {
            self.write_word.d.next = self.host_word.val() >> self.host_superword_bits.n;
        }
        self.beat_group.next = self.write_address.val() >> self.beat_bits.n;
        self.host_group.next = self.host_word.val() & self.host_group_mask.n;
        for p in 0..self.parts.n {
            self.joined[p].next = 0.into();
            for i in 0..self.unit_bytes.n {
                self.joined[p].next = self.joined[p].val()
                    | (self.write_data[(p * self.unit_bytes.n + i) % self.beats.n].val()
                        << (i * 8));
            }
            if self.host_write.val() {
                self.joined[p].next = self.host_data.val() >> self.host_lsb[p].n;
            }
            self.written[p].clock.next = self.clock.val();
            self.written[p].d.next = self.joined[p].val();
        }
        for u in 0..self.units.n {
            self.unit_write[u].clock.next = self.clock.val();
            self.unit_write[u].d.next = (self.write.val()
                && self.beat_group.val() == self.in_beat[u].n)
                || (self.host_write.val() && self.host_group.val() == self.in_host_word[u].n);
            self.unit[u].clock.next = self.clock.val();
            self.unit[u].write_enable.next = self.unit_write[u].q.val();
            self.unit[u].write_address.next = self.write_word.q.val();
            self.unit[u].write_data.next = self.written[u % self.parts.n].q.val();
            if u < self.half_units.n {
                self.unit[u].read_address.next = self.read_even.val();
            } else {
                self.unit[u].read_address.next = self.read_odd.val();
            }
            for i in 0..self.unit_bytes.n {
                self.pair[u * self.unit_bytes.n + i].next = self.unit[u].read_data.val() >> (i * 8);
                self.chooser.data[u * self.unit_bytes.n + i].next =
                    self.unit[u].read_data.val() >> (i * 8);
            }
        }

        // Read: the group inside the pair.
        self.group_delay.d.next = self.read_group.val();
        self.chooser.amount.next = self.group_delay.q.val();
        for i in 0..self.group_lanes.n {
            self.chosen[i].clock.next = self.clock.val();
            self.chosen[i].d.next = self.chooser.rotated[i].val();
            self.group[i].next = self.chosen[i].q.val();
        }
    }
}

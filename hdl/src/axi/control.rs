//! Registers of the AXI wrapper: identity, soft reset, status, events and their interrupt, counters.
//! Their table is [`systole_arch::axi`].

use systole_arch::Arch;
use systole_arch::axi::{self, Access, REGISTERS, RESET_CYCLES};

use super::lite_port::WORD_BITS;
use crate::rt::prelude::*;

/// The registers.
#[derive(LogicBlock)]
pub struct ControlRegisters {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A write, for one cycle.
    pub write: Flag<In>,
    /// Its word.
    pub write_word: Sig<In>,
    /// Its data.
    pub write_data: Sig<In>,
    /// Its bytes.
    pub write_bytes: Sig<In>,
    /// `write_word` may be written.
    pub writable: Flag<Out>,
    /// Word to read.
    pub read_word: Sig<In>,
    /// What it holds.
    pub read_data: Sig<Out>,
    /// `read_word` is a register.
    pub readable: Flag<Out>,
    /// A program runs.
    pub busy: Flag<In>,
    /// The last program reached its END.
    pub done: Flag<In>,
    /// The last run had a fault.
    pub fault: Flag<In>,
    /// Pulses in the order of the counters.
    pub counts: Vec<Flag<In>>,
    /// Reset of the accelerator.
    pub restart: Flag<Out>,
    /// Interrupt.
    pub irq: Flag<Out>,
    hold: Reg,
    /// Done, fault.
    events: Vec<FlagReg>,
    before: Vec<FlagReg>,
    enables: Vec<FlagReg>,
    level: Vec<Flag<Local>>,
    raised: Vec<Flag<Local>>,
    event_word: Vec<Sig<Local>>,
    enable_word: Vec<Sig<Local>>,
    scratch: Vec<Reg>,
    scratch_word: Vec<Sig<Local>>,
    counters: Vec<Reg>,
    status_word: Sig<Local>,
    restarting: Flag<Local>,
    constants: Vec<Cst>,
    constant_at: Vec<Size>,
    writable_at: Vec<Size>,
    event_bit: Vec<Size>,
    event_count: Size,
    constant_count: Size,
    writable_count: Size,
    counter_count: Size,
    counter_at: Vec<Size>,
    bytes: Size,
    register_count: Size,
    control: Size,
    status: Size,
    events_at: Size,
    enable_at: Size,
    scratch_at: Size,
    soft_reset: Size,
    soft_reset_set: Cst,
    busy_bit: Size,
    done_bit: Size,
    fault_bit: Size,
    resetting_bit: Size,
    reset_cycles: Cst,
}

/// Counters, in the order of the pulses.
pub(super) const COUNTERS: [axi::Register; 4] = [
    axi::RX_BYTES,
    axi::TX_BYTES,
    axi::RX_PACKETS,
    axi::TX_PACKETS,
];

/// Bits of the events, which are those of their enables.
const EVENT_BITS: [usize; 2] = [
    axi::bit(&axi::EVENTS, "done"),
    axi::bit(&axi::EVENTS, "fault"),
];
const _: () = assert!(EVENT_BITS[0] == axi::bit(&axi::IRQ_ENABLE, "done"));
const _: () = assert!(EVENT_BITS[1] == axi::bit(&axi::IRQ_ENABLE, "fault"));
// They are written with the lowest byte.
const _: () = assert!(EVENT_BITS[0] < 8 && EVENT_BITS[1] < 8);
const _: () = assert!(axi::bit(&axi::CONTROL, "soft_reset") < 8);

fn sizes(of: impl IntoIterator<Item = usize>) -> Vec<Size> {
    of.into_iter().map(Size::new).collect()
}

impl ControlRegisters {
    /// The registers of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let constants = axi::constants(arch);
        let writable = || REGISTERS.iter().filter(|r| r.access != Access::Read);
        let events = EVENT_BITS.len();
        ControlRegisters {
            doc: Doc::new("axi_registers", "Registers of the AXI wrapper: identity, soft reset, status, events with their interrupt, counters.")
                .port("counts", "pulses: byte in, byte out, packet in, packet out")
                .port("restart", "reset of the accelerator"),
            clock: Signal::default(),
            reset: Flag::new(),
            write: Flag::new(),
            write_word: Sig::uint(WORD_BITS),
            write_data: Sig::uint(32),
            write_bytes: Sig::uint(4),
            writable: Flag::new(),
            read_word: Sig::uint(WORD_BITS),
            read_data: Sig::uint(32),
            readable: Flag::new(),
            busy: Flag::new(),
            done: Flag::new(),
            fault: Flag::new(),
            counts: Flag::lanes(COUNTERS.len()),
            restart: Flag::new(),
            irq: Flag::new(),
            hold: Reg::uint(address_width(RESET_CYCLES as usize + 1)).init(RESET_CYCLES.into()),
            events: FlagReg::lanes(events),
            before: FlagReg::lanes(events),
            enables: FlagReg::lanes(events),
            level: Flag::lanes(events),
            raised: Flag::lanes(events + 1),
            event_word: Sig::uint_lanes(events + 1, 8),
            enable_word: Sig::uint_lanes(events + 1, 8),
            scratch: Reg::uint_lanes(4, 8),
            scratch_word: Sig::uint_lanes(5, 32),
            counters: Reg::uint_lanes(COUNTERS.len(), 32),
            status_word: Sig::uint(8),
            restarting: Flag::new(),
            constants: constants.iter().map(|(_, value)| Cst::uint(32, i64::from(*value))).collect(),
            constant_at: sizes(constants.iter().map(|(register, _)| register.word())),
            writable_at: sizes(writable().map(axi::Register::word)),
            event_bit: sizes(EVENT_BITS),
            event_count: Size::new(events),
            constant_count: Size::new(constants.len()),
            writable_count: Size::new(writable().count()),
            counter_count: Size::new(COUNTERS.len()),
            counter_at: sizes(COUNTERS.iter().map(axi::Register::word)),
            bytes: Size::new(4),
            register_count: Size::new(REGISTERS.len()),
            control: Size::new(axi::CONTROL.word()),
            status: Size::new(axi::STATUS.word()),
            events_at: Size::new(axi::EVENTS.word()),
            enable_at: Size::new(axi::IRQ_ENABLE.word()),
            scratch_at: Size::new(axi::SCRATCH.word()),
            soft_reset: Size::new(axi::bit(&axi::CONTROL, "soft_reset")),
            soft_reset_set: Cst::uint(8, 1 << axi::bit(&axi::CONTROL, "soft_reset")),
            busy_bit: Size::new(axi::bit(&axi::STATUS, "busy")),
            done_bit: Size::new(axi::bit(&axi::STATUS, "done")),
            fault_bit: Size::new(axi::bit(&axi::STATUS, "fault")),
            resetting_bit: Size::new(axi::bit(&axi::STATUS, "resetting")),
            reset_cycles: Cst::uint(address_width(RESET_CYCLES as usize + 1), RESET_CYCLES.into()),
        }
    }
}

impl Logic for ControlRegisters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, hold);
        // Reset of the accelerator: after the reset of the bus, and on command.
        self.restarting.next = self.hold.q.val().any();
        if self.restarting.val() {
            self.hold.d.next = self.hold.q.val() - 1;
        }
        if self.write.val()
            && self.write_word.val() == self.control.n
            && self.write_bytes.val().get_bit(0)
            && self.write_data.val().get_bit(self.soft_reset.n)
        {
            self.hold.d.next = self.reset_cycles.val();
        }
        if self.reset.val() {
            self.hold.d.next = self.reset_cycles.val();
        }
        self.restart.next = self.restarting.val();

        // Events: a level rises. An event that comes while it is cleared stays.
        self.level[0].next = self.done.val();
        self.level[1].next = self.fault.val();
        self.raised[0].next = false;
        self.event_word[0].next = 0.into();
        self.enable_word[0].next = 0.into();
        for i in 0..self.event_count.n {
            self.events[i].clock.next = self.clock.val();
            self.before[i].clock.next = self.clock.val();
            self.enables[i].clock.next = self.clock.val();
            self.events[i].d.next = self.events[i].q.val();
            self.enables[i].d.next = self.enables[i].q.val();
            self.before[i].d.next = self.level[i].val();
            if self.write.val() && self.write_bytes.val().get_bit(0) {
                if self.write_word.val() == self.events_at.n
                    && self.write_data.val().get_bit(self.event_bit[i].n)
                {
                    self.events[i].d.next = false;
                }
                if self.write_word.val() == self.enable_at.n {
                    self.enables[i].d.next = self.write_data.val().get_bit(self.event_bit[i].n);
                }
            }
            if self.level[i].val() && !self.before[i].q.val() {
                self.events[i].d.next = true;
            }
            if self.restarting.val() || self.reset.val() {
                self.events[i].d.next = false;
                self.before[i].d.next = false;
            }
            if self.reset.val() {
                self.enables[i].d.next = false;
            }
            self.raised[i + 1].next =
                self.raised[i].val() || (self.events[i].q.val() && self.enables[i].q.val());
            self.event_word[i + 1].next = self.event_word[i].val();
            if self.events[i].q.val() {
                self.event_word[i + 1].next = self.event_word[i].val() | (1 << self.event_bit[i].n);
            }
            self.enable_word[i + 1].next = self.enable_word[i].val();
            if self.enables[i].q.val() {
                self.enable_word[i + 1].next =
                    self.enable_word[i].val() | (1 << self.event_bit[i].n);
            }
        }
        self.irq.next = self.raised[self.event_count.n].val();

        // Scratch, byte by byte.
        self.scratch_word[0].next = 0.into();
        for i in 0..self.bytes.n {
            self.scratch[i].clock.next = self.clock.val();
            self.scratch[i].d.next = self.scratch[i].q.val();
            if self.write.val()
                && self.write_word.val() == self.scratch_at.n
                && self.write_bytes.val().get_bit(i)
            {
                self.scratch[i].d.next = self.write_data.val() >> (i * 8);
            }
            if self.reset.val() {
                self.scratch[i].d.next = 0.into();
            }
            self.scratch_word[i + 1].next =
                self.scratch_word[i].val() | (self.scratch[i].q.val() << (i * 8));
        }

        self.status_word.next = 0.into();
        if self.busy.val() {
            self.status_word.next = self.status_word.val() | (1 << self.busy_bit.n);
        }
        if self.done.val() {
            self.status_word.next = self.status_word.val() | (1 << self.done_bit.n);
        }
        if self.fault.val() {
            self.status_word.next = self.status_word.val() | (1 << self.fault_bit.n);
        }
        if self.restarting.val() {
            self.status_word.next = self.status_word.val() | (1 << self.resetting_bit.n);
        }

        // Reads.
        self.readable.next = self.read_word.val() < self.register_count.n;
        self.read_data.next = 0.into();
        for i in 0..self.constant_count.n {
            if self.read_word.val() == self.constant_at[i].n {
                self.read_data.next = self.constants[i].val();
            }
        }
        if self.read_word.val() == self.control.n && self.restarting.val() {
            self.read_data.next = self.soft_reset_set.val();
        }
        if self.read_word.val() == self.status.n {
            self.read_data.next = self.status_word.val();
        }
        if self.read_word.val() == self.events_at.n {
            self.read_data.next = self.event_word[self.event_count.n].val();
        }
        if self.read_word.val() == self.enable_at.n {
            self.read_data.next = self.enable_word[self.event_count.n].val();
        }
        if self.read_word.val() == self.scratch_at.n {
            self.read_data.next = self.scratch_word[self.bytes.n].val();
        }
        for i in 0..self.counter_count.n {
            self.counters[i].clock.next = self.clock.val();
            self.counters[i].d.next = self.counters[i].q.val();
            if self.counts[i].val() {
                self.counters[i].d.next = self.counters[i].q.val() + 1;
            }
            if self.restarting.val() || self.reset.val() {
                self.counters[i].d.next = 0.into();
            }
            if self.read_word.val() == self.counter_at[i].n {
                self.read_data.next = self.counters[i].q.val();
            }
        }
        self.writable.next = false;
        for i in 0..self.writable_count.n {
            if self.write_word.val() == self.writable_at[i].n {
                self.writable.next = true;
            }
        }
    }
}

//! State memory: cell state of an LSTM or hidden state of a GRU, 16 bits for each unit, from one step to the next.

use systole_arch::Arch;
use systole_arch::map::Space;

use super::recurrent_activation::VALUE_BITS;
use crate::rt::prelude::*;

const TEXT: &str = "State of recurrent layers, one row of units for each beat that completes units.

While no program runs the memory belongs to the host: rows that no beat asks for are those of the host bus.";

/// Rows of `U` states of 16 bits.
#[derive(LogicBlock)]
pub struct StateMemory {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A row is read.
    pub read: Flag<In>,
    /// Which one.
    pub read_row: Sig<In>,
    /// The states count as zero, two cycles after `read`.
    pub zero: Flag<In>,
    /// States, three cycles after `read`.
    pub state: Vec<Sig<Out>>,
    /// A row is written.
    pub write: Flag<In>,
    /// Which one.
    pub write_row: Sig<In>,
    /// Its states.
    pub write_state: Vec<Sig<In>>,
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
    /// Row that the host asked for; 0 if it read another space.
    pub host_word: Sig<Out>,
    memory: Ram,
    host_writes: FlagReg,
    host_reads: FlagReg,
    host_row: Reg,
    host_value: Reg,
    written: Vec<Sig<Local>>,
    row: Vec<Sig<Local>>,
    states: Vec<Reg>,
    space: Cst,
    units: Size,
    bits: Size,
}

impl StateMemory {
    /// The state memory of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (row, units) = (address_width(arch.state_rows()), arch.units_at_once());
        StateMemory {
            doc: Doc::new("state_memory", TEXT)
                .port("zero", "two cycles after read: the states count as zero")
                .port("state", "three cycles after read")
                .port(
                    "host_word",
                    "row that the host asked for; 0 if it read another space",
                ),
            clock: Signal::default(),
            read: Flag::new(),
            read_row: Sig::uint(row),
            zero: Flag::new(),
            state: Sig::int_lanes(units, VALUE_BITS),
            write: Flag::new(),
            write_row: Sig::uint(row),
            write_state: Sig::int_lanes(units, VALUE_BITS),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            host_word: Sig::uint(32),
            memory: Ram::new(arch.state_rows(), units * VALUE_BITS)
                .with_output_register()
                .without_collisions(),
            host_writes: FlagReg::new(),
            host_reads: FlagReg::new(),
            host_row: Reg::uint(row),
            host_value: Reg::uint(units * VALUE_BITS),
            written: Sig::uint_lanes(units, VALUE_BITS),
            row: Sig::uint_lanes(units + 1, units * VALUE_BITS),
            states: Reg::int_lanes(units, VALUE_BITS),
            space: Cst::uint(8, Space::State as i64),
            units: Size::new(units),
            bits: Size::new(VALUE_BITS),
        }
    }
}

impl Logic for StateMemory {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, memory, host_writes);
        dff_setup!(self, clock, host_reads, host_row, host_value);
        // Host bus, through one register.
        self.host_writes.d.next =
            self.host_write.val() && self.host_space.val() == self.space.val();
        if self.host_write.val() || self.host_read.val() {
            self.host_reads.d.next =
                self.host_read.val() && self.host_space.val() == self.space.val();
            self.host_row.d.next = self.host_offset.val();
            self.host_value.d.next = self.host_data.val();
        }
        self.host_word.next = 0.into();
        if self.host_reads.q.val() {
            self.host_word.next = self.memory.read_data.val();
        }
        // Write port: unit `u` in bits 16u and up.
        self.row[0].next = 0.into();
        for u in 0..self.units.n {
            self.written[u].next = self.write_state[u].val();
            self.row[u + 1].next = self.row[u].val() | (self.written[u].val() << (u * self.bits.n));
        }
        self.memory.write_enable.next = self.write.val() || self.host_writes.q.val();
        self.memory.write_address.next = self.write_row.val();
        self.memory.write_data.next = self.row[self.units.n].val();
        if self.host_writes.q.val() {
            self.memory.write_address.next = self.host_row.q.val();
            self.memory.write_data.next = self.host_value.q.val();
        }
        // Read port.
        self.memory.read_address.next = self.host_row.q.val();
        if self.read.val() {
            self.memory.read_address.next = self.read_row.val();
        }
        for u in 0..self.units.n {
            self.states[u].clock.next = self.clock.val();
            self.states[u].d.next = self.memory.read_data.val() >> (u * self.bits.n);
            if self.zero.val() {
                self.states[u].d.next = 0.into();
            }
            self.state[u].next = self.states[u].q.val();
        }
    }
}

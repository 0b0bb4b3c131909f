//! A register between the queue and the link.
//!
//! The memory of the queue answers late in a cycle, and the link computes two checksums from a byte before it decides whether it takes it:
//! together they were the slowest path of small boards (12 ns on an ECP5 -6). The UART brings a byte in ten bit times; one in two
//! cycles is enough.

use crate::rt::prelude::*;

/// One byte, registered on both sides.
#[derive(LogicBlock)]
pub struct ByteRegister {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// `data` is there.
    pub offered: Flag<In>,
    /// The byte before the register.
    pub data: Sig<In>,
    /// `data` is taken, if it is there.
    pub taken: Flag<Out>,
    /// `held` is taken, if it is valid.
    pub ready: Flag<In>,
    /// `held` is a byte.
    pub valid: Flag<Out>,
    /// The byte behind the register.
    pub held: Sig<Out>,
    full: FlagReg,
    stored: Reg,
}

impl ByteRegister {
    /// An empty register.
    pub fn new() -> Self {
        ByteRegister {
            doc: Doc::new(
                "byte_register",
                "One byte between registers: takes one when empty, a byte in two cycles.",
            )
            .port("taken", "data is taken if it is offered"),
            clock: Signal::default(),
            reset: Flag::new(),
            offered: Flag::new(),
            data: Sig::uint(8),
            taken: Flag::new(),
            ready: Flag::new(),
            valid: Flag::new(),
            held: Sig::uint(8),
            full: FlagReg::new(),
            stored: Reg::uint(8),
        }
    }
}

impl Default for ByteRegister {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for ByteRegister {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, full, stored);
        self.taken.next = !self.full.q.val();
        if !self.full.q.val() {
            self.stored.d.next = self.data.val();
            self.full.d.next = self.offered.val();
        } else if self.ready.val() {
            self.full.d.next = false;
        }
        if self.reset.val() {
            self.full.d.next = false;
        }
        self.valid.next = self.full.q.val();
        self.held.next = self.stored.q.val();
    }
}

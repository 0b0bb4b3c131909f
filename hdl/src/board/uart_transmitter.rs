//! UART transmitter: eight data bits, no parity, one stop bit, bytes without a gap between them.
//!
//! There is no queue before it: what makes the bytes waits until each is taken.

use crate::rt::prelude::*;

/// The transmitter.
#[derive(LogicBlock)]
pub struct UartTransmitter {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// The byte.
    pub data: Sig<In>,
    /// It is there.
    pub valid: Flag<In>,
    /// It is taken.
    pub ready: Flag<Out>,
    /// The line: a flip-flop, so that nothing but bits is ever on it.
    pub line: Flag<Out>,
    frame: Reg,
    left: Reg,
    count: Reg,
    due: Flag<Local>,
    free: Flag<Local>,
    to_next: Cst,
    stop: Cst,
    rest: Cst,
    all: Cst,
}

/// Bits of a byte on the line: start, data, stop.
const FRAME: usize = 10;

impl UartTransmitter {
    /// A transmitter with so many clock cycles for a bit, at least [`FASTEST_BIT`](super::FASTEST_BIT).
    pub fn new(cycles: u64) -> Self {
        let width = address_width(cycles as usize);
        let rest = (1 << FRAME) - 1;
        UartTransmitter {
            doc: Doc::new(
                "uart_transmitter",
                format!("UART transmitter, 8N1, {cycles} clock cycles for a bit."),
            ),
            clock: Signal::default(),
            reset: Flag::new(),
            data: Sig::uint(8),
            valid: Flag::new(),
            ready: Flag::new(),
            line: Flag::new(),
            frame: Reg::uint(FRAME).init(rest),
            left: Reg::uint(4),
            count: Reg::uint(width),
            due: Flag::new(),
            free: Flag::new(),
            to_next: Cst::uint(width, cycles as i64 - 1),
            stop: Cst::uint(FRAME, 1 << (FRAME - 1)),
            rest: Cst::uint(FRAME, rest),
            all: Cst::uint(4, FRAME as i64),
        }
    }
}

impl Logic for UartTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, frame, left, count);
        self.due.next = !self.count.q.val().any();
        self.free.next = !self.left.q.val().any() || (self.left.q.val() == 1 && self.due.val());
        if self.left.q.val().any() {
            self.count.d.next = self.count.q.val() - 1;
            if self.due.val() {
                self.count.d.next = self.to_next.val();
                self.left.d.next = self.left.q.val() - 1;
                self.frame.d.next = (self.frame.q.val() >> 1) | self.stop.val();
            }
        }
        if self.free.val() && self.valid.val() {
            self.frame.d.next = self.stop.val() | (self.data.val() << 1);
            self.left.d.next = self.all.val();
            self.count.d.next = self.to_next.val();
        }
        if self.reset.val() {
            self.frame.d.next = self.rest.val();
            self.left.d.next = 0.into();
        }
        self.ready.next = self.free.val();
        self.line.next = self.frame.q.val().get_bit(0);
    }
}

//! UART receiver: eight data bits, no parity, one stop bit.
//!
//! The line passes two flip-flops. A bit is the majority of three samples around its middle, so that a disturbance of one
//! clock cycle changes nothing. The middle of the start bit is [`middle`] cycles after the first low sample: an edge
//! lies up to one cycle before its sample, and with this choice, at 8 cycles for a bit or more, the stop bit is met while
//! sender and receiver differ by at most 4 % in either direction.

use crate::rt::prelude::*;

/// What the receiver hears.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Hearing {
    /// Waiting for a line at rest: after a reset, and after a frame without a stop bit.
    Break,
    /// The line is at rest.
    Idle,
    /// In the start bit.
    Start,
    /// In the data bits.
    Data,
    /// In the stop bit.
    Stop,
}

/// The receiver. `valid` and `framing` are pulses of one cycle.
#[derive(LogicBlock)]
pub struct UartReceiver {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// The line, as it comes from the pin.
    pub line: Flag<In>,
    /// The byte.
    pub data: Sig<Out>,
    /// It is complete.
    pub valid: Flag<Out>,
    /// A byte had no stop bit and is thrown away.
    pub framing: Flag<Out>,
    state: StateReg<Hearing>,
    unsettled: FlagReg,
    level: FlagReg,
    previous: FlagReg,
    oldest: FlagReg,
    count: Reg,
    bits: Reg,
    octet: Reg,
    valid_pulse: FlagReg,
    framing_pulse: FlagReg,
    heard: Flag<Local>,
    due: Flag<Local>,
    shifted: Sig<Local>,
    to_middle: Cst,
    to_next: Cst,
}

/// From the first low sample of a start bit to its middle, in clock cycles.
pub fn middle(cycles: u64) -> u64 {
    (cycles - 1) / 2
}

impl UartReceiver {
    /// A receiver with so many clock cycles for a bit, at least [`FASTEST_BIT`](super::FASTEST_BIT).
    pub fn new(cycles: u64) -> Self {
        let width = address_width(cycles as usize);
        UartReceiver {
            doc: Doc::new(
                "uart_receiver",
                format!(
                    "UART receiver, 8N1, {cycles} clock cycles for a bit.\nA bit is the majority of three samples around its middle. A byte without a stop bit is thrown away."
                ),
            )
            .port("line", "from the pin: not synchronous")
            .port("valid", "data is complete, for one cycle")
            .port("framing", "a byte had no stop bit, for one cycle"),
            clock: Signal::default(),
            reset: Flag::new(),
            line: Flag::new(),
            data: Sig::uint(8),
            valid: Flag::new(),
            framing: Flag::new(),
            state: StateReg::new(),
            unsettled: FlagReg::new().init(true),
            level: FlagReg::new().init(true),
            previous: FlagReg::new().init(true),
            oldest: FlagReg::new().init(true),
            count: Reg::uint(width),
            bits: Reg::uint(3),
            octet: Reg::uint(8),
            valid_pulse: FlagReg::new(),
            framing_pulse: FlagReg::new(),
            heard: Flag::new(),
            due: Flag::new(),
            shifted: Sig::uint(8),
            to_middle: Cst::uint(width, middle(cycles) as i64),
            to_next: Cst::uint(width, cycles as i64 - 1),
        }
    }
}

impl Logic for UartReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, count, bits, octet);
        clock!(
            self,
            clock,
            unsettled,
            level,
            previous,
            oldest,
            valid_pulse,
            framing_pulse
        );
        // Two flip-flops against metastability, two more samples for the majority.
        self.unsettled.d.next = self.line.val();
        self.level.d.next = self.unsettled.q.val();
        self.previous.d.next = self.level.q.val();
        self.oldest.d.next = self.previous.q.val();
        self.heard.next = (self.level.q.val() && self.previous.q.val())
            || (self.level.q.val() && self.oldest.q.val())
            || (self.previous.q.val() && self.oldest.q.val());
        self.shifted.next = self.octet.q.val() >> 1;
        if self.heard.val() {
            self.shifted.next = (self.octet.q.val() >> 1) | 128;
        }
        self.due.next = !self.count.q.val().any();
        self.valid_pulse.d.next = false;
        self.framing_pulse.d.next = false;

        self.count.d.next = self.count.q.val() - 1;
        if self.due.val() {
            self.count.d.next = self.to_next.val();
        }
        match self.state.q.val() {
            Hearing::Break => {
                if self.heard.val() {
                    self.state.d.next = Hearing::Idle;
                }
            }
            Hearing::Idle => {
                self.count.d.next = self.to_middle.val();
                if !self.level.q.val() {
                    self.state.d.next = Hearing::Start;
                }
            }
            Hearing::Start => {
                if self.due.val() {
                    self.bits.d.next = 7.into();
                    self.state.d.next = Hearing::Data;
                    if self.heard.val() {
                        self.state.d.next = Hearing::Idle;
                    }
                }
            }
            Hearing::Data => {
                if self.due.val() {
                    self.octet.d.next = self.shifted.val();
                    self.bits.d.next = self.bits.q.val() - 1;
                    if !self.bits.q.val().any() {
                        self.state.d.next = Hearing::Stop;
                    }
                }
            }
            Hearing::Stop => {
                if self.due.val() {
                    self.state.d.next = Hearing::Idle;
                    self.valid_pulse.d.next = self.heard.val();
                    // A sender that is faster may have begun the next byte.
                    if !self.level.q.val() {
                        self.count.d.next = self.to_middle.val();
                        self.state.d.next = Hearing::Start;
                    }
                    if !self.heard.val() {
                        self.framing_pulse.d.next = true;
                        self.state.d.next = Hearing::Break;
                    }
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = Hearing::Break;
            self.valid_pulse.d.next = false;
            self.framing_pulse.d.next = false;
        }
        self.data.next = self.octet.q.val();
        self.valid.next = self.valid_pulse.q.val();
        self.framing.next = self.framing_pulse.q.val();
    }
}

//! The link: receiver, host port, registers and transmitter.

use systole_arch::Arch;
use systole_arch::map::{FAULTS, TIMESTAMPS};

use super::host_port::HostPort;
use super::receiver::FrameReceiver;
use super::registers::Registers;
use super::transmitter::FrameTransmitter;
use crate::rt::prelude::*;

/// Byte streams on one side, the host bus on the other.
#[derive(LogicBlock)]
pub struct Link {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Byte from the host.
    pub rx_data: Sig<In>,
    /// A byte is there.
    pub rx_valid: Flag<In>,
    /// It is taken.
    pub rx_ready: Flag<Out>,
    /// Byte to the host.
    pub tx_data: Sig<Out>,
    /// A byte is there.
    pub tx_valid: Flag<Out>,
    /// It is taken.
    pub tx_ready: Flag<In>,
    /// A program runs.
    pub running: Flag<In>,
    /// The last program reached its END.
    pub done: Flag<In>,
    /// Cycles since the run command.
    pub cycle: Sig<In>,
    /// Slots since the run command.
    pub slots: Sig<In>,
    /// Beats since the run command.
    pub beats: Sig<In>,
    /// Fault pulses in the order of `map::FAULTS`; that of the host port is added here.
    pub faults: Vec<Flag<In>>,
    /// An instruction starts.
    pub timestamp_write: Flag<In>,
    /// Its number.
    pub timestamp_index: Sig<In>,
    /// The line brought a byte without a stop bit.
    pub rx_framing: Flag<In>,
    /// There was no room for a byte.
    pub rx_lost: Flag<In>,
    /// Run command.
    pub run: Flag<Out>,
    /// Any sticky fault.
    pub fault: Flag<Out>,
    /// Host bus: write pulse.
    pub host_write: Flag<Out>,
    /// Host bus: read pulse.
    pub host_read: Flag<Out>,
    /// Host bus: space.
    pub host_space: Sig<Out>,
    /// Host bus: offset.
    pub host_offset: Sig<Out>,
    /// Host bus: data.
    pub host_data: Sig<Out>,
    /// Host bus: data read from the memories.
    pub host_word: Sig<In>,
    receiver: FrameReceiver,
    port: HostPort,
    registers: Registers,
    transmitter: FrameTransmitter,
    fault_count: Size,
    own_fault: Size,
}

impl Link {
    /// The link of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let own = FAULTS
            .iter()
            .position(|fault| fault.name == "run_while_busy")
            .unwrap_or(0);
        Link {
            doc: Doc::new("link", "Framed byte link: requests from the host become accesses on the host bus, answers go back.")
                .port("faults", "fault pulses of the machine, in the order of the fault bits"),
            clock: Signal::default(),
            reset: Flag::new(),
            rx_data: Sig::uint(8),
            rx_valid: Flag::new(),
            rx_ready: Flag::new(),
            tx_data: Sig::uint(8),
            tx_valid: Flag::new(),
            tx_ready: Flag::new(),
            running: Flag::new(),
            done: Flag::new(),
            cycle: Sig::uint(32),
            slots: Sig::uint(32),
            beats: Sig::uint(32),
            faults: Flag::lanes(FAULTS.len()),
            timestamp_write: Flag::new(),
            timestamp_index: Sig::uint(address_width(TIMESTAMPS)),
            rx_framing: Flag::new(),
            rx_lost: Flag::new(),
            run: Flag::new(),
            fault: Flag::new(),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            host_word: Sig::uint(32),
            receiver: FrameReceiver::new(),
            port: HostPort::new(arch),
            registers: Registers::new(arch),
            transmitter: FrameTransmitter::new(),
            fault_count: Size::new(FAULTS.len()),
            own_fault: Size::new(own),
        }
    }
}

impl Logic for Link {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, receiver, port, registers, transmitter);
        self.receiver.reset.next = self.reset.val();
        self.port.reset.next = self.reset.val();
        self.registers.reset.next = self.reset.val();
        self.transmitter.reset.next = self.reset.val();

        self.receiver.rx_data.next = self.rx_data.val();
        self.receiver.rx_valid.next = self.rx_valid.val();
        self.rx_ready.next = self.receiver.rx_ready.val();
        self.receiver.index.next = self.port.index.val();
        self.receiver.discard.next = self.port.discard.val();

        self.port.running.next = self.running.val();
        self.port.held.next = self.receiver.held.val();
        self.port.kind.next = self.receiver.kind.val();
        self.port.number.next = self.receiver.number.val();
        self.port.length.next = self.receiver.length.val();
        self.port.word.next = self.receiver.word.val();
        self.port.host_word.next = self.host_word.val() | self.registers.word.val();
        self.port.send_word_taken.next = self.transmitter.word_taken.val();
        self.port.send_idle.next = self.transmitter.idle.val();

        self.transmitter.start.next = self.port.send.val();
        self.transmitter.kind.next = self.port.send_kind.val();
        self.transmitter.number.next = self.receiver.number.val();
        self.transmitter.words.next = self.port.send_words.val();
        self.transmitter.word.next = self.port.send_word.val();
        self.transmitter.word_valid.next = self.port.send_word_valid.val();
        self.tx_data.next = self.transmitter.tx_data.val();
        self.tx_valid.next = self.transmitter.tx_valid.val();
        self.transmitter.tx_ready.next = self.tx_ready.val();

        self.registers.run.next = self.port.run.val();
        self.registers.running.next = self.running.val();
        self.registers.done.next = self.done.val();
        self.registers.cycle.next = self.cycle.val();
        self.registers.slots.next = self.slots.val();
        self.registers.beats.next = self.beats.val();
        self.registers.timestamp_write.next = self.timestamp_write.val();
        self.registers.timestamp_index.next = self.timestamp_index.val();
        self.registers.rx_framing.next = self.rx_framing.val();
        self.registers.rx_lost.next = self.rx_lost.val();
        self.registers.host_write.next = self.port.host_write.val();
        self.registers.host_data.next = self.port.host_data.val();
        self.registers.host_space.next = self.port.host_space.val();
        self.registers.host_offset.next = self.port.host_offset.val();
        for i in 0..self.fault_count.n {
            self.registers.faults[i].next = self.faults[i].val();
            if i == self.own_fault.n {
                self.registers.faults[i].next =
                    self.faults[i].val() || self.port.run_while_busy.val();
            }
        }

        self.run.next = self.port.run.val();
        self.fault.next = self.registers.fault.val();
        self.host_write.next = self.port.host_write.val();
        self.host_read.next = self.port.host_read.val();
        self.host_space.next = self.port.host_space.val();
        self.host_offset.next = self.port.host_offset.val();
        self.host_data.next = self.port.host_data.val();
    }
}

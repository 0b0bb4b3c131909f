//! The accelerator behind a UART: everything of a board that runs with the core clock.

use systole_arch::Arch;
use systole_arch::frame::RECEIVE_QUEUE;

use super::{ByteFifo, ByteRegister, UartReceiver, UartTransmitter};
use crate::accelerator::Accelerator;
use crate::rt::prelude::*;

/// UART, queue and accelerator.
#[derive(LogicBlock)]
pub struct SerialAccelerator {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// From the host.
    pub uart_rx: Flag<In>,
    /// To the host.
    pub uart_tx: Flag<Out>,
    /// A program runs.
    pub busy: Flag<Out>,
    /// The last run had a fault.
    pub fault: Flag<Out>,
    inner_reset: FlagReg,
    accelerator: Accelerator,
    receiver: UartReceiver,
    queue: ByteFifo,
    front: ByteRegister,
    transmitter: UartTransmitter,
}

impl SerialAccelerator {
    /// The accelerator of one configuration, which must be one that [`Arch::check`] accepts, with so many clock cycles for a
    /// bit on the line.
    pub fn new(arch: &Arch, cycles: u64) -> Self {
        SerialAccelerator {
            doc: Doc::new("serial_accelerator", "Accelerator with a UART to the host.")
                .port("uart_rx", "from the pin: not synchronous"),
            clock: Signal::default(),
            reset: Flag::new(),
            uart_rx: Flag::new(),
            uart_tx: Flag::new(),
            busy: Flag::new(),
            fault: Flag::new(),
            inner_reset: FlagReg::new(),
            accelerator: Accelerator::new(arch),
            receiver: UartReceiver::new(cycles),
            queue: ByteFifo::new(RECEIVE_QUEUE),
            front: ByteRegister::new(),
            transmitter: UartTransmitter::new(cycles),
        }
    }
}

impl Logic for SerialAccelerator {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            accelerator,
            inner_reset,
            receiver,
            queue,
            front,
            transmitter
        );
        // The accelerator lies all over the device, the line near its pins.
        self.inner_reset.d.next = self.reset.val();
        self.accelerator.reset.next = self.inner_reset.q.val();
        self.receiver.reset.next = self.reset.val();
        self.queue.reset.next = self.reset.val();
        self.front.reset.next = self.reset.val();
        self.transmitter.reset.next = self.reset.val();

        self.receiver.line.next = self.uart_rx.val();
        self.queue.push.next = self.receiver.valid.val();
        self.queue.data.next = self.receiver.data.val();
        self.front.offered.next = self.queue.valid.val();
        self.front.data.next = self.queue.front.val();
        self.queue.ready.next = self.front.taken.val();
        self.accelerator.rx_valid.next = self.front.valid.val();
        self.accelerator.rx_data.next = self.front.held.val();
        self.front.ready.next = self.accelerator.rx_ready.val();
        self.accelerator.rx_framing.next = self.receiver.framing.val();
        self.accelerator.rx_lost.next = self.queue.lost.val();

        self.transmitter.data.next = self.accelerator.tx_data.val();
        self.transmitter.valid.next = self.accelerator.tx_valid.val();
        self.accelerator.tx_ready.next = self.transmitter.ready.val();
        self.uart_tx.next = self.transmitter.line.val();

        self.busy.next = self.accelerator.busy.val();
        self.fault.next = self.accelerator.fault.val();
    }
}

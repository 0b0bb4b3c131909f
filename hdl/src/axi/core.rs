//! The accelerator with AXI4-Stream and AXI4-Lite instead of its byte streams: everything behind the reset synchronizer.

use systole_arch::Arch;

use super::lite_port::WORD_BITS;
use super::{ControlRegisters, LitePort, WordPacker, WordUnpacker};
use crate::accelerator::Accelerator;
use crate::rt::prelude::*;

/// Accelerator, streams of words, registers.
#[derive(LogicBlock)]
pub struct AxiCore {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reset, released in step with the clock.
    pub reset: Flag<In>,
    /// Requests.
    pub s_axis_tdata: Sig<In>,
    /// Requests.
    pub s_axis_tkeep: Sig<In>,
    /// Requests.
    pub s_axis_tlast: Flag<In>,
    /// Requests.
    pub s_axis_tvalid: Flag<In>,
    /// Requests.
    pub s_axis_tready: Flag<Out>,
    /// Answers.
    pub m_axis_tdata: Sig<Out>,
    /// Answers.
    pub m_axis_tkeep: Sig<Out>,
    /// Answers.
    pub m_axis_tlast: Flag<Out>,
    /// Answers.
    pub m_axis_tvalid: Flag<Out>,
    /// Answers.
    pub m_axis_tready: Flag<In>,
    /// Registers: write address, number of the word.
    pub s_axi_awaddr: Sig<In>,
    /// Registers: write address.
    pub s_axi_awvalid: Flag<In>,
    /// Registers: write address.
    pub s_axi_awready: Flag<Out>,
    /// Registers: write data.
    pub s_axi_wdata: Sig<In>,
    /// Registers: write data.
    pub s_axi_wstrb: Sig<In>,
    /// Registers: write data.
    pub s_axi_wvalid: Flag<In>,
    /// Registers: write data.
    pub s_axi_wready: Flag<Out>,
    /// Registers: answer to a write.
    pub s_axi_bresp: Sig<Out>,
    /// Registers: answer to a write.
    pub s_axi_bvalid: Flag<Out>,
    /// Registers: answer to a write.
    pub s_axi_bready: Flag<In>,
    /// Registers: read address, number of the word.
    pub s_axi_araddr: Sig<In>,
    /// Registers: read address.
    pub s_axi_arvalid: Flag<In>,
    /// Registers: read address.
    pub s_axi_arready: Flag<Out>,
    /// Registers: read data.
    pub s_axi_rdata: Sig<Out>,
    /// Registers: read data.
    pub s_axi_rresp: Sig<Out>,
    /// Registers: read data.
    pub s_axi_rvalid: Flag<Out>,
    /// Registers: read data.
    pub s_axi_rready: Flag<In>,
    /// Interrupt.
    pub irq: Flag<Out>,
    accelerator: Accelerator,
    unpacker: WordUnpacker,
    packer: WordPacker,
    port: LitePort,
    registers: ControlRegisters,
    quiet: Flag<Local>,
}

impl AxiCore {
    /// The core of one configuration, which must be one that [`Arch::check`] accepts.
    pub fn new(arch: &Arch) -> Self {
        AxiCore {
            doc: Doc::new("axi_core", "Accelerator with AXI4-Stream for requests and answers, and registers on AXI4-Lite.")
                .port("s_axi_awaddr", "number of the word")
                .port("s_axi_araddr", "number of the word"),
            clock: Signal::default(),
            reset: Flag::new(),
            s_axis_tdata: Sig::uint(32),
            s_axis_tkeep: Sig::uint(4),
            s_axis_tlast: Flag::new(),
            s_axis_tvalid: Flag::new(),
            s_axis_tready: Flag::new(),
            m_axis_tdata: Sig::uint(32),
            m_axis_tkeep: Sig::uint(4),
            m_axis_tlast: Flag::new(),
            m_axis_tvalid: Flag::new(),
            m_axis_tready: Flag::new(),
            s_axi_awaddr: Sig::uint(WORD_BITS),
            s_axi_awvalid: Flag::new(),
            s_axi_awready: Flag::new(),
            s_axi_wdata: Sig::uint(32),
            s_axi_wstrb: Sig::uint(4),
            s_axi_wvalid: Flag::new(),
            s_axi_wready: Flag::new(),
            s_axi_bresp: Sig::uint(2),
            s_axi_bvalid: Flag::new(),
            s_axi_bready: Flag::new(),
            s_axi_araddr: Sig::uint(WORD_BITS),
            s_axi_arvalid: Flag::new(),
            s_axi_arready: Flag::new(),
            s_axi_rdata: Sig::uint(32),
            s_axi_rresp: Sig::uint(2),
            s_axi_rvalid: Flag::new(),
            s_axi_rready: Flag::new(),
            irq: Flag::new(),
            accelerator: Accelerator::new(arch),
            unpacker: WordUnpacker::new(),
            packer: WordPacker::new(),
            port: LitePort::new(),
            registers: ControlRegisters::new(arch),
            quiet: Flag::new(),
        }
    }
}

impl Logic for AxiCore {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, accelerator, unpacker, packer, port, registers);
        self.port.reset.next = self.reset.val();
        self.registers.reset.next = self.reset.val();
        self.quiet.next = self.reset.val() || self.registers.restart.val();
        self.accelerator.reset.next = self.quiet.val();
        self.unpacker.reset.next = self.quiet.val();
        self.packer.reset.next = self.reset.val();
        self.packer.restart.next = self.registers.restart.val();

        self.unpacker.tdata.next = self.s_axis_tdata.val();
        self.unpacker.tkeep.next = self.s_axis_tkeep.val();
        self.unpacker.tvalid.next = self.s_axis_tvalid.val();
        self.s_axis_tready.next = self.unpacker.tready.val();
        self.accelerator.rx_data.next = self.unpacker.data.val();
        self.accelerator.rx_valid.next = self.unpacker.valid.val();
        self.unpacker.ready.next = self.accelerator.rx_ready.val();
        // A stream loses nothing.
        self.accelerator.rx_framing.next = false;
        self.accelerator.rx_lost.next = false;

        self.packer.data.next = self.accelerator.tx_data.val();
        self.packer.valid.next = self.accelerator.tx_valid.val();
        self.accelerator.tx_ready.next = self.packer.ready.val();
        self.m_axis_tdata.next = self.packer.tdata.val();
        self.m_axis_tkeep.next = self.packer.tkeep.val();
        self.m_axis_tlast.next = self.packer.tlast.val();
        self.m_axis_tvalid.next = self.packer.tvalid.val();
        self.packer.tready.next = self.m_axis_tready.val();

        self.port.awaddr.next = self.s_axi_awaddr.val();
        self.port.awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.port.awready.val();
        self.port.wdata.next = self.s_axi_wdata.val();
        self.port.wstrb.next = self.s_axi_wstrb.val();
        self.port.wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.port.wready.val();
        self.s_axi_bresp.next = self.port.bresp.val();
        self.s_axi_bvalid.next = self.port.bvalid.val();
        self.port.bready.next = self.s_axi_bready.val();
        self.port.araddr.next = self.s_axi_araddr.val();
        self.port.arvalid.next = self.s_axi_arvalid.val();
        self.s_axi_arready.next = self.port.arready.val();
        self.s_axi_rdata.next = self.port.rdata.val();
        self.s_axi_rresp.next = self.port.rresp.val();
        self.s_axi_rvalid.next = self.port.rvalid.val();
        self.port.rready.next = self.s_axi_rready.val();

        self.registers.write.next = self.port.write.val();
        self.registers.write_word.next = self.port.write_word.val();
        self.registers.write_data.next = self.port.write_data.val();
        self.registers.write_bytes.next = self.port.write_bytes.val();
        self.port.writable.next = self.registers.writable.val();
        self.registers.read_word.next = self.port.read_word.val();
        self.port.read_data.next = self.registers.read_data.val();
        self.port.readable.next = self.registers.readable.val();
        self.registers.busy.next = self.accelerator.busy.val();
        self.registers.done.next = self.accelerator.done.val();
        self.registers.fault.next = self.accelerator.fault.val();
        // Byte in, byte out, packet in, packet out.
        self.registers.counts[0].next =
            self.unpacker.valid.val() && self.accelerator.rx_ready.val();
        self.registers.counts[1].next = self.accelerator.tx_valid.val() && self.packer.ready.val();
        self.registers.counts[2].next =
            self.s_axis_tvalid.val() && self.unpacker.tready.val() && self.s_axis_tlast.val();
        self.registers.counts[3].next =
            self.packer.tvalid.val() && self.m_axis_tready.val() && self.packer.tlast.val();
        self.irq.next = self.registers.irq.val();
    }
}

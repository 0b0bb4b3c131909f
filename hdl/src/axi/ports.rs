//! Ports of `accelerator_axi`, once: the Verilog, the IP-XACT description and the Platform Designer component are made from it.

use systole_arch::axi::ADDRESS_BITS;

/// What a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// The clock of everything.
    Clock,
    /// The reset of everything.
    Reset,
    /// Requests in.
    Requests,
    /// Answers out.
    Answers,
    /// Registers.
    Registers,
    /// Interrupt.
    Interrupt,
}

/// One port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its interface.
    pub interface: Interface,
    /// Name of the signal in its interface, as in the standard.
    pub signal: &'static str,
    /// Bits.
    pub width: usize,
    /// Whether it is an input.
    pub input: bool,
}

impl Interface {
    /// All of them, in the order of the ports.
    pub const ALL: [Interface; 6] = [
        Interface::Clock,
        Interface::Reset,
        Interface::Requests,
        Interface::Answers,
        Interface::Registers,
        Interface::Interrupt,
    ];

    /// Its name, which is the prefix of its ports, or the port.
    pub fn name(self) -> &'static str {
        match self {
            Interface::Clock => "aclk",
            Interface::Reset => "aresetn",
            Interface::Requests => "s_axis",
            Interface::Answers => "m_axis",
            Interface::Registers => "s_axi",
            Interface::Interrupt => "irq",
        }
    }

    /// Its ports.
    pub fn ports(self) -> impl Iterator<Item = &'static Port> {
        PORTS.iter().filter(move |port| port.interface == self)
    }
}

impl Port {
    /// Name in the Verilog.
    pub fn name(&self) -> String {
        let name = self.interface.name();
        match self.interface {
            Interface::Requests | Interface::Answers | Interface::Registers => {
                format!("{name}_{}", self.signal.to_lowercase())
            }
            Interface::Clock | Interface::Reset | Interface::Interrupt => name.to_owned(),
        }
    }
}

const fn port(interface: Interface, signal: &'static str, width: usize, input: bool) -> Port {
    Port {
        interface,
        signal,
        width,
        input,
    }
}

/// Ports of a stream; `input` is the direction of the data.
const fn stream(interface: Interface, input: bool) -> [Port; 5] {
    [
        port(interface, "TDATA", 32, input),
        port(interface, "TKEEP", 4, input),
        port(interface, "TLAST", 1, input),
        port(interface, "TVALID", 1, input),
        port(interface, "TREADY", 1, !input),
    ]
}

const REQUESTS: [Port; 5] = stream(Interface::Requests, true);
const ANSWERS: [Port; 5] = stream(Interface::Answers, false);

const fn lite(signal: &'static str, width: usize, input: bool) -> Port {
    port(Interface::Registers, signal, width, input)
}

/// All ports, in the order of the module.
pub const PORTS: [Port; 32] = [
    port(Interface::Clock, "CLK", 1, true),
    port(Interface::Reset, "RST", 1, true),
    REQUESTS[0],
    REQUESTS[1],
    REQUESTS[2],
    REQUESTS[3],
    REQUESTS[4],
    ANSWERS[0],
    ANSWERS[1],
    ANSWERS[2],
    ANSWERS[3],
    ANSWERS[4],
    lite("AWADDR", ADDRESS_BITS, true),
    lite("AWPROT", 3, true),
    lite("AWVALID", 1, true),
    lite("AWREADY", 1, false),
    lite("WDATA", 32, true),
    lite("WSTRB", 4, true),
    lite("WVALID", 1, true),
    lite("WREADY", 1, false),
    lite("BRESP", 2, false),
    lite("BVALID", 1, false),
    lite("BREADY", 1, true),
    lite("ARADDR", ADDRESS_BITS, true),
    lite("ARPROT", 3, true),
    lite("ARVALID", 1, true),
    lite("ARREADY", 1, false),
    lite("RDATA", 32, false),
    lite("RRESP", 2, false),
    lite("RVALID", 1, false),
    lite("RREADY", 1, true),
    port(Interface::Interrupt, "INTERRUPT", 1, false),
];

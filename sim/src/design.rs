//! A Verilog design as text with the port list of its top module.

use crate::error::{Error, Result};

/// Direction of a port, seen from the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Driven from outside.
    Input,
    /// Driven by the design.
    Output,
}

/// One port of the top module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Port {
    /// Verilog name, as printed.
    pub name: String,
    /// Direction.
    pub direction: Direction,
    /// Bits, 1 to [`MAX_WIDTH`].
    pub width: usize,
}

/// Widest port that can be bound, in bits.
pub const MAX_WIDTH: usize = 65_536;

impl Port {
    /// 32-bit words that hold a value of this port.
    pub fn words(&self) -> usize {
        self.width.div_ceil(32)
    }
}

/// Names of the eight ports of a byte-stream device; every handshake is valid/ready.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamPorts {
    /// Byte into the device, 8 bits.
    pub rx_data: String,
    /// `rx_data` holds a byte.
    pub rx_valid: String,
    /// The device takes it at this edge.
    pub rx_ready: String,
    /// Byte out of the device, 8 bits.
    pub tx_data: String,
    /// `tx_data` holds a byte.
    pub tx_valid: String,
    /// We take it at this edge.
    pub tx_ready: String,
    /// High while the device works; `None` counts as never busy.
    pub busy: Option<String>,
}

impl Default for StreamPorts {
    fn default() -> Self {
        StreamPorts {
            rx_data: "rx_data".to_owned(),
            rx_valid: "rx_valid".to_owned(),
            rx_ready: "rx_ready".to_owned(),
            tx_data: "tx_data".to_owned(),
            tx_valid: "tx_valid".to_owned(),
            tx_ready: "tx_ready".to_owned(),
            busy: Some("busy".to_owned()),
        }
    }
}

/// A design: Verilog sources and the ports of the top module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    /// Top module.
    pub top: String,
    /// File name and text. Names ending in `.v`, `.sv` or `.vh` are Verilog; others (`$readmemh` data) lie beside them.
    pub sources: Vec<(String, String)>,
    /// Ports of the top module, in the order of their indices.
    pub ports: Vec<Port>,
    /// Clock input; a design without a port of this name is combinational. Default `clock`.
    pub clock: String,
    /// Reset input, active high, used by `reset`. Default `reset`.
    pub reset: String,
    /// Set for byte-stream devices.
    pub stream: Option<StreamPorts>,
}

impl Design {
    /// A design of one source file, without ports yet.
    pub fn new(top: &str, source: &str) -> Self {
        Design {
            top: top.to_owned(),
            sources: vec![(format!("{top}.v"), source.to_owned())],
            ports: Vec::new(),
            clock: "clock".to_owned(),
            reset: "reset".to_owned(),
            stream: None,
        }
    }

    /// Adds an input port.
    #[must_use]
    pub fn input(self, name: &str, width: usize) -> Self {
        self.port(name, Direction::Input, width)
    }

    /// Adds an output port.
    #[must_use]
    pub fn output(self, name: &str, width: usize) -> Self {
        self.port(name, Direction::Output, width)
    }

    fn port(mut self, name: &str, direction: Direction, width: usize) -> Self {
        self.ports.push(Port {
            name: name.to_owned(),
            direction,
            width,
        });
        self
    }

    /// Makes it a byte-stream device with the default names, adding all nine ports.
    #[must_use]
    pub fn byte_stream(mut self) -> Self {
        self.stream = Some(StreamPorts::default());
        self.input("clock", 1)
            .input("reset", 1)
            .input("rx_data", 8)
            .input("rx_valid", 1)
            .output("rx_ready", 1)
            .output("tx_data", 8)
            .output("tx_valid", 1)
            .input("tx_ready", 1)
            .output("busy", 1)
    }

    /// Index of the port of that name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.ports.iter().position(|port| port.name == name)
    }

    /// Inputs in port order without the clock: the columns of a row of input vectors.
    pub fn vector_inputs(&self) -> impl Iterator<Item = (usize, &Port)> {
        let clock = &self.clock;
        self.ports
            .iter()
            .enumerate()
            .filter(move |(_, port)| port.direction == Direction::Input && port.name != *clock)
    }

    /// Outputs in port order: the columns of a row of output vectors.
    pub fn vector_outputs(&self) -> impl Iterator<Item = (usize, &Port)> {
        self.ports
            .iter()
            .enumerate()
            .filter(|(_, port)| port.direction == Direction::Output)
    }

    /// 32-bit words in one row of input vectors.
    pub fn input_words(&self) -> usize {
        self.vector_inputs().map(|(_, port)| port.words()).sum()
    }

    /// 32-bit words in one row of output vectors.
    pub fn output_words(&self) -> usize {
        self.vector_outputs().map(|(_, port)| port.words()).sum()
    }

    /// Checks names, widths and the ports that the stream names.
    ///
    /// # Errors
    /// [`Error::Design`] with the name that is wrong and what is expected.
    pub fn validate(&self) -> Result<()> {
        self.check().map_err(|reason| Error::Design {
            top: self.top.clone(),
            reason,
        })
    }

    fn check(&self) -> std::result::Result<(), String> {
        if !is_identifier(&self.top) {
            return Err("the top module's name is not a plain Verilog identifier".to_owned());
        }
        for (name, _) in &self.sources {
            if name.is_empty() || name.starts_with(['.', '-']) || name.contains(['/', '\\', '\0']) {
                return Err(format!("source name `{name}`: expected a plain file name"));
            }
        }
        for (index, port) in self.ports.iter().enumerate() {
            if !is_identifier(&port.name) {
                return Err(format!(
                    "port `{}` is not a plain Verilog identifier",
                    port.name
                ));
            }
            if port.width == 0 || port.width > MAX_WIDTH {
                return Err(format!(
                    "port `{}` is {} bits wide: expected 1 to {MAX_WIDTH}",
                    port.name, port.width
                ));
            }
            if self.index(&port.name) != Some(index) {
                return Err(format!("port `{}` appears twice", port.name));
            }
        }
        self.check_stream()
    }

    fn check_stream(&self) -> std::result::Result<(), String> {
        use Direction::{Input, Output};
        let Some(stream) = &self.stream else {
            return Ok(());
        };
        self.expect_port(&self.clock, Input, 1)?;
        self.expect_port(&stream.rx_data, Input, 8)?;
        self.expect_port(&stream.rx_valid, Input, 1)?;
        self.expect_port(&stream.rx_ready, Output, 1)?;
        self.expect_port(&stream.tx_data, Output, 8)?;
        self.expect_port(&stream.tx_valid, Output, 1)?;
        self.expect_port(&stream.tx_ready, Input, 1)?;
        stream
            .busy
            .as_ref()
            .map_or(Ok(()), |busy| self.expect_port(busy, Output, 1))
    }

    fn expect_port(
        &self,
        name: &str,
        direction: Direction,
        width: usize,
    ) -> std::result::Result<(), String> {
        let wanted = format!("a byte-stream device needs `{name}`, {direction:?} of {width} bits");
        match self.ports.iter().find(|port| port.name == name) {
            Some(port) if port.direction == direction && port.width == width => Ok(()),
            Some(port) => Err(format!(
                "{wanted}; found {:?} of {} bits",
                port.direction, port.width
            )),
            None => Err(format!("{wanted}; there is no such port")),
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}

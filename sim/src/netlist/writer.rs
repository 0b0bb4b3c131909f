//! Collects wires, registers and instances, and prints the module.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use super::json::{Bit, Netlist};

/// A flip-flop.
pub(super) struct Register {
    /// `posedge NAME` or `negedge NAME`.
    pub(super) edge: String,
    /// The same for a reset that does not wait for the clock.
    pub(super) asynchronous: Option<String>,
    /// Assignments at the edge, without the leading blanks.
    pub(super) statement: String,
    /// Value that configuration gives it.
    pub(super) initial: bool,
}

/// The module in the making.
pub(super) struct Writer {
    /// Nets that are another name of something.
    aliases: HashMap<u32, Bit>,
    driven: BTreeSet<u32>,
    twice: Option<u32>,
    wires: Vec<String>,
    edges: BTreeMap<String, Vec<String>>,
    instances: Vec<String>,
    instance_outputs: Vec<u32>,
}

impl Writer {
    pub(super) fn new(netlist: &Netlist) -> Self {
        Writer {
            aliases: buffers(netlist),
            driven: BTreeSet::new(),
            twice: None,
            wires: Vec::new(),
            edges: BTreeMap::new(),
            instances: Vec::new(),
            instance_outputs: Vec::new(),
        }
    }

    /// Verilog name of a bit; what has no value is 0.
    pub(super) fn name(&self, bit: &Bit) -> String {
        let mut bit = bit;
        while let Bit::Net(net) = bit {
            match self.aliases.get(net) {
                Some(other) => bit = other,
                None => return format!("n{net}"),
            }
        }
        match bit {
            Bit::Constant(value) if value == "1" => "1'b1".to_owned(),
            _ => "1'b0".to_owned(),
        }
    }

    fn drive(&mut self, net: u32) {
        if !self.driven.insert(net) {
            self.twice.get_or_insert(net);
        }
    }

    /// Combinational output; `None` or a constant means that nobody listens.
    pub(super) fn assign(&mut self, output: Option<&Bit>, expression: &str) {
        if let Some(Bit::Net(net)) = output {
            self.drive(*net);
            self.wires.push(format!("  wire n{net} = {expression};"));
        }
    }

    /// A wire that is inside of a cell.
    pub(super) fn inner(&mut self, name: &str, expression: &str) {
        self.wires.push(format!("  wire {name} = {expression};"));
    }

    /// A register whose output is the net; `statement` is made of its name.
    pub(super) fn register(&mut self, output: Option<&Bit>, make: impl FnOnce(&str) -> Register) {
        if let Some(Bit::Net(net)) = output {
            self.drive(*net);
            let name = format!("n{net}");
            let register = make(&name);
            self.wires
                .push(format!("  reg {name} = 1'b{};", u8::from(register.initial)));
            let edge = match register.asynchronous {
                Some(reset) => format!("{} or {reset}", register.edge),
                None => register.edge,
            };
            self.edges.entry(edge).or_default().push(register.statement);
        }
    }

    /// The concatenation of outputs of an instance, highest first; bits that nobody listens to get wires of their own.
    pub(super) fn outputs(&mut self, bits: &[Option<&Bit>]) -> String {
        let mut names = Vec::new();
        for bit in bits.iter().rev() {
            match bit {
                Some(Bit::Net(net)) => {
                    self.drive(*net);
                    self.instance_outputs.push(*net);
                    names.push(format!("n{net}"));
                }
                _ => {
                    let name = format!("open_{}_{}", self.instances.len(), names.len());
                    self.wires.push(format!("  wire {name};"));
                    names.push(name);
                }
            }
        }
        format!("{{{}}}", names.join(", "))
    }

    /// A number for the name of an inner wire.
    pub(super) fn next_inner(&self) -> usize {
        self.wires.len()
    }

    /// Number of the next instance.
    pub(super) fn next_instance(&self) -> usize {
        self.instances.len()
    }

    pub(super) fn instance(&mut self, text: String) {
        self.instances.push(text);
    }

    /// The whole module, or why it is none.
    pub(super) fn print(mut self, netlist: &Netlist, top: &str) -> Result<String, String> {
        let mut head = Vec::new();
        let mut ties = String::new();
        for (name, port) in &netlist.ports {
            let width = port.bits.len();
            let range = if width > 1 {
                format!("[{}:0] ", width - 1)
            } else {
                String::new()
            };
            let select = |n: usize| {
                if width > 1 {
                    format!("{name}[{n}]")
                } else {
                    name.clone()
                }
            };
            match port.direction.as_str() {
                "input" => {
                    head.push(format!("  input wire {range}{name}"));
                    for (n, bit) in port.bits.iter().enumerate() {
                        let already =
                            matches!(bit, Bit::Net(net) if self.aliases.contains_key(net));
                        if !already {
                            self.assign(Some(bit), &select(n));
                        }
                    }
                }
                "output" => {
                    head.push(format!("  output wire {range}{name}"));
                    for (n, bit) in port.bits.iter().enumerate() {
                        let _ = writeln!(ties, "  assign {} = {};", select(n), self.name(bit));
                    }
                }
                other => {
                    return Err(format!(
                        "port `{name}` is {other}, expected input or output"
                    ));
                }
            }
        }
        self.check(&ties)?;
        let mut text = format!("module {top} (\n{}\n);\n", head.join(",\n"));
        for net in &self.instance_outputs {
            let _ = writeln!(text, "  wire n{net};");
        }
        for line in self.wires.iter().chain(&self.instances) {
            let _ = writeln!(text, "{line}");
        }
        for (edge, statements) in &self.edges {
            let _ = writeln!(text, "  always @({edge}) begin");
            for statement in statements {
                let _ = writeln!(text, "    {statement}");
            }
            text.push_str("  end\n");
        }
        text.push_str(&ties);
        text.push_str("endmodule\n");
        Ok(text)
    }

    /// Every net that is read has one driver.
    fn check(&self, ties: &str) -> Result<(), String> {
        if let Some(net) = self.twice {
            return Err(format!("net {net} has two drivers"));
        }
        let statements = self
            .edges
            .iter()
            .flat_map(|(edge, lines)| lines.iter().chain([edge]));
        let texts = self.wires.iter().chain(&self.instances).chain(statements);
        for text in texts.map(String::as_str).chain([ties]) {
            for net in nets(text) {
                if !self.driven.contains(&net) {
                    return Err(format!(
                        "net {net} has no driver; it is read in `{}`",
                        text.trim()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The nets that a text names.
fn nets(text: &str) -> impl Iterator<Item = u32> + '_ {
    let separator = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '\'';
    text.split(separator)
        .filter_map(|word| word.strip_prefix('n')?.parse().ok())
}

/// Cells that only pass something on: output port and input port.
const BUFFERS: &[(&str, &str, &str)] = &[
    (
        "SB_GB",
        "GLOBAL_BUFFER_OUTPUT",
        "USER_SIGNAL_TO_GLOBAL_BUFFER",
    ),
    ("DCCA", "CLKO", "CLKI"),
    ("$_BUF_", "Y", "A"),
];

/// Nets that buffers and pads make: another name of what goes in.
fn buffers(netlist: &Netlist) -> HashMap<u32, Bit> {
    let mut aliases = HashMap::new();
    for cell in &netlist.cells {
        let pad = [("SB_IO", "D_IN_0", "PACKAGE_PIN"), ("TRELLIS_IO", "O", "B")];
        let mut pairs: Vec<_> = BUFFERS
            .iter()
            .chain(&pad)
            .filter(|(kind, ..)| *kind == cell.kind)
            .copied()
            .collect();
        if cell.kind == "SB_IO" && cell.bit("D_OUT_0").is_some() {
            pairs = vec![("SB_IO", "PACKAGE_PIN", "D_OUT_0")];
        } else if cell.kind == "TRELLIS_IO" && cell.bit("I").is_some() {
            pairs = vec![("TRELLIS_IO", "B", "I")];
        }
        for (_, output, input) in pairs {
            if let (Some(Bit::Net(to)), Some(from)) = (cell.bit(output), cell.bit(input)) {
                aliases.insert(*to, from.clone());
            }
        }
    }
    aliases
}

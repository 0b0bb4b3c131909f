//! A testbench that replays vectors from a memory file and stops at the first difference.

use std::fmt::Write as _;

use super::Vector;
use crate::rt::sim::Port;
use crate::rt::value::low_bits;

/// Name of the file with the vectors.
pub(super) const VECTORS: &str = "vectors.hex";

/// Text of a testbench and of its vectors.
pub(super) struct Testbench {
    pub(super) verilog: String,
    /// The same for simulators without delays: a module that is clocked from outside.
    pub(super) clocked: String,
    pub(super) vectors: String,
}

/// A port as Verilog has it: all lanes together.
struct Bus {
    name: String,
    width: usize,
    lanes: Vec<usize>,
    input: bool,
}

impl Testbench {
    pub(super) fn new(name: &str, has_clock: bool, ports: &[Port], vectors: &[Vector]) -> Self {
        let lines: Vec<_> = vectors.iter().map(|v| line(ports, v)).collect();
        Testbench {
            verilog: bench(name, has_clock, &buses(ports), vectors.len()),
            clocked: clocked(name, has_clock, &buses(ports), vectors.len()),
            vectors: lines.join("\n") + "\n",
        }
    }
}

fn buses(ports: &[Port]) -> Vec<Bus> {
    let mut buses: Vec<Bus> = Vec::new();
    for port in ports {
        let name = port.name.split('$').next().unwrap_or(&port.name);
        match buses.last_mut() {
            Some(bus) if bus.name == name => {
                bus.width += port.width;
                bus.lanes.push(port.width);
            }
            _ => buses.push(Bus {
                name: name.to_owned(),
                width: port.width,
                lanes: vec![port.width],
                input: port.input,
            }),
        }
    }
    buses
}

/// One vector in hexadecimal: ports from high to low, the first port in the lowest bits.
fn line(ports: &[Port], vector: &Vector) -> String {
    let (mut inputs, mut outputs) = (vector.inputs.iter(), vector.outputs.iter());
    let mut bits = Vec::new();
    for port in ports {
        let value = if port.input {
            inputs.next()
        } else {
            outputs.next()
        };
        let value = low_bits(value.copied().unwrap_or(0), port.width);
        bits.extend((0..port.width).map(|bit| (value >> bit & 1) as u8));
    }
    let mut digits: Vec<char> = bits
        .chunks(4)
        .map(|chunk| {
            chunk
                .iter()
                .rev()
                .fold(0, |digit, bit| digit << 1 | u32::from(*bit))
        })
        .map(|digit| char::from_digit(digit, 16).unwrap_or('0'))
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

/// Statements that print the lanes of an output that differ from the vector at `low`.
fn report_lanes(bus: &Bus, low: usize) -> String {
    let mut text = String::new();
    let mut from = 0;
    for (lane, width) in bus.lanes.iter().enumerate() {
        let verilog = format!("{}[{}:{from}]", bus.name, from + width - 1);
        let rust = format!("now[{}:{}]", low + from + width - 1, low + from);
        let _ = writeln!(
            text,
            "        if ({verilog} !== {rust}) \
             $display(\"DIFFERENT cycle %0d {} lane {lane}: Verilog %h, Rust %h\", bench_cycle, {verilog}, {rust});",
            bus.name
        );
        from += width;
    }
    text
}

fn bench(name: &str, has_clock: bool, buses: &[Bus], cycles: usize) -> String {
    let total: usize = buses.iter().map(|b| b.width).sum::<usize>().max(1);
    let last = cycles.max(1) - 1;
    let mut text = String::from("module testbench;\n  reg clock = 0;\n");
    let clock = has_clock.then(|| ".clock(clock)".to_owned());
    let mut connections: Vec<String> = clock.into_iter().collect();
    for bus in buses {
        let kind = if bus.input { "reg " } else { "wire" };
        let _ = writeln!(text, "  {kind} [{}:0] {};", bus.width - 1, bus.name);
        connections.push(format!(".{0}({0})", bus.name));
    }
    let _ = write!(
        text,
        "  reg [{}:0] vectors [0:{last}];\n  reg [{}:0] now;\n  integer bench_cycle;\n  {name} dut ({});\n  \
         initial begin\n    $readmemh(\"{VECTORS}\", vectors);\n    \
         for (bench_cycle = 0; bench_cycle <= {last}; bench_cycle = bench_cycle + 1) begin\n      now = vectors[bench_cycle];\n",
        total - 1,
        total - 1,
        connections.join(", ")
    );
    let mut low = 0;
    let mut checks = String::new();
    for bus in buses {
        let name = &bus.name;
        let whole = format!("now[{}:{low}]", low + bus.width - 1);
        if bus.input {
            let _ = writeln!(text, "      {name} = {whole};");
        } else {
            let _ = writeln!(checks, "      if ({name} !== {whole}) begin");
            checks.push_str(&report_lanes(bus, low));
            checks.push_str("        $finish;\n      end\n");
        }
        low += bus.width;
    }
    text + "      #1;\n"
        + &checks
        + "      clock = 1; #1; clock = 0; #1;\n    end\n    $display(\"AGREED\");\n    $finish;\n  end\nendmodule\n"
}

/// A module that applies one vector per clock bench_cycle and compares at the rising edge, before registers change.
fn clocked(name: &str, has_clock: bool, buses: &[Bus], cycles: usize) -> String {
    let total: usize = buses.iter().map(|b| b.width).sum::<usize>().max(1);
    let last = cycles.max(1) - 1;
    let clock = has_clock.then(|| ".clock(clock)".to_owned());
    let mut connections: Vec<String> = clock.into_iter().collect();
    let (mut wires, mut checks, mut low) = (String::new(), String::new(), 0);
    for bus in buses {
        let whole = format!("now[{}:{low}]", low + bus.width - 1);
        if bus.input {
            connections.push(format!(".{}({whole})", bus.name));
        } else {
            connections.push(format!(".{0}({0})", bus.name));
            let _ = writeln!(wires, "  wire [{}:0] {};", bus.width - 1, bus.name);
            let _ = writeln!(checks, "    if ({} !== {whole}) begin", bus.name);
            checks.push_str(&report_lanes(bus, low));
            checks.push_str("        $finish;\n    end\n");
        }
        low += bus.width;
    }
    format!(
        "module replay (input wire clock);\n{wires}  reg [{top}:0] vectors [0:{last}];\n  \
         integer bench_cycle = 0;\n  wire [{top}:0] now = vectors[bench_cycle];\n  \
         initial $readmemh(\"{VECTORS}\", vectors);\n  {name} dut ({});\n  \
         always @(posedge clock) begin\n{checks}    if (bench_cycle == {last}) begin\n      \
         $display(\"AGREED\");\n      $finish;\n    end\n  end\n  \
         always @(negedge clock) bench_cycle <= bench_cycle + 1;\nendmodule\n",
        connections.join(", "),
        top = total - 1,
    )
}

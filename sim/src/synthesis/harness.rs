//! A shift register round a design, so that hundreds of ports fit behind three pins.
//!
//! Every input comes out of a register and every output goes into one, as in a system where the neighbours are
//! registered; what nextpnr then reports is the clock rate of the design itself.

use crate::error::{Error, Result};

/// A port of the design.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Port {
    name: String,
    width: usize,
    input: bool,
}

/// Verilog of the module `harness` round the module `top` of `source`.
pub(super) fn harness(source: &str, top: &str) -> Result<String> {
    let ports = ports(source, top).ok_or_else(|| Error::Design {
        top: top.to_owned(),
        reason: "no module of that name with one port a line, as systole emits them".to_owned(),
    })?;
    let mut connections = Vec::new();
    let total = |input: bool| -> usize {
        ports
            .iter()
            .filter(|p| p.input == input)
            .map(|p| p.width)
            .sum()
    };
    let (mut input, mut output) = (0, 0);
    for port in &ports {
        let (bus, at) = match port.input {
            true => ("inputs", &mut input),
            false => ("outputs", &mut output),
        };
        connections.push(format!(
            "    .{}({bus}[{}:{at}])",
            port.name,
            *at + port.width - 1
        ));
        *at += port.width;
    }
    Ok(format!(
        "module harness (input wire clock, input wire load, input wire d, output wire q);\n  \
           reg [{i}:0] inputs;\n  wire [{o}:0] outputs;\n  reg [{o}:0] captured;\n  assign q = captured[{o}];\n  \
           always @(posedge clock) begin\n    inputs <= {{inputs, d}};\n    \
           captured <= load ? outputs : {{captured, 1'b0}};\n  end\n  \
           {top} dut (\n    .clock(clock),\n{}\n  );\nendmodule\n",
        connections.join(",\n"),
        i = total(true).max(2) - 1,
        o = total(false).max(2) - 1,
    ))
}

/// Ports of a module as our emitter prints them, the clock left out.
fn ports(source: &str, top: &str) -> Option<Vec<Port>> {
    let head = format!("module {top} (");
    let (_, rest) = source.split_once(&head)?;
    let (list, _) = rest.split_once("\n);")?;
    let ports: Option<Vec<Port>> = list
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(port)
        .collect();
    ports.map(|ports| {
        ports
            .into_iter()
            .filter(|port| port.name != "clock")
            .collect()
    })
}

fn port(line: &str) -> Option<Port> {
    let code = line.split("//").next()?.trim().trim_end_matches(',');
    let mut words = code.split_whitespace();
    let input = match words.next()? {
        "input" => true,
        "output" => false,
        _ => return None,
    };
    let width = match code.split_once('[') {
        Some((_, range)) => range.split_once(':')?.0.parse::<usize>().ok()? + 1,
        None => 1,
    };
    Some(Port {
        name: words.last()?.to_owned(),
        width,
        input,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "module t (\n  input  wire clock,\n  input  wire signed [7:0] x, // in, of 8 bits\n  \
                          output wire [1:0] y,\n  output reg  z // out\n);\nendmodule\n";

    #[test]
    fn every_port_is_connected_once() {
        let text = harness(SOURCE, "t").unwrap();
        for connection in [
            ".x(inputs[7:0])",
            ".y(outputs[1:0])",
            ".z(outputs[2:2])",
            "reg [2:0] captured",
        ] {
            assert!(text.contains(connection), "{text}");
        }
        assert!(harness(SOURCE, "u").is_err());
    }
}

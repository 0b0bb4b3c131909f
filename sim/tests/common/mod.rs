//! Shared by the tests: designs written by hand, and loud skipping where a tool is missing.
#![allow(dead_code, reason = "each test program uses a part of it")]

use systole_sim::{Design, tools};

/// True when all named tools are there; otherwise says loudly what is skipped.
pub(crate) fn have(needed: &[&str]) -> bool {
    for tool in needed {
        if let Err(error) = tools::find(tool) {
            eprintln!(
                "SKIPPED: {}: {error}",
                std::thread::current().name().unwrap_or("test")
            );
            return false;
        }
    }
    true
}

/// What device `rtl` needs.
pub(crate) const VERILATOR: &[&str] = &["verilator", "cxx"];

/// Counts up unless reset; `next` shows the combinational value before the edge.
pub(crate) fn counter() -> Design {
    let text =
        "module counter(input clock, input reset, output reg [7:0] count, output [7:0] next);
  assign next = count + 8'd1;
  always @(posedge clock) count <= reset ? 8'd0 : next;
endmodule
";
    Design::new("counter", text)
        .input("clock", 1)
        .input("reset", 1)
        .output("count", 8)
        .output("next", 8)
}

/// Adds two numbers of `width` bits, combinational. The names hold a double underscore on purpose.
pub(crate) fn adder(width: usize) -> Design {
    let high = width - 1;
    let text = format!(
        "module adder(input [{high}:0] a__x, input [{high}:0] b, output [{high}:0] sum);
  assign sum = a__x + b;
endmodule
"
    );
    Design::new("adder", &text)
        .input("a__x", width)
        .input("b", width)
        .output("sum", width)
}

/// Returns every byte plus one, through a one-byte buffer; bytes 255 are swallowed.
pub(crate) fn echo() -> Design {
    let text = "module echo(input clock, input reset, input [7:0] rx_data, input rx_valid, output rx_ready,
            output [7:0] tx_data, output tx_valid, input tx_ready, output busy);
  reg [7:0] held;
  reg full;
  assign rx_ready = !full;
  assign tx_valid = full;
  assign tx_data = held + 8'd1;
  assign busy = full;
  always @(posedge clock) begin
    if (reset) full <= 1'b0;
    else if (!full && rx_valid) begin
      held <= rx_data;
      full <= rx_data != 8'd255;
    end else if (full && tx_ready) full <= 1'b0;
  end
endmodule
";
    Design::new("echo", text).byte_stream()
}

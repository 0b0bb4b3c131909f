//! Self-checking test benches under both simulators: a right one, a wrong one, one that does not compile.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{VERILATOR, counter, have};
use systole_sim::{Bench, Error, Result, icarus, verilator};

/// Counts ten cycles and compares with `expected`; reads its stimulus from a data file.
fn sources(expected: u32) -> Vec<(String, String)> {
    let bench = format!(
        "`timescale 1ns/1ns
module bench;
  reg clock = 0, reset;
  reg [0:0] stimulus [0:1];
  wire [7:0] count, next;
  counter dut(.clock(clock), .reset(reset), .count(count), .next(next));
  always #5 clock = !clock;
  initial begin
    $readmemh(\"stimulus.hex\", stimulus);
    reset = stimulus[0];
    @(posedge clock); #1 reset = stimulus[1];
    repeat (10) @(posedge clock);
    #1 if (count === 8'd{expected}) $display(\"PASS\"); else $display(\"FAIL %0d\", count);
    $finish;
  end
endmodule
"
    );
    let mut sources = counter().sources;
    sources.push(("bench.v".to_owned(), bench));
    sources.push(("stimulus.hex".to_owned(), "1\n0\n".to_owned()));
    sources
}

type Runner = fn(&[(String, String)], &str) -> Result<Bench>;

fn verdicts(run: Runner) {
    let right = run(&sources(10), "bench").unwrap();
    assert!(right.passed, "{}", right.output);
    let wrong = run(&sources(11), "bench").unwrap();
    assert!(
        !wrong.passed && wrong.output.contains("FAIL 10"),
        "{}",
        wrong.output
    );
    let mut broken = sources(10);
    broken[0].1.push_str("garbage");
    let error = run(&broken, "bench").unwrap_err();
    assert!(
        matches!(error, Error::Compile { .. } | Error::Verilate { .. }),
        "{error}"
    );
}

#[test]
fn verilator_judges_test_benches() {
    if have(VERILATOR) {
        verdicts(verilator::run_bench);
    }
}

#[test]
fn icarus_judges_test_benches() {
    if have(&["iverilog", "vvp"]) {
        verdicts(icarus::run_bench);
    }
}

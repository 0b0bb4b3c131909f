//! What the test benches of the cores share: random data, expected words in hexadecimal, stream sources in Verilog.

use std::fmt::Write as _;

/// A small source of random numbers, the same everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// `count` signed numbers of `bits` bits, the ends of the range more often than others.
    pub(super) fn numbers(&mut self, count: usize, bits: usize) -> Vec<i64> {
        let (low, high) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
        let number = |random: u64| match random >> 60 {
            0 => low,
            1 => high,
            _ => low + ((random >> 20) & ((1 << bits) - 1)) as i64,
        };
        (0..count).map(|_| number(self.next())).collect()
    }

    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }
}

/// One word a line, for `$readmemh`.
pub(super) fn lines(words: &[String]) -> String {
    words.join("\n") + "\n"
}

/// Lanes of `bits` bits as one hexadecimal word, lane 0 in the low bits.
pub(super) fn hex(lanes: &[i64], bits: usize) -> String {
    let all: Vec<bool> = lanes
        .iter()
        .flat_map(|lane| (0..bits).map(move |bit| lane >> bit & 1 == 1))
        .collect();
    let mut text = String::new();
    for nibble in all.chunks(4).rev() {
        let value = nibble
            .iter()
            .enumerate()
            .fold(0u32, |v, (bit, set)| v | u32::from(*set) << bit);
        // Writing to a String cannot fail.
        let _ = write!(text, "{value:x}");
    }
    text
}

/// A stream of the test bench: words of a file.
pub(super) struct Stream {
    pub(super) name: &'static str,
    pub(super) file: String,
    pub(super) words: usize,
    pub(super) bits: usize,
    /// Bit of the random state that makes it pause.
    pub(super) pause: usize,
    /// Nothing is offered before this holds.
    pub(super) enable: String,
}

impl Stream {
    /// Declarations and the process that offers the words.
    pub(super) fn source(&self) -> String {
        let Stream {
            name,
            file,
            words,
            bits,
            pause,
            enable,
        } = self;
        format!(
            r#"  // Source of {name}: {words} words. With STALLS it pauses at random, but never takes an offer back.
  reg [{msb}:0] {name}_words [0:{last}];
  integer {name}_index = 0;
  reg {name}_valid = 0;
  wire {name}_ready;
  wire {name}_taken = {name}_valid && {name}_ready;
  wire {name}_left = {name}_index + ({name}_taken ? 1 : 0) < {words};
  wire [{msb}:0] {name}_data = {name}_words[{name}_index < {words} ? {name}_index : 0];
  initial $readmemh("{file}", {name}_words);
  always @(posedge clock)
    if (!reset) begin
      if ({name}_taken) {name}_index <= {name}_index + 1;
      if ({name}_taken || !{name}_valid) {name}_valid <= {name}_left && {enable} && !(STALLS != 0 && random[{pause}]);
    end
"#,
            msb = bits - 1,
            last = words - 1,
        )
    }
}

/// Condition that a result is the last one of a packet of so many.
pub(super) fn every(packet: usize) -> String {
    format!("result % {packet} == {packet} - 1")
}

/// What the checker of results needs.
pub(super) struct Checker {
    pub(super) file: String,
    pub(super) results: usize,
    pub(super) bits: usize,
    /// Condition that a result carries `tlast`.
    pub(super) last: String,
    /// Condition in which the count of cycles begins.
    pub(super) begins: &'static str,
    /// Cycles without stalls, from there to the last result, both included.
    pub(super) cycles: usize,
    pub(super) patience: usize,
}

impl Checker {
    /// Declarations and the process that compares results and counts cycles.
    pub(super) fn process(&self) -> String {
        let Checker {
            file,
            results,
            bits,
            last: ends,
            begins,
            cycles,
            patience,
        } = self;
        format!(
            r#"  reg [{msb}:0] expected [0:{last}];
  initial $readmemh("{file}", expected);
  wire result_valid, result_last;
  wire [{msb}:0] result_data;
  reg result_ready = 0;
  integer result = 0, errors = 0, time_out = 0, cycles = 0;
  always @(posedge clock) begin
    random <= {{random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]}};
    time_out <= time_out + 1;
    reset <= time_out < 3;
    result_ready <= !(STALLS != 0 && random[23]);
    if (!reset) begin
      if (cycles != 0 || {begins}) cycles <= cycles + 1;
      if (result_valid && result_ready) begin
        if (result_data !== expected[result]) begin
          errors <= errors + 1;
          if (errors < 10) $display("result %0d: got %h, expected %h", result, result_data, expected[result]);
        end
        if (result_last != ({ends})) $display("FAIL: tlast is %b at result %0d", result_last, result);
        result <= result + 1;
        if (result == {last}) begin
          if (STALLS == 0 && cycles + 1 != {cycles}) $display("FAIL: %0d cycles, expected {cycles}", cycles + 1);
          if (errors == 0 && result_data === expected[result]) $display("PASS: {results} result vectors, %0d cycles", cycles + 1);
          else $display("FAIL: %0d of {results} result vectors differ", errors + (result_data === expected[result] ? 0 : 1));
          $finish;
        end
      end
      if (time_out > {patience}) begin
        $display("FAIL: only %0d of {results} result vectors came", result);
        $finish;
      end
    end
  end
"#,
            msb = bits - 1,
            last = results - 1,
        )
    }
}

/// Opening of a test bench: clock, reset, random state.
pub(super) fn opening(module: &str, text: &str, seed: u64, stalls: bool) -> String {
    format!(
        r#"// Self-checking test bench: {text}.
// Run it in the folder of its .hex files. STALLS = 1: all streams pause at random; 0: the cycles are checked as well.
module {module} #(parameter STALLS = {stalls});
  reg clock = 0;
  reg reset = 1;
  reg [31:0] random = 32'd{state};
  always #5 clock = !clock;

"#,
        stalls = u8::from(stalls),
        state = (seed as u32).wrapping_mul(0x9e37_79b9) | 1,
    )
}

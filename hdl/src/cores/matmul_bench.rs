//! Self-checking test bench of the matrix multiplication core: random matrices, expected products, a cycle count.
//!
//! Plain Verilog that Icarus and Verilator run; the data are hexadecimal files beside it.

use std::fmt::Write as _;

use systole_arch::Multipliers;

use super::matmul::{MatmulCore, MatmulSizes};
use crate::rt::{EmitError, emit};

/// The job that the test bench runs: `m x k` times `k x n`, with `k` a multiple of the rows and `n` of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatmulJob {
    /// Rows of the left matrix.
    pub m: usize,
    /// Inner dimension.
    pub k: usize,
    /// Columns of the right matrix.
    pub n: usize,
    /// Seed of the random matrices.
    pub seed: u64,
}

/// Name and text of every file of the core, and of its test bench if there is a job for it.
///
/// # Errors
/// [`EmitError`] if the generator refuses the block (a defect of ours).
pub fn matmul_files(
    sizes: &MatmulSizes,
    multipliers: Multipliers,
    job: Option<MatmulJob>,
) -> Result<Vec<(String, String)>, EmitError> {
    let core = emit("matmul", &MatmulCore::new(sizes, multipliers))?;
    let mut files = vec![("matmul.v".to_owned(), core)];
    if let Some(job) = job {
        let data = Data::new(sizes, job);
        files.push(("matmul_tb.v".to_owned(), bench(sizes, job, &data)));
        files.push(("matmul_left.hex".to_owned(), data.left));
        files.push(("matmul_weights.hex".to_owned(), data.weights));
        files.push(("matmul_expected.hex".to_owned(), data.expected));
    }
    Ok(files)
}

struct Data {
    left: String,
    weights: String,
    expected: String,
    weight_words: usize,
}

impl Data {
    fn new(sizes: &MatmulSizes, job: MatmulJob) -> Self {
        let mut state = job.seed;
        let mut byte = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::from((state >> 40) as u8 as i8)
        };
        let left: Vec<i64> = (0..job.m * job.k).map(|_| byte()).collect();
        let right: Vec<i64> = (0..job.k * job.n).map(|_| byte()).collect();
        let group = sizes.cols.min(4);
        let mut weights = vec![];
        let mut expected = vec![];
        for tile in 0..job.n / sizes.cols {
            for inner in 0..job.k {
                for first in (0..sizes.cols).step_by(group) {
                    let at = inner * job.n + tile * sizes.cols + first;
                    weights.push(hex(&right[at..at + group], 8));
                }
            }
            for row in 0..job.m {
                let element = |c: usize| {
                    let products = (0..job.k)
                        .map(|i| left[row * job.k + i] * right[i * job.n + tile * sizes.cols + c]);
                    products.sum::<i64>()
                };
                expected.push(hex(
                    &(0..sizes.cols).map(element).collect::<Vec<_>>(),
                    sizes.acc_bits,
                ));
            }
        }
        let words = left
            .chunks(sizes.rows)
            .map(|word| hex(word, 8))
            .collect::<Vec<_>>();
        Data {
            left: lines(&words),
            weight_words: weights.len(),
            weights: lines(&weights),
            expected: lines(&expected),
        }
    }
}

fn lines(words: &[String]) -> String {
    words.join("\n") + "\n"
}

/// Lanes of `bits` bits as one hexadecimal word, lane 0 in the low bits.
fn hex(lanes: &[i64], bits: usize) -> String {
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

fn bench(sizes: &MatmulSizes, job: MatmulJob, data: &Data) -> String {
    let results = job.m * job.n / sizes.cols;
    let steps = job.k / sizes.rows;
    format!(
        r#"// Self-checking test bench: {m} x {k} times {k} x {n}, without stalls. Run it in the folder of its .hex files.
`timescale 1ns / 1ps

module matmul_tb;
  reg clock = 0;
  reg reset = 1;
  always #5 clock = !clock;

  reg [{weight_msb}:0] weights [0:{last_weight}];
  reg [{left_msb}:0] left [0:{last_left}];
  reg [{result_msb}:0] expected [0:{last_result}];
  integer weight = 0, beat = 0, result = 0, errors = 0, patience = 0;

  wire weight_ready, left_ready, valid, last;
  wire [{result_msb}:0] data;
  wire [31:0] cycles;

  matmul dut (
    .clock(clock), .reset(reset),
    .m_rows(16'd{m}), .k_steps(12'd{steps}), .n_tiles(12'd{tiles}), .keep_weights(1'b0),
    .s_weight_tdata(weights[weight < {weight_count} ? weight : 0]), .s_weight_tvalid(weight < {weight_count}), .s_weight_tready(weight_ready),
    .s_axis_tdata(left[beat < {left_count} ? beat : 0]), .s_axis_tvalid(beat < {left_count}), .s_axis_tready(left_ready),
    .m_axis_tdata(data), .m_axis_tvalid(valid), .m_axis_tlast(last), .m_axis_tready(1'b1),
    .cycles(cycles));

  initial begin
    $readmemh("matmul_weights.hex", weights);
    $readmemh("matmul_left.hex", left);
    $readmemh("matmul_expected.hex", expected);
  end

  always @(posedge clock) begin
    patience <= patience + 1;
    reset <= patience < 3;
    if (!reset) begin
      if (weight_ready && weight < {weight_count}) weight <= weight + 1;
      if (left_ready && beat < {left_count}) beat <= beat + 1;
      if (valid) begin
        if (data !== expected[result]) begin
          errors <= errors + 1;
          if (errors < 10) $display("vector %0d: got %h, expected %h", result, data, expected[result]);
        end
        if (last != (result == {last_result})) $display("FAIL: tlast at vector %0d", result);
        result <= result + 1;
      end
      if (result == {results}) begin
        if (errors == 0) $display("PASS: {results} result vectors, %0d cycles", cycles);
        else $display("FAIL: %0d of {results} result vectors differ", errors);
        $finish;
      end
      if (patience > {patience}) begin
        $display("FAIL: only %0d of {results} result vectors came", result);
        $finish;
      end
    end
  end
endmodule
"#,
        m = job.m,
        k = job.k,
        n = job.n,
        tiles = job.n / sizes.cols,
        weight_msb = 8 * sizes.cols.min(4) - 1,
        left_msb = 8 * sizes.rows - 1,
        result_msb = sizes.acc_bits * sizes.cols - 1,
        last_weight = data.weight_words - 1,
        weight_count = data.weight_words,
        left_count = job.m * steps,
        last_left = job.m * steps - 1,
        last_result = results - 1,
        patience = 1000 + 2 * (data.weight_words + job.m * steps * (1 + job.n / sizes.cols)),
    )
}

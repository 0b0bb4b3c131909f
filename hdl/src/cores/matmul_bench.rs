//! Files of the matrix multiplication core: its Verilog, and a self-checking test bench with random matrices.
//!
//! The test bench is plain Verilog that Icarus and Verilator run; the data are hexadecimal files beside it.

use super::bench::{Checker, Random, Stream, every, hex, lines, opening};
use super::error::{CoreError, check, check_depth};
use super::matmul::{MatmulCore, MatmulSizes};
use super::options::{CoreArray, Testbench};
use crate::rt::emit;

/// What `systole emit matmul` is asked for: a core whose memories hold a product `m x k` times `k x n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatmulOptions {
    /// The array and its numbers.
    pub array: CoreArray,
    /// Rows of the left matrix, 1 to 65535.
    pub m: usize,
    /// Inner dimension, a multiple of the array's rows.
    pub k: usize,
    /// Columns of the right matrix, a multiple of the array's columns.
    pub n: usize,
    /// Writes a test bench that runs this product.
    pub testbench: Option<Testbench>,
}

impl MatmulOptions {
    /// Checks all options.
    ///
    /// # Errors
    /// Every variant of [`CoreError`] but those of the image and the generator.
    pub fn check(&self) -> Result<(), CoreError> {
        self.array.check()?;
        let multiple = |dimension, value: usize, option, unit| match value.is_multiple_of(unit) {
            true => Ok(()),
            false => Err(CoreError::NotMultiple {
                dimension,
                value,
                option,
                unit,
            }),
        };
        check("m", self.m, (1..=65535).contains(&self.m), "1 to 65535")?;
        multiple("K", self.k, "rows", self.array.rows)?;
        multiple("N", self.n, "cols", self.array.cols)?;
        let steps = |unit: usize| format!("{unit} to {}", 4095 * unit);
        let (rows, cols) = (self.array.rows, self.array.cols);
        check(
            "k",
            self.k,
            (1..=4095).contains(&(self.k / rows)),
            &steps(rows),
        )?;
        check(
            "n",
            self.n,
            (1..=4095).contains(&(self.n / cols)),
            &steps(cols),
        )?;
        check_depth("activation", self.m * self.k / rows, "M or K")?;
        check_depth("weight", self.k / rows * (self.n / cols), "K or N")
    }

    /// Sizes of the core: memories of a power of two words.
    pub fn sizes(&self) -> MatmulSizes {
        let words = |count: usize| count.next_power_of_two().max(16);
        let steps = self.k / self.array.rows;
        MatmulSizes {
            array: self.array,
            activation_words: words(self.m * steps),
            weight_words: words(steps * (self.n / self.array.cols)),
        }
    }

    /// Cycles of the product, from its first activation word to its last result, if no stream stalls.
    pub fn cycles(&self) -> usize {
        let slots = self.m * (self.k / self.array.rows) * (self.n / self.array.cols);
        // The way through the array, one cycle in the queue, and the cycle of the result itself.
        slots + self.sizes().latency() + 2
    }
}

/// Name and text of every file of the core, and of its test bench if there is one.
///
/// # Errors
/// Those of [`MatmulOptions::check`], and [`CoreError::Emit`] if the generator refuses the block (a defect of ours).
pub fn matmul_files(options: &MatmulOptions) -> Result<Vec<(String, String)>, CoreError> {
    options.check()?;
    let core = emit("matmul", &MatmulCore::new(&options.sizes()))?;
    let mut files = vec![("matmul.v".to_owned(), core)];
    if let Some(testbench) = options.testbench {
        let data = Data::new(options, testbench.seed);
        files.push(("matmul_tb.v".to_owned(), bench(options, testbench, &data)));
        files.push(("matmul_left.hex".to_owned(), lines(&data.left)));
        files.push(("matmul_weights.hex".to_owned(), lines(&data.weights)));
        files.push(("matmul_expected.hex".to_owned(), lines(&data.expected)));
    }
    Ok(files)
}

struct Data {
    left: Vec<String>,
    weights: Vec<String>,
    expected: Vec<String>,
}

impl Data {
    fn new(options: &MatmulOptions, seed: u64) -> Self {
        let MatmulOptions { array, m, k, n, .. } = *options;
        let mut random = Random::new(seed);
        let left = random.numbers(m * k, array.data_bits);
        let right = random.numbers(k * n, array.data_bits);
        let group = options.sizes().group();
        let (mut weights, mut expected) = (vec![], vec![]);
        for tile in (0..n).step_by(array.cols) {
            for inner in 0..k {
                let row = &right[inner * n + tile..][..array.cols];
                weights.extend(row.chunks(group).map(|word| hex(word, array.data_bits)));
            }
            for row in left.chunks(k) {
                let element = |c: usize| (0..k).map(|i| row[i] * right[i * n + tile + c]).sum();
                let vector: Vec<i64> = (0..array.cols).map(element).collect();
                expected.push(hex(&vector, array.acc_bits));
            }
        }
        let words = left.chunks(array.rows);
        Data {
            left: words.map(|word| hex(word, array.data_bits)).collect(),
            weights,
            expected,
        }
    }
}

fn bench(options: &MatmulOptions, testbench: Testbench, data: &Data) -> String {
    let MatmulOptions { array, m, k, n, .. } = *options;
    let weights = Stream {
        name: "weight",
        file: "matmul_weights.hex".to_owned(),
        words: data.weights.len(),
        bits: array.data_bits * options.sizes().group(),
        pause: 5,
        enable: "1'b1".to_owned(),
    };
    let left = Stream {
        name: "left",
        file: "matmul_left.hex".to_owned(),
        words: data.left.len(),
        bits: array.data_bits * array.rows,
        pause: 14,
        enable: "1'b1".to_owned(),
    };
    let results = data.expected.len();
    let checker = Checker {
        file: "matmul_expected.hex".to_owned(),
        results,
        bits: array.acc_bits * array.cols,
        last: every(results),
        begins: "left_taken",
        cycles: options.cycles(),
        patience: 1000 + 8 * (data.weights.len() + data.left.len() * (1 + n / array.cols)),
    };
    let text = format!("a product of {m} x {k} and {k} x {n}");
    let device = format!(
        r#"  wire [31:0] core_cycles;
  matmul dut (
    .clock(clock), .reset(reset),
    .m_rows(16'd{m}), .k_steps(12'd{steps}), .n_tiles(12'd{tiles}), .keep_weights(1'b0),
    .s_weight_tdata(weight_data), .s_weight_tvalid(weight_valid), .s_weight_tready(weight_ready),
    .s_axis_tdata(left_data), .s_axis_tvalid(left_valid), .s_axis_tready(left_ready),
    .m_axis_tdata(result_data), .m_axis_tvalid(result_valid), .m_axis_tlast(result_last), .m_axis_tready(result_ready),
    .cycles(core_cycles));
endmodule
"#,
        steps = k / array.rows,
        tiles = n / array.cols,
    );
    let opening = opening("matmul_tb", &text, testbench.seed, testbench.stalls);
    [
        opening,
        weights.source(),
        left.source(),
        checker.process(),
        device,
    ]
    .join("\n")
}

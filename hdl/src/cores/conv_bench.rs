//! Files of the convolution core: its Verilog, and a self-checking test bench with random images.
//!
//! The expected results come from plain loops over the definition of a convolution.

use super::bench::{Checker, Random, Stream, every, hex, lines, opening};
use super::conv::ConvCore;
use super::conv_sizes::ConvOptions;
use super::error::CoreError;
use super::options::Testbench;
use crate::rt::emit;

/// Images of the test bench: the third one reuses the memory of the first.
const IMAGES: usize = 3;

/// Name and text of every file of the core, and of its test bench if there is one.
///
/// # Errors
/// Those of [`ConvOptions::check`], and [`CoreError::Emit`] if the generator refuses the block (a defect of ours).
pub fn conv_files(options: &ConvOptions) -> Result<Vec<(String, String)>, CoreError> {
    options.check()?;
    let core = emit("conv", &ConvCore::new(options))?;
    let mut files = vec![("conv.v".to_owned(), core)];
    if let Some(testbench) = options.testbench {
        let data = Data::new(options, testbench.seed);
        files.push(("conv_tb.v".to_owned(), bench(options, testbench, &data)));
        files.push(("conv_image.hex".to_owned(), lines(&data.image)));
        files.push(("conv_weights.hex".to_owned(), lines(&data.weights)));
        files.push(("conv_expected.hex".to_owned(), lines(&data.expected)));
    }
    Ok(files)
}

struct Data {
    image: Vec<String>,
    weights: Vec<String>,
    expected: Vec<String>,
}

impl Data {
    fn new(options: &ConvOptions, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let array = options.array;
        let kernel = options.kernel * options.kernel * options.channels;
        let weights = random.numbers(options.filters * kernel, array.data_bits);
        let (mut image, mut expected) = (vec![], vec![]);
        for _ in 0..IMAGES {
            let elements = options.height * options.row_elements();
            let pixels = random.numbers(elements, array.data_bits);
            for word in pixels.chunks(array.rows) {
                let mut word = word.to_vec();
                word.resize(array.rows, 0);
                image.push(hex(&word, array.data_bits));
            }
            let vectors = options.convolve(&pixels, &weights);
            expected.extend(vectors.iter().map(|vector| hex(vector, array.acc_bits)));
        }
        let words = options.weight_stream(&weights);
        Data {
            image,
            weights: words
                .iter()
                .map(|word| hex(word, array.data_bits))
                .collect(),
            expected,
        }
    }
}

impl ConvOptions {
    /// Words of the weight stream for weights in the order filter, kernel row, kernel column, channel. Lanes beyond
    /// the kernel row and columns without a filter get zero, as every user of the core has to send them.
    pub fn weight_stream(&self, weights: &[i64]) -> Vec<Vec<i64>> {
        let (array, run) = (self.array, self.kernel * self.channels);
        let mut words = vec![];
        for tile in 0..self.tiles() {
            for kernel_row in 0..self.kernel {
                for lane in 0..self.chunks() * array.rows {
                    let weight = |column: usize| {
                        let filter = tile * array.cols + column;
                        match filter < self.filters && lane < run {
                            true => weights[(filter * self.kernel + kernel_row) * run + lane],
                            false => 0,
                        }
                    };
                    let columns: Vec<i64> = (0..array.cols).map(weight).collect();
                    words.extend(columns.chunks(self.group()).map(<[i64]>::to_vec));
                }
            }
        }
        words
    }

    /// The result by plain loops: vectors of `C` sums, in the order of the result stream.
    pub fn convolve(&self, image: &[i64], weights: &[i64]) -> Vec<Vec<i64>> {
        let mut vectors = vec![];
        for out_y in 0..self.out_height() {
            for out_x in 0..self.out_width() {
                let at = |filter: usize| self.sum(image, weights, [out_y, out_x, filter]);
                let sums: Vec<i64> = (0..self.tiles() * self.array.cols).map(at).collect();
                vectors.extend(sums.chunks(self.array.cols).map(<[i64]>::to_vec));
            }
        }
        vectors
    }

    fn sum(&self, image: &[i64], weights: &[i64], [out_y, out_x, filter]: [usize; 3]) -> i64 {
        let mut sum = 0;
        if filter >= self.filters {
            return sum;
        }
        let inside = |out: usize, tap: usize, size: usize| {
            (out * self.stride + tap)
                .checked_sub(self.pad)
                .filter(|at| *at < size)
        };
        for ky in 0..self.kernel {
            for kx in 0..self.kernel {
                let (Some(y), Some(x)) = (
                    inside(out_y, ky, self.height),
                    inside(out_x, kx, self.width),
                ) else {
                    continue;
                };
                for channel in 0..self.channels {
                    let tap = (filter * self.kernel + ky) * self.kernel + kx;
                    sum += image[(y * self.width + x) * self.channels + channel]
                        * weights[tap * self.channels + channel];
                }
            }
        }
        sum
    }
}

fn bench(options: &ConvOptions, testbench: Testbench, data: &Data) -> String {
    let array = options.array;
    let weights = Stream {
        name: "weight",
        file: "conv_weights.hex".to_owned(),
        words: data.weights.len(),
        bits: array.data_bits * options.group(),
        pause: 5,
        enable: "1'b1".to_owned(),
    };
    let image = Stream {
        name: "image",
        file: "conv_image.hex".to_owned(),
        words: data.image.len(),
        bits: array.data_bits * array.rows,
        pause: 14,
        // So that the cycles do not depend on the time that the weights take.
        enable: format!("(STALLS != 0 || weight_index == {})", data.weights.len()),
    };
    let checker = Checker {
        file: "conv_expected.hex".to_owned(),
        results: data.expected.len(),
        bits: array.acc_bits * array.cols,
        last: every(options.vectors()),
        begins: "image_taken",
        cycles: options.cycles(IMAGES),
        patience: 1000 + 8 * (data.weights.len() + data.image.len() + IMAGES * options.slots()),
    };
    let text = format!("{IMAGES} random images, one after the other");
    let device = r#"  conv dut (
    .clock(clock), .reset(reset), .keep_weights(1'b1),
    .s_weight_tdata(weight_data), .s_weight_tvalid(weight_valid), .s_weight_tready(weight_ready),
    .s_axis_tdata(image_data), .s_axis_tvalid(image_valid), .s_axis_tready(image_ready),
    .m_axis_tdata(result_data), .m_axis_tvalid(result_valid), .m_axis_tlast(result_last), .m_axis_tready(result_ready));
endmodule
"#;
    let opening = opening("conv_tb", &text, testbench.seed, testbench.stalls);
    [
        opening,
        weights.source(),
        image.source(),
        checker.process(),
        device.to_owned(),
    ]
    .join("\n")
}

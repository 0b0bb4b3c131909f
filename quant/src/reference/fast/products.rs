//! Sums of products of weights and bytes, where the bytes lie: the inner loop of everything.
//!
//! Bytes are read as `x + 128`, which is not negative, because the instructions want one factor without a sign; sums begin
//! with `-128 * sum(w)` to take that back. What is added up in 32 bits is a block of at most [`BLOCK`] products of an int8
//! and a weight: its sum fits, so it is exact, though sums on the way may wrap. Blocks are added in f64 where a sum is scaled.

use super::lanes::{DEPTH, LANES, Lanes, Sums, Weights};

/// Products whose sum fits 32 bits.
pub(super) const BLOCK: usize = 1 << 17;
/// `q + 128` of a byte.
pub(super) const SIGN: u8 = 0x80;
/// Bytes after the last pixel that are read, and multiplied by zero.
pub(super) const SLACK: usize = DEPTH - 1;

const _: () = assert!(BLOCK * 128 * 127 < 1 << 31);

/// The weights of some outputs, in the order in which they are read.
///
/// The inputs of an output are runs of bytes that lie in one piece. Sixteen outputs form a panel; sums are stored pixel
/// by pixel, panel by panel, block by block.
pub(super) struct Products {
    panels: usize,
    /// Steps of four products in a run.
    steps: usize,
    /// Runs of each block but the last.
    runs_of_block: usize,
    runs: usize,
    /// `-128 * sum(w)`, for each panel and block.
    starts: Vec<Sums>,
    /// Panel by panel, run by run.
    weights: Vec<Weights>,
}

/// The bytes that are multiplied.
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    /// Bytes of all pixels, and [`SLACK`] more.
    pub(super) bytes: &'a [u8],
    /// Where each pixel begins.
    pub(super) starts: &'a [usize],
    /// Where each run of a pixel begins, from its start.
    pub(super) runs: &'a [usize],
}

impl Products {
    /// `weights` holds the runs of output after output, each of `length` products, at most [`BLOCK`].
    pub(super) fn new(weights: &[i8], outputs: usize, length: usize) -> Self {
        let runs = weights.len() / outputs / length;
        let (panels, steps) = (outputs.div_ceil(LANES), length.div_ceil(DEPTH));
        let mut products = Self {
            panels,
            steps,
            runs,
            runs_of_block: BLOCK / length,
            starts: Vec::new(),
            weights: vec![[0; LANES * DEPTH]; panels * runs * steps],
        };
        products.starts = vec![[0; LANES]; panels * products.blocks()];
        for (at, run) in weights.chunks_exact(length).enumerate() {
            products.pack(at / runs, at % runs, run);
        }
        products
    }

    fn pack(&mut self, output: usize, run: usize, weights: &[i8]) {
        let (panel, lane) = (output / LANES, output % LANES);
        let block = panel * self.blocks() + run / self.runs_of_block;
        let first = (panel * self.runs + run) * self.steps;
        for (k, &weight) in weights.iter().enumerate() {
            self.starts[block][lane] -= i32::from(SIGN) * i32::from(weight);
            self.weights[first + k / DEPTH][lane * DEPTH + k % DEPTH] = weight;
        }
    }

    /// Sums of each pixel.
    pub(super) fn sums(&self) -> usize {
        self.panels * self.blocks()
    }

    pub(super) fn panels(&self) -> usize {
        self.panels
    }

    pub(super) fn blocks(&self) -> usize {
        self.runs.div_ceil(self.runs_of_block)
    }

    /// The sums of all pixels.
    #[inline(always)]
    pub(super) fn multiply<L: Lanes>(&self, lanes: L, pixels: Pixels<'_>, sums: &mut [Sums]) {
        for block in 0..self.blocks() {
            let first = block * self.runs_of_block;
            let last = self.runs.min(first + self.runs_of_block);
            let mut panel = 0;
            while panel < self.panels {
                let tile = (block, [first, last], panel);
                if pixels.starts.len() == 1 && panel + 4 <= self.panels {
                    self.tiles::<L, 1, 4>(lanes, tile, pixels, sums);
                    panel += 4;
                } else if pixels.starts.len() == 1 {
                    self.tiles::<L, 1, 1>(lanes, tile, pixels, sums);
                    panel += 1;
                } else if panel + 2 <= self.panels {
                    self.tiles::<L, 8, 2>(lanes, tile, pixels, sums);
                    panel += 2;
                } else {
                    self.tiles::<L, 8, 1>(lanes, tile, pixels, sums);
                    panel += 1;
                }
            }
        }
    }

    /// Some panels of all pixels, `P` at a time. The last pixel fills the last tile up.
    #[inline(always)]
    fn tiles<L: Lanes, const P: usize, const N: usize>(
        &self,
        lanes: L,
        (block, runs, panel): (usize, [usize; 2], usize),
        pixels: Pixels<'_>,
        sums: &mut [Sums],
    ) {
        let (stride, blocks) = (self.sums(), self.blocks());
        let first = panel * blocks + block;
        for (at, starts) in pixels.starts.chunks(P).enumerate() {
            let mut tile = [starts[starts.len() - 1]; P];
            tile[..starts.len()].copy_from_slice(starts);
            let mut results = [[[0; LANES]; N]; P];
            self.tile(lanes, first, panel, runs, pixels, &tile, &mut results);
            for (pixel, results) in results.iter().enumerate().take(starts.len()) {
                let sums = &mut sums[(at * P + pixel) * stride + first..];
                for (n, result) in results.iter().enumerate() {
                    sums[n * blocks] = *result;
                }
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments, clippy::needless_range_loop)] // loops of constant length stay in registers
    fn tile<L: Lanes, const P: usize, const N: usize>(
        &self,
        lanes: L,
        first: usize,
        panel: usize,
        [start, end]: [usize; 2],
        pixels: Pixels<'_>,
        tile: &[usize; P],
        results: &mut [[Sums; N]; P],
    ) {
        let steps = self.steps;
        let mut registers = [[lanes.load(&self.starts[first]); N]; P];
        for n in 1..N {
            for p in 0..P {
                registers[p][n] = lanes.load(&self.starts[first + n * self.blocks()]);
            }
        }
        for run in start..end {
            let mut weights: [&[Weights]; N] = [&[]; N];
            for n in 0..N {
                let at = ((panel + n) * self.runs + run) * steps;
                weights[n] = &self.weights[at..at + steps];
            }
            let mut bytes: [&[[u8; DEPTH]]; P] = [&[]; P];
            for p in 0..P {
                let at = tile[p] + pixels.runs[run];
                bytes[p] = &pixels.bytes[at..at + steps * DEPTH].as_chunks().0[..steps];
            }
            for step in 0..steps {
                for p in 0..P {
                    for n in 0..N {
                        let weights = &weights[n][step];
                        registers[p][n] =
                            lanes.add_products(registers[p][n], weights, bytes[p][step]);
                    }
                }
            }
        }
        for p in 0..P {
            for n in 0..N {
                lanes.store(registers[p][n], &mut results[p][n]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lanes::{Instructions, Task};
    use super::*;

    struct Multiply<'a>(&'a Products, Pixels<'a>, &'a mut [Sums]);

    impl Task for Multiply<'_> {
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            self.0.multiply(lanes, self.1, self.2);
        }
    }

    /// Every sum of every pixel against plain loops, with every set of instructions.
    fn check(weights: &[i8], outputs: usize, length: usize, pixels: Pixels<'_>) {
        let products = Products::new(weights, outputs, length);
        let run = |(start, weights): (usize, &[i8])| -> i64 {
            let bytes = pixels.bytes[start..].iter().map(|&x| i64::from(x) - 128);
            let pairs = bytes.zip(weights);
            pairs.map(|(x, &w)| x * i64::from(w)).sum()
        };
        for instructions in Instructions::available() {
            let mut sums = vec![[7; LANES]; pixels.starts.len() * products.sums()];
            instructions.run(Multiply(&products, pixels, &mut sums));
            for (pixel, sums) in sums.chunks(products.sums()).enumerate() {
                for (output, weights) in weights.chunks(weights.len() / outputs).enumerate() {
                    let starts = pixels.runs.iter().map(|run| pixels.starts[pixel] + run);
                    let expected: i64 = starts.zip(weights.chunks(length)).map(run).sum();
                    let panel = output / LANES * products.blocks();
                    let blocks = sums[panel..panel + products.blocks()].iter();
                    let found: i64 = blocks.map(|sums| i64::from(sums[output % LANES])).sum();
                    assert_eq!(
                        found, expected,
                        "pixel {pixel} output {output} {instructions:?}"
                    );
                }
            }
        }
    }

    fn weight() -> impl Strategy<Value = i8> {
        prop_oneof![Just(-127), Just(127), -127i8..]
    }

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![Just(0), Just(255), any::<u8>()]
    }

    proptest! {
        #[test]
        fn equals_plain_loops(
            (outputs, length, weights) in (1usize..80, 1usize..20, 1usize..5).prop_flat_map(|(outputs, length, runs)| {
                (Just(outputs), Just(length), prop::collection::vec(weight(), outputs * length * runs))
            }),
            bytes in prop::collection::vec(byte(), 100),
            starts in prop::collection::vec(0usize..40, 1..20),
            runs in prop::collection::vec(0usize..37, 4),
        ) {
            let runs = &runs[..weights.len() / outputs / length];
            check(&weights, outputs, length, Pixels { bytes: &bytes, starts: &starts, runs });
        }
    }

    /// Runs that fill a block, and one that does not fit any more; all products as large as they can be.
    #[test]
    fn blocks_are_exact() {
        for (length, runs) in [(BLOCK, 1), (BLOCK, 3), (BLOCK / 2 + 1, 2), (BLOCK / 2, 3)] {
            let starts = vec![0, 1];
            let runs: Vec<usize> = (0..runs).map(|run| run * length).collect();
            for (x, w) in [(0, 127), (0, -127), (255, 127), (255, -127)] {
                let bytes = vec![x; runs.len() * length + 1 + SLACK];
                let weights = vec![w; 3 * runs.len() * length];
                let pixels = Pixels {
                    bytes: &bytes,
                    starts: &starts,
                    runs: &runs,
                };
                check(&weights, 3, length, pixels);
            }
        }
    }
}

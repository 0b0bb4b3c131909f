//! Options of the stand-alone cores.

use anyhow::Context;
use clap::builder::TypedValueParser;

use super::Target;
use crate::cli::Verdict;
use crate::cli::named::named;
use systole_arch::Multipliers;
use systole_hdl::cores::{ConvOptions, CoreArray, MatmulOptions, conv_files, matmul_files};

/// The array of a core.
#[derive(Debug, clap::Args)]
struct Array {
    /// Elements of the inner dimension per cycle.
    #[arg(long, default_value_t = 8)]
    rows: usize,
    /// Columns of the result at once.
    #[arg(long, default_value_t = 8)]
    cols: usize,
    /// Bits of an operand.
    #[arg(long, default_value_t = 8)]
    data_bits: usize,
    /// Bits of a result; larger sums wrap.
    #[arg(long, default_value_t = 32)]
    acc_bits: usize,
    /// How multipliers are built; all kinds but `generic` need 8 bits.
    #[arg(long, value_parser = multipliers(), default_value = Multipliers::default().name())]
    multipliers: Multipliers,
}

/// Parser of `--multipliers`.
pub(super) fn multipliers() -> impl TypedValueParser<Value = Multipliers> {
    let kinds = Multipliers::ALL;
    named(kinds.map(|kind| (kind, kind.name(), kind.meaning())))
}

impl Array {
    fn sizes(&self) -> CoreArray {
        CoreArray {
            rows: self.rows,
            cols: self.cols,
            data_bits: self.data_bits,
            acc_bits: self.acc_bits,
            multipliers: self.multipliers,
        }
    }
}

pub(super) const REFUSED: &str = "cannot generate the core";

/// `systole emit matmul`.
#[derive(Debug, clap::Args)]
pub(super) struct Matmul {
    #[command(flatten)]
    array: Array,
    /// Rows of the left matrix: the core holds so many, and the test bench multiplies so many.
    #[arg(long, default_value_t = 64)]
    m: usize,
    /// Inner dimension, a multiple of --rows; 8 times --rows if it is not given.
    #[arg(long)]
    k: Option<usize>,
    /// Columns of the right matrix, a multiple of --cols; 8 times --cols if it is not given.
    #[arg(long)]
    n: Option<usize>,
    #[command(flatten)]
    target: Target,
}

impl Matmul {
    pub(super) fn run(&self) -> anyhow::Result<Verdict> {
        let array = self.array.sizes();
        let options = MatmulOptions {
            array,
            m: self.m,
            k: self.k.unwrap_or(array.rows.saturating_mul(8)),
            n: self.n.unwrap_or(array.cols.saturating_mul(8)),
            testbench: self.target.bench(),
        };
        let files = matmul_files(&options).context(REFUSED)?;
        self.target.finish(&files, "matmul_tb")
    }
}

/// `systole emit conv`.
#[derive(Debug, clap::Args)]
pub(super) struct Conv {
    #[command(flatten)]
    array: Array,
    /// Rows of the image.
    #[arg(long, default_value_t = 16)]
    height: usize,
    /// Columns of the image.
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// Channels of the image.
    #[arg(long, default_value_t = 8)]
    channels: usize,
    /// Channels of the result.
    #[arg(long, default_value_t = 16)]
    filters: usize,
    /// Side of the square kernel.
    #[arg(long, default_value_t = 3)]
    kernel: usize,
    /// Step of the kernel in both directions.
    #[arg(long, default_value_t = 1)]
    stride: usize,
    /// Border of zeros on every side, smaller than the kernel.
    #[arg(long, default_value_t = 0)]
    pad: usize,
    #[command(flatten)]
    target: Target,
}

impl Conv {
    pub(super) fn run(&self) -> anyhow::Result<Verdict> {
        let options = ConvOptions {
            array: self.array.sizes(),
            height: self.height,
            width: self.width,
            channels: self.channels,
            filters: self.filters,
            kernel: self.kernel,
            stride: self.stride,
            pad: self.pad,
            testbench: self.target.bench(),
        };
        let files = conv_files(&options).context(REFUSED)?;
        self.target.finish(&files, "conv_tb")
    }
}

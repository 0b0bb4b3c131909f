//! Options of the stand-alone cores.

use anyhow::Context;

use super::Target;
use crate::cli::Verdict;
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
    #[arg(long, value_enum, default_value_t = Kind::Generic)]
    multipliers: Kind,
}

/// [`Multipliers`] as the command line spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// Verilog `*`: the synthesis tool decides.
    Generic,
    /// Rows of adders, no DSP.
    Lut,
    /// ECP5: two columns of each group on `MULT18X18D`, the others on carry cells.
    Ecp5Mixed,
    /// ECP5: one column of each group on `MULT18X18D`.
    Ecp5Quarter,
    /// ECP5 `MULT18X18D` for all.
    Ecp5Dsp,
    /// ECP5: carry cells for all.
    Ecp5Rows,
}

impl From<Kind> for Multipliers {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Generic => Multipliers::Generic,
            Kind::Lut => Multipliers::Lut,
            Kind::Ecp5Mixed => Multipliers::Ecp5Mixed,
            Kind::Ecp5Quarter => Multipliers::Ecp5Quarter,
            Kind::Ecp5Dsp => Multipliers::Ecp5Dsp,
            Kind::Ecp5Rows => Multipliers::Ecp5Rows,
        }
    }
}

impl Array {
    fn sizes(&self) -> CoreArray {
        CoreArray {
            rows: self.rows,
            cols: self.cols,
            data_bits: self.data_bits,
            acc_bits: self.acc_bits,
            multipliers: self.multipliers.into(),
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

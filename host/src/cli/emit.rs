//! `systole emit`: Verilog of the accelerator and of the stand-alone cores.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Verdict, architecture, output};
use systole_arch::Multipliers;
use systole_hdl::cores::{MatmulJob, MatmulSizes, matmul_files};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The accelerator of a configuration.
    Accelerator {
        /// Configuration: a preset or a TOML file.
        #[arg(long)]
        arch: String,
        /// Folder to write to.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// A systolic matrix multiplication with AXI4-Stream ports.
    Matmul(Matmul),
}

#[derive(Debug, clap::Args)]
struct Matmul {
    /// Elements of the inner dimension per cycle.
    #[arg(long, default_value_t = 8)]
    rows: usize,
    /// Columns of the result at once.
    #[arg(long, default_value_t = 8)]
    cols: usize,
    /// Bits of an operand.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(8..=8))]
    data_bits: u8,
    /// Bits of a result.
    #[arg(long, default_value_t = 32)]
    acc_bits: usize,
    /// Folder to write to.
    #[arg(short, long)]
    output: PathBuf,
    /// Write a self-checking test bench for a product of this size: `M,K,N`.
    #[arg(long, num_args = 0..=1, default_missing_value = "64,64,64", value_parser = sizes)]
    testbench: Option<[usize; 3]>,
}

fn sizes(text: &str) -> Result<[usize; 3], String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers
        .ok()
        .and_then(|n| n.try_into().ok())
        .ok_or_else(|| format!("`{text}` is not M,K,N, for example 64,64,64"))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match &arguments.what {
        What::Accelerator { arch, output } => {
            let design = super::pipeline::accelerator(&architecture::find(arch)?)?;
            write_all(output, &design.sources)
        }
        What::Matmul(matmul) => emit_matmul(matmul),
    }
}

fn emit_matmul(matmul: &Matmul) -> anyhow::Result<Verdict> {
    let (rows, cols) = (matmul.rows, matmul.cols);
    let possible = rows.is_power_of_two()
        && (2..=32).contains(&rows)
        && (cols == 2 || cols % 4 == 0 && (4..=32).contains(&cols));
    anyhow::ensure!(
        possible,
        "{rows}x{cols} is not possible: rows are a power of two from 2 to 32, columns 2 or a multiple of 4 up to 32"
    );
    anyhow::ensure!(
        (17..=35).contains(&matmul.acc_bits),
        "--acc-bits {} is not possible: 17 to 35",
        matmul.acc_bits
    );
    let [m, k, n] = matmul.testbench.unwrap_or([64; 3]);
    anyhow::ensure!(
        m > 0 && k > 0 && n > 0 && k % rows == 0 && n % cols == 0,
        "a product of {m}x{k} and {k}x{n} does not fit: K must be a multiple of {rows}, N of {cols}"
    );
    let words = |count: usize| count.next_power_of_two().max(16);
    let sizes = MatmulSizes {
        rows,
        cols,
        acc_bits: matmul.acc_bits,
        activation_words: words(m * k / rows),
        weight_words: words(k / rows * (n / cols)),
    };
    let job = matmul.testbench.map(|_| MatmulJob { m, k, n, seed: 1 });
    let files =
        matmul_files(&sizes, Multipliers::Generic, job).context("cannot generate the core")?;
    write_all(&matmul.output, &files)
}

fn write_all(folder: &Path, files: &[(String, String)]) -> anyhow::Result<Verdict> {
    for (name, text) in files {
        let path = folder.join(name);
        output::write(&path, text.as_bytes())?;
        println!("{}", path.display());
    }
    Ok(Verdict::Done)
}

//! `systole emit`: Verilog of the accelerator and of the stand-alone cores.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Verdict, architecture, output};
use systole::device::accelerator_design;
use systole_arch::Multipliers;
use systole_hdl::cores::{CoreArray, MatmulOptions, Testbench, matmul_files};

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
    #[arg(long, default_value_t = 8)]
    data_bits: usize,
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
            let design = accelerator_design(&architecture::find(arch)?)?;
            write_all(output, &design.sources)
        }
        What::Matmul(matmul) => emit_matmul(matmul),
    }
}

fn emit_matmul(matmul: &Matmul) -> anyhow::Result<Verdict> {
    let [m, k, n] = matmul.testbench.unwrap_or([64; 3]);
    let options = MatmulOptions {
        array: CoreArray {
            rows: matmul.rows,
            cols: matmul.cols,
            data_bits: matmul.data_bits,
            acc_bits: matmul.acc_bits,
            multipliers: Multipliers::Generic,
        },
        m,
        k,
        n,
        testbench: matmul.testbench.map(|_| Testbench {
            seed: 1,
            stalls: false,
        }),
    };
    let files = matmul_files(&options).context("cannot generate the core")?;
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

//! `systole emit`: Verilog of the accelerator and of the stand-alone cores, with self-checking test benches.

mod cores;
mod recurrent;
mod simulate;

use std::path::{Path, PathBuf};

use super::{Verdict, architecture, output};
use systole::device::accelerator_design;
use systole::testbench::{self, accelerator_testbench};
use systole_hdl::cores::Testbench;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The accelerator of a configuration.
    Accelerator(Accelerator),
    /// A systolic matrix multiplication with AXI4-Stream ports.
    Matmul(cores::Matmul),
    /// A systolic two-dimensional convolution with AXI4-Stream ports.
    Conv(cores::Conv),
    /// An LSTM layer with AXI4-Stream ports.
    Lstm(recurrent::Lstm),
    /// A GRU layer (`linear_before_reset = 1`) with AXI4-Stream ports.
    Gru(recurrent::Gru),
}

#[derive(Debug, clap::Args)]
struct Accelerator {
    /// Configuration: a preset or a TOML file.
    #[arg(long)]
    arch: String,
    #[command(flatten)]
    target: Target,
}

/// Where to write, and what beside the design.
#[derive(Debug, clap::Args)]
struct Target {
    /// Folder to write to.
    #[arg(short, long)]
    output: PathBuf,
    /// Write a self-checking test bench as well.
    #[arg(long)]
    testbench: bool,
    /// Seed of the random data of the test bench.
    #[arg(long, default_value_t = 1, requires = "testbench")]
    seed: u64,
    /// All streams of the test bench pause at random.
    #[arg(long, requires = "testbench")]
    stalls: bool,
    /// Run the test bench in every simulator that is installed.
    #[arg(long, requires = "testbench")]
    simulate: bool,
}

impl Target {
    fn bench(&self) -> Option<Testbench> {
        self.testbench.then_some(Testbench {
            seed: self.seed,
            stalls: self.stalls,
        })
    }

    /// Writes the files; says how to simulate `bench`, or does it.
    fn finish(&self, files: &[(String, String)], bench: &str) -> anyhow::Result<Verdict> {
        write_all(&self.output, files)?;
        if !self.testbench {
            return Ok(Verdict::Done);
        }
        if self.simulate {
            return simulate::run(files, bench);
        }
        simulate::explain(&self.output, files, bench);
        Ok(Verdict::Done)
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match &arguments.what {
        What::Accelerator(accelerator) => accelerator.run(),
        What::Matmul(matmul) => matmul.run(),
        What::Conv(conv) => conv.run(),
        What::Lstm(lstm) => lstm.run(),
        What::Gru(gru) => gru.run(),
    }
}

impl Accelerator {
    fn run(&self) -> anyhow::Result<Verdict> {
        let arch = architecture::find(&self.arch)?;
        let mut files = accelerator_design(&arch)?.sources;
        if let Some(bench) = self.target.bench() {
            files.extend(accelerator_testbench(&arch, bench.seed, bench.stalls)?);
        }
        self.target.finish(&files, testbench::TOP)
    }
}

fn write_all(folder: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        output::write(&path, text.as_bytes())?;
        println!("{}", path.display());
    }
    Ok(())
}

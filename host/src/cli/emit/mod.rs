//! `systole emit`: Verilog of the accelerator and of the stand-alone cores, with self-checking test benches.

mod cores;
mod recurrent;
mod simulate;

use std::path::{Path, PathBuf};

use super::{Verdict, architecture, output};
use systole::device::accelerator_design;
use systole::testbench::{self, accelerator_testbench};
use systole_arch::Arch;
use systole_arch::boards::{Board, room};
use systole_hdl::board::{BoardTop, TOP};
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
    #[arg(long, required_unless_present = "board")]
    arch: Option<String>,
    /// Write everything for a board as well: the module of its pins with UART, PLL, reset and lights, and the constraint file.
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// Clock of the accelerator on the board, MHz [default: the first of `systole boards NAME`].
    #[arg(long, value_name = "F", requires = "board")]
    mhz: Option<f64>,
    /// Put it behind another interface: `axi` writes AXI4-Stream and AXI4-Lite ports, an IP-XACT description and scripts for
    /// Vivado and Quartus.
    #[arg(long, value_enum, conflicts_with = "board")]
    wrapper: Option<Wrapper>,
    #[command(flatten)]
    target: Target,
}

/// What stands round the accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wrapper {
    /// AXI4-Stream for requests and answers, AXI4-Lite for registers.
    Axi,
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
        let board = self.board.as_deref().map(Board::named).transpose()?;
        let arch = match (&board, &self.arch) {
            (Some(board), name) => architecture::for_board(name.as_deref(), board)?,
            (None, name) => architecture::find(name.as_deref().unwrap_or_default())?,
        };
        let mut files = match (&board, self.wrapper) {
            (None, None) => accelerator_design(&arch)?.sources,
            (None, Some(Wrapper::Axi)) => systole_hdl::axi::files(&arch)?,
            (Some(board), _) => self.for_board(board, &arch)?,
        };
        if let Some(bench) = self.target.bench() {
            files.extend(accelerator_testbench(&arch, bench.seed, bench.stalls)?);
        }
        self.target.finish(&files, testbench::TOP)
    }

    fn for_board(&self, board: &Board, arch: &Arch) -> anyhow::Result<Vec<(String, String)>> {
        if let Some(short) = room::shortage(arch, board.part) {
            eprintln!(
                "note: by the estimates `{}` does not fit: {short}",
                arch.name
            );
        }
        let hz = self.mhz.map(|mhz| (mhz * 1e6).round() as u64);
        let top = BoardTop::new(board, arch, hz)?;
        let mut files = top.sources()?;
        let constraints = format!("{TOP}.{}", board.part.family.extension());
        files.push((constraints, board.constraints()));
        Ok(files)
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

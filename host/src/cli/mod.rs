//! The command line: one file for each subcommand, shared manners here.
//!
//! Exit codes: 0 done, 1 error, 2 wrong usage, 3 done but a comparison that promises equality failed.

mod architecture;
#[cfg(unix)]
mod board_process;
mod boards;
mod build;
mod compile;
mod demo;
mod dimensions;
mod doctor;
mod emit;
mod errors;
mod flash;
mod infer;
mod inspect;
mod manifest;
mod named;
mod output;
mod pipeline;
mod progress;
mod quantize;
mod run;
mod synth;
mod tools;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// From a trained network to a verified FPGA accelerator.
#[derive(Debug, Parser)]
#[command(
    name = "systole",
    version,
    about = "From a trained network to a verified FPGA accelerator",
    propagate_version = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// Say more on standard error; twice for everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Quantize, compile and run a model; compare every byte and every cycle.
    Run(run::Arguments),
    /// Read pictures: a model's answer for each.
    Infer(infer::Arguments),
    /// Turn a trained model into an integer network.
    Quantize(quantize::Arguments),
    /// Compile an integer network for one configuration.
    Compile(compile::Arguments),
    /// Generate Verilog.
    Emit(emit::Arguments),
    /// Synthesize emitted Verilog for ECP5: cells and, by place and route, clock rate.
    Synth(synth::Arguments),
    /// Build the bitstream of a board: emit, lint, synthesize, place and route, pack, verify.
    Build(build::Arguments),
    /// Run a program at every level down to the bitstream of a board, compare each with the one before, write a receipt.
    Verify(verify::Arguments),
    /// Put a bitstream into a board, with openFPGALoader.
    Flash(flash::Arguments),
    /// List the boards, or show one: part, pins, clocks, link, programmer.
    Boards(boards::Arguments),
    /// Show what is in a file.
    Inspect(inspect::Arguments),
    /// Show which external tools are there, and how to get those that are missing.
    Doctor(doctor::Arguments),
    /// Manage external tools.
    Tools(tools::Arguments),
    /// The simulated board of `--device pty`.
    #[cfg(unix)]
    #[command(hide = true)]
    BoardProcess(board_process::Arguments),
    /// The whole path on a small network that comes with this program.
    Demo(demo::Arguments),
}

/// How a command ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Done,
    /// Something that must be equal is not.
    Unequal,
}

pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.verbose);
    match dispatch(arguments.command) {
        Ok(Verdict::Done) => ExitCode::SUCCESS,
        Ok(Verdict::Unequal) => ExitCode::from(3),
        Err(error) => {
            errors::report(&error);
            ExitCode::from(1)
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Infer(arguments) => infer::run(&arguments),
        Command::Quantize(arguments) => quantize::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Emit(arguments) => emit::run(&arguments),
        Command::Synth(arguments) => synth::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Flash(arguments) => flash::run(&arguments),
        Command::Boards(arguments) => boards::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Tools(arguments) => tools::run(&arguments),
        #[cfg(unix)]
        Command::BoardProcess(arguments) => board_process::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    }
}

fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SYSTOLE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
}

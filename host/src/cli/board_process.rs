//! `systole board-process`: the simulated board of `--device pty`, which starts it. Hidden: its argument is not for people.

use super::Verdict;
use anyhow::Context;
use systole::board_process::{ModelBoard, RtlBoard, SimulatedBoard, simulated_top, start};
use systole_arch::Arch;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration, as JSON.
    arch: String,
    /// The model of the device instead of the Verilog.
    #[arg(long)]
    model: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let arch: Arch = serde_json::from_str(&arguments.arch).context("no configuration in JSON")?;
    arch.check("board-process")?;
    let mut board: Box<dyn SimulatedBoard> = match arguments.model {
        true => Box::new(ModelBoard::new(&arch)),
        false => Box::new(RtlBoard::new(&simulated_top(&arch)?)?),
    };
    start(board.as_mut())?;
    Ok(Verdict::Done)
}

//! `systole flash`: a bitstream into a board, by openFPGALoader.

mod bitstream;
mod programmer;

use std::path::PathBuf;

use anyhow::Context;
use systole_arch::boards::Board;
use systole_arch::boards::sheet::Programmer;
use systole_sim::tools;

use super::Verdict;

/// Tool, as the table of tools names it.
const PROGRAM: &str = "openFPGALoader";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Board: a name that `systole boards` lists.
    #[arg(long)]
    board: String,
    /// Bitstream, or the folder that `systole build` wrote.
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    from: PathBuf,
    /// Load the FPGA: it forgets the bitstream without power. This is the default where the board can do it.
    #[arg(long, conflicts_with = "flash")]
    sram: bool,
    /// Write the flash memory, from which the board starts from now on.
    #[arg(long)]
    flash: bool,
    /// Check everything and print the command, but do not run it.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let board = Board::named(&arguments.board)?;
    let option = option(arguments, &board)?;
    let file = bitstream::find(&arguments.from, &board)?;
    let words = [
        "--board".into(),
        board.sheet.programmer.openfpgaloader.clone().into(),
        option.into(),
        file.into_os_string(),
    ];
    if arguments.dry_run {
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        println!("{PROGRAM} {}", words.join(" "));
        return Ok(Verdict::Done);
    }
    let tool = tools::find(PROGRAM).context(format!(
        "{PROGRAM} was not found, which talks to the cables of boards\n  hint: `apt-get install openfpgaloader`, or see \
         https://github.com/trabucayre/openFPGALoader; then put it on PATH, or set OPENFPGALOADER to it"
    ))?;
    programmer::run(tool.command().args(&words), &board)?;
    println!("{}: done", board.name());
    Ok(Verdict::Done)
}

/// Where the bitstream goes, as the board file spells it. What stays in the board has to be asked for.
fn option(arguments: &Arguments, board: &Board) -> anyhow::Result<String> {
    let Programmer { sram, flash, .. } = &board.sheet.programmer;
    let name = board.name();
    let (option, what, other) = match arguments.flash {
        true => (flash, "its flash", sram.as_ref().map(|_| "--sram")),
        false => (sram, "the FPGA itself", flash.as_ref().map(|_| "--flash")),
    };
    let hint = match other {
        Some("--flash") => {
            "\n  hint: `--flash` writes its flash memory, from which it starts from then on"
        }
        Some(_) => "\n  hint: `--sram` loads the FPGA itself, until it loses its power",
        None => "",
    };
    option
        .clone()
        .with_context(|| format!("board `{name}`: openFPGALoader cannot write {what}{hint}"))
}

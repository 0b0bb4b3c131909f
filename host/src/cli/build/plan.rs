//! What a build will do, checked before anything is started.

use std::path::PathBuf;

use anyhow::Context;

use super::Arguments;
use crate::cli::architecture;
use systole_arch::Arch;
use systole_arch::boards::frequency::mhz;
use systole_arch::boards::part::Family;
use systole_arch::boards::{Board, room};
use systole_hdl::board::BoardTop;
use systole_sim::flow::{PlaceRoute, Step};
use systole_sim::tools;

/// A build.
pub(in crate::cli) struct Plan {
    /// Board.
    pub(in crate::cli) board: Board,
    /// Configuration.
    pub(in crate::cli) arch: Arch,
    /// The design.
    pub(in crate::cli) top: BoardTop,
    /// Seeds to try.
    pub(in crate::cli) seeds: Vec<u64>,
    /// Last step.
    pub(in crate::cli) until: Step,
    /// Folder for the results.
    pub(in crate::cli) output: PathBuf,
}

impl Plan {
    pub(in crate::cli) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let board = Board::named(&arguments.board)?;
        let arch = architecture::for_board(arguments.arch.as_deref(), &board)?;
        if let Some(short) = room::shortage(&arch, board.part) {
            eprintln!(
                "note: by the estimates `{}` does not fit {}: {short}",
                arch.name,
                board.name()
            );
        }
        let hz = arguments.target_mhz.map(hertz).transpose()?;
        let top = BoardTop::new(&board, &arch, hz)?;
        if arguments.output.is_file() {
            anyhow::bail!(
                "{}: it is a file\n  hint: give a folder",
                arguments.output.display()
            );
        }
        Ok(Plan {
            seeds: (0..arguments.seeds)
                .map(|n| arguments.seed.wrapping_add(n))
                .collect(),
            until: arguments.until,
            output: arguments.output.clone(),
            board,
            arch,
            top,
        })
    }

    /// Core clock, MHz.
    pub(in crate::cli) fn target_mhz(&self) -> f64 {
        self.top.core_hz as f64 / 1e6
    }

    /// How a netlist is placed with a seed, with the text of the constraint file.
    pub(in crate::cli) fn place_route<'a>(
        &'a self,
        constraints: &'a str,
        seed: u64,
    ) -> PlaceRoute<'a> {
        PlaceRoute {
            board: &self.board,
            constraints,
            target_mhz: self.target_mhz(),
            seed,
        }
    }

    pub(in crate::cli) fn print(&self) {
        let Plan { board, arch, .. } = self;
        println!(
            "{}: {} {}, configuration {} ({}x{}), core clock {} MHz, {} baud",
            board.name(),
            board.part.family.name(),
            board.part.name,
            arch.name,
            arch.rows,
            arch.cols,
            mhz(self.top.core_hz),
            board.sheet.link.baud,
        );
        for (what, need, have, _) in room::rows(arch, board.part).into_iter().flatten() {
            println!("  {what:<12} {need:>7} of {have} by the estimate");
        }
    }

    /// Steps with their tools, and whether those are there.
    pub(in crate::cli) fn print_steps(&self) {
        let steps = Step::ALL.into_iter().filter(|step| *step <= self.until);
        for step in steps {
            let tools: Vec<String> = tools_of(step, self.board.part.family)
                .iter()
                .map(|name| match tools::find(name) {
                    Ok(_) => (*name).to_owned(),
                    Err(error) => format!("{name} (MISSING: {error})"),
                })
                .collect();
            let seeds = match (step, self.seeds.as_slice()) {
                (Step::PlaceAndRoute, [_, _, ..]) => format!(", {} seeds", self.seeds.len()),
                _ => String::new(),
            };
            println!("  {:<16} {}{seeds}", step.name(), tools.join(", "));
        }
        println!("  into {}", self.output.display());
    }
}

/// Tools of a step.
pub(in crate::cli) fn tools_of(step: Step, family: Family) -> &'static [&'static str] {
    match (step, family) {
        (Step::Emit, _) => &[],
        (Step::Lint, _) => &["verilator"],
        (Step::Synthesize, _) => &["yosys"],
        (Step::PlaceAndRoute, Family::Ecp5) => &["nextpnr-ecp5"],
        (Step::PlaceAndRoute, Family::Ice40) => &["nextpnr-ice40"],
        (Step::PlaceAndRoute, Family::Gowin) => &["nextpnr-himbaechel-gowin"],
        (Step::Pack, Family::Ecp5) => &["ecppack"],
        (Step::Pack, Family::Ice40) => &["icepack"],
        (Step::Pack, Family::Gowin) => &["gowin_pack"],
        (Step::Verify, Family::Ecp5) => &["ecpunpack", "ecppack"],
        (Step::Verify, Family::Ice40) => &["iceunpack", "icepack"],
        (Step::Verify, Family::Gowin) => &[],
    }
}

fn hertz(mhz: f64) -> anyhow::Result<u64> {
    let hz = (mhz * 1e6).round();
    (hz.is_finite() && (1e6..=1e9).contains(&hz))
        .then_some(hz as u64)
        .with_context(|| {
            format!("--target-mhz {mhz} is no clock of an FPGA\n  hint: from 1 to 1000")
        })
}

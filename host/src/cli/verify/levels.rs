//! The levels, from the CPU reference to the bitstream.

use clap::builder::TypedValueParser;
use systole::device::level_name;
use systole_arch::boards::part::Family;
use systole_sim::flow::{self, Step};
use systole_sim::tools;

use crate::cli::build::tools_of;
use crate::cli::named::named;

/// What runs the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The CPU reference.
    Cpu,
    /// The program on a model of the memories.
    Interpreter,
    /// The Verilog of the accelerator, driven through its byte link.
    Rtl,
    /// The Verilog of the board top, driven through its pins.
    Board,
    /// What tools made of the board top, driven through its pins.
    Gates(flow::Level),
}

impl Level {
    const NETLIST: Level = Level::Gates(flow::Level::Netlist);
    const ROUTED: Level = Level::Gates(flow::Level::Routed);
    /// The last one.
    pub(super) const BITSTREAM: Level = Level::Gates(flow::Level::Bitstream);

    /// In order.
    pub(super) const ALL: [Level; 7] = [
        Level::Cpu,
        Level::Interpreter,
        Level::Rtl,
        Level::Board,
        Level::NETLIST,
        Level::ROUTED,
        Level::BITSTREAM,
    ];

    /// Name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Cpu => "cpu",
            Level::Interpreter => "interpreter",
            Level::Rtl => "rtl",
            Level::Board => "board",
            Level::Gates(level) => level_name(level),
        }
    }

    /// What runs, for people.
    pub(super) fn what(self) -> &'static str {
        match self {
            Level::Cpu => "integer network on the CPU",
            Level::Interpreter => "program on a model of the memories",
            Level::Rtl => "Verilog of the accelerator, through its byte port",
            Level::Board => "Verilog of the board top, through its UART",
            Level::Gates(flow::Level::Netlist) => "board top after synthesis, through its UART",
            Level::Gates(flow::Level::Routed) => {
                "board top after place and route, through its UART"
            }
            Level::Gates(flow::Level::Bitstream) => {
                "board top as the bitstream says, through its UART"
            }
        }
    }

    /// Whether Verilator runs it.
    pub(super) fn is_simulated(self) -> bool {
        matches!(self, Level::Rtl | Level::Board | Level::Gates(_))
    }

    /// Last step of the build that it needs.
    pub(super) fn step(self) -> Option<Step> {
        match self {
            Level::Gates(flow::Level::Netlist) => Some(Step::Synthesize),
            Level::Gates(flow::Level::Routed) => Some(Step::PlaceAndRoute),
            Level::Gates(flow::Level::Bitstream) => Some(Step::Verify),
            _ => None,
        }
    }

    /// Why this level cannot be simulated for a family of parts, if it cannot.
    pub(super) fn beyond_tools(self, family: Family) -> Option<String> {
        match (self, family) {
            (Level::Gates(flow::Level::Bitstream), Family::Ice40) => None,
            (Level::Gates(flow::Level::Bitstream), Family::Ecp5) => Some(
                "not decoded: ECP5; unpacked and packed again, it has the same bytes".to_owned(),
            ),
            (Level::Gates(flow::Level::Bitstream), Family::Gowin) => {
                Some("not decoded: Gowin".to_owned())
            }
            (Level::Gates(_), Family::Gowin) => {
                Some("not simulated: there are no models of the cells of Gowin".to_owned())
            }
            _ => None,
        }
    }

    /// Tools without which it does not run.
    fn tools(self, family: Family) -> Vec<&'static str> {
        let mut names = match self.is_simulated() {
            true => vec!["verilator", "cxx"],
            false => Vec::new(),
        };
        let needed = |step: &Step| self.step().is_some_and(|last| *step <= last);
        for step in Step::ALL.into_iter().filter(needed) {
            names.extend(tools_of(step, family));
        }
        if self == Level::BITSTREAM && family == Family::Ice40 {
            names.push("icebox_vlog");
        }
        names
    }
}

/// Levels by their names.
pub(super) fn parser() -> impl TypedValueParser<Value = Level> {
    named(Level::ALL.map(|level| (level, level.name(), level.what())))
}

/// An error for the first level whose tools are not there, before anything runs.
pub(super) fn check_tools(levels: &[Level], family: Family) -> anyhow::Result<()> {
    for (at, level) in levels.iter().enumerate() {
        for name in level.tools(family) {
            let Err(error) = tools::find(name) else {
                continue;
            };
            let text = error.to_string();
            let (said, hint) = text.split_once("\n  hint: ").unwrap_or((&text, ""));
            let before: Vec<&str> = levels[..at].iter().map(|level| level.name()).collect();
            let fewer = match before.len() {
                0 | 1 => String::new(),
                _ => format!("; `--levels {}` does without", before.join(",")),
            };
            anyhow::bail!("level `{}`: {said}\n  hint: {hint}{fewer}", level.name());
        }
    }
    Ok(())
}

//! `systole boards`: which boards there are, and everything that is known of one.

mod record;
mod show;

use super::Verdict;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use record::record;
use serde_json::Value;
use show::show;
use systole_arch::boards::frequency::mhz;
use systole_arch::boards::{Board, boards, room};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Board to show; all of them, one in a line, if it is not given.
    name: Option<String>,
    /// Print JSON.
    #[arg(long, conflicts_with = "constraints")]
    json: bool,
    /// Print the constraint file for nextpnr: .lpf, .pcf or .cst.
    #[arg(long, requires = "name")]
    constraints: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match &arguments.name {
        Some(name) => {
            let board = Board::named(name)?;
            match (arguments.json, arguments.constraints) {
                (true, _) => println!("{}", serde_json::to_string_pretty(&record(&board))?),
                (_, true) => print!("{}", board.constraints()),
                _ => show(&board),
            }
        }
        None => {
            let all = boards()?;
            match arguments.json {
                true => {
                    let list: Vec<Value> = all.iter().map(record).collect();
                    println!("{}", serde_json::to_string_pretty(&list)?);
                }
                false => println!(
                    "{}\nresources are estimates, clocks those of the board file: nothing is measured",
                    list(&all)
                ),
            }
        }
    }
    Ok(Verdict::Done)
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !head.is_empty() {
        table.set_header(head.to_vec());
    }
    table
}

fn list(all: &[Board]) -> Table {
    let head = [
        "board",
        "part",
        "LUTs",
        "RAMs",
        "DSPs",
        "preset",
        "MACs",
        "LUTs used",
        "clock, MHz",
        "GMAC/s at it",
    ];
    let mut table = table(&head);
    for column in [2, 3, 4, 6, 7, 8, 9] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for board in all {
        let mut row = vec![board.name().to_owned(), board.part.name.to_owned()];
        let sizes =
            room::device(board.part).map_or([0; 3], |d| [d.luts, d.block_rams, d.multipliers]);
        row.extend(sizes.map(|n| n.to_string()));
        row.extend(performance(board));
        table.add_row(row);
    }
    table
}

/// Preset, multiply-adds in a cycle, share of the LUTs, default clock, what that makes; by the estimates.
fn performance(board: &Board) -> [String; 5] {
    let clock = board.core_clocks().first().map_or(0, |clock| clock.hz);
    let Some(arch) = board.arch() else {
        let nothing = || "-".to_owned();
        return ["none".into(), nothing(), nothing(), mhz(clock), nothing()];
    };
    let macs = arch.rows * arch.cols;
    let share = room::rows(&arch, board.part).map_or(String::new(), |[luts, ..]| {
        format!("{} %", percent(luts.1, luts.2))
    });
    let rate = macs as f64 * clock as f64 / 1e9;
    [
        arch.name,
        macs.to_string(),
        share,
        mhz(clock),
        format!("{rate:.1}"),
    ]
}

fn percent(part: usize, whole: usize) -> usize {
    (100 * part).div_ceil(whole.max(1))
}

/// Name of the PLL primitive; that of an iCE40 depends on where its clock comes from.
fn primitive(board: &Board) -> String {
    use systole_arch::boards::sheet::PllInput;
    let name = board.part.pll.primitive;
    match board.sheet.clock.pll {
        Some(PllInput::Core) => format!("{name}_CORE"),
        Some(PllInput::Pad) => format!("{name}_PAD"),
        None => name.into(),
    }
}

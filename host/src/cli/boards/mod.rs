//! `systole boards`: which boards there are, and everything that is known of one.

mod performance;
mod record;
mod show;

use super::Verdict;
use super::manifest::Manifest;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use performance::Performance;
use record::record;
use serde_json::Value;
use show::show;
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

/// What the numbers of the list are.
const LEGEND: &str = "measured: placed and routed (bitstreams/manifest.toml); estimate: not built yet (docs/estimates.md).
clock: what the PLL is set to; fmax and GMAC/s: what the design would reach by nextpnr. Nothing was run on a board.";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let manifest = Manifest::embedded()?;
    match &arguments.name {
        Some(name) => {
            let board = Board::named(name)?;
            match (arguments.json, arguments.constraints) {
                (true, _) => println!(
                    "{}",
                    serde_json::to_string_pretty(&record(&board, &manifest))?
                ),
                (_, true) => print!("{}", board.constraints()),
                _ => show(&board, &manifest),
            }
        }
        None => {
            let all = boards()?;
            match arguments.json {
                true => {
                    let list: Vec<Value> = all.iter().map(|b| record(b, &manifest)).collect();
                    println!("{}", serde_json::to_string_pretty(&list)?);
                }
                false => println!("{}\n{LEGEND}", list(&all, &manifest)),
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

fn list(all: &[Board], manifest: &Manifest) -> Table {
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
        "fmax, MHz",
        "GMAC/s at it",
        "from",
    ];
    let mut table = table(&head);
    for column in [2, 3, 4, 6, 7, 8, 9, 10] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for board in all {
        let mut row = vec![board.name().to_owned(), board.part.name.to_owned()];
        let sizes =
            room::device(board.part).map_or([0; 3], |d| [d.luts, d.block_rams, d.multipliers]);
        row.extend(sizes.map(|n| n.to_string()));
        match Performance::of(board, manifest) {
            Some(performance) => row.extend(performance.cells()),
            None => row.push("none".to_owned()),
        }
        table.add_row(row);
    }
    table
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

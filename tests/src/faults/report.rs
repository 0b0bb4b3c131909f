//! The counts as a table.

use std::path::Path;

use super::campaign::Tallies;
use super::{BoardKind, Network, Tally};
use crate::marks::{self, MarksError};

const BEGIN: &str = "<!-- faults: begin -->";
const END: &str = "<!-- faults: end -->";

/// Rows for each board and network, and for all of them.
#[must_use]
pub fn table(tallies: &Tallies, networks: &[Network]) -> String {
    let mut text = String::from(
        "| board | network | connections | bytes | dropped | flipped | doubled | inserted | restarts | ports gone | cuts | bursts | **faults** | right results | errors |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut all = Tally::default();
    for ((board, network), tally) in tallies {
        let board = match board {
            BoardKind::Model => "model",
            BoardKind::Rtl => "RTL",
        };
        text += &row(board, networks[*network].name, tally);
        all.add(tally);
    }
    text += &row("all", "", &all);
    text += "\nErrors by kind:";
    for (kind, count) in &all.errors {
        text += &format!(" {kind} {count},");
    }
    text.trim_end_matches([',', ':']).to_owned()
        + ". Wrong results without an error: 0. Runs without an end: 0.\n"
}

fn row(board: &str, network: &str, tally: &Tally) -> String {
    let [dropped, flipped, doubled, inserted] = tally.damaged();
    let numbers = [
        tally.connections,
        tally.bytes,
        dropped,
        flipped,
        doubled,
        inserted,
        tally.restarts,
        tally.pulls,
        tally.cuts,
        tally.garbage,
        tally.faults(),
        tally.right,
        tally.errors.values().sum(),
    ];
    let cells: Vec<String> = numbers.iter().map(u64::to_string).collect();
    format!("| {board} | {network} | {} |\n", cells.join(" | "))
}

/// Writes the counts into the page.
///
/// # Errors
/// The page cannot be written, or has no place for them.
pub fn bless(page: &Path, text: &str) -> Result<(), MarksError> {
    marks::replace(page, BEGIN, END, text)
}

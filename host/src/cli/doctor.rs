//! `systole doctor`.

use super::Verdict;
use comfy_table::{ContentArrangement, Table, presets};
use systole_sim::tools::{State, doctor};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let checks = doctor();
    let word = |state| match state {
        State::Ready => "ready",
        State::Broken => "broken",
        State::Missing => "missing",
    };
    if arguments.json {
        let list: Vec<_> = checks
            .iter()
            .map(|check| serde_json::json!({ "name": check.name, "purpose": check.purpose, "state": word(check.state), "detail": check.detail }))
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(Verdict::Done);
    }
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    for check in &checks {
        table.add_row([word(check.state), check.name, check.purpose, &check.detail]);
    }
    println!("{table}");
    if checks.iter().any(|check| check.state != State::Ready) {
        eprintln!(
            "hint: the devices `cpu` and `interpreter` need no external tool; `systole tools install` fetches the simulator"
        );
    }
    Ok(Verdict::Done)
}

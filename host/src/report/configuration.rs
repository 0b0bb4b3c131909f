//! What was built, what was run, and how long the stages took.

use super::data::{ReportData, grouped};
use maud::{Markup, html};

pub(super) fn tables(data: &ReportData<'_>) -> Option<Markup> {
    let arch = &data.program.arch;
    let mut machine: Vec<(String, String)> = arch
        .sizes()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), grouped(*value as u64)))
        .collect();
    machine.push(("hash".into(), arch.hash_text()));
    let program = &data.program;
    let mut run = vec![
        (
            "instructions".to_owned(),
            grouped(program.instructions.len() as u64),
        ),
        (
            "weights in the array".to_owned(),
            grouped(program.weights.len() as u64),
        ),
        (
            "parameters".to_owned(),
            grouped(program.parameters.len() as u64),
        ),
    ];
    run.extend(data.settings.iter().cloned());
    let seconds: Vec<_> = data
        .results
        .seconds
        .iter()
        .map(|(stage, s)| (stage.clone(), format!("{s:.2} s")))
        .collect();
    Some(html! {
        div.columns {
            (pairs("Accelerator", &machine))
            (pairs("Run", &run))
            (pairs("Time of the stages", &seconds))
        }
        @if !data.left_out.is_empty() {
            ul.notes { @for note in data.left_out { li { "Left out: " (note) } } }
        }
    })
}

fn pairs(title: &str, rows: &[(String, String)]) -> Markup {
    html! {
        @if !rows.is_empty() {
            div.scroll { table {
                caption { (title) }
                tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } } }
            } }
        }
    }
}

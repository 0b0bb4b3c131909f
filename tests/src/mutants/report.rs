//! Results as a table, as JSON and as a part of `docs/mutants.md`.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::campaign::Trial;
use super::{Mutant, MutantError, Outcome, Witness};
use crate::marks;
/// Lines of the page between which the results stand.
const BEGIN: &str = "<!-- results: written by `./x mutants --bless` -->";
const END: &str = "<!-- end of results -->";

/// One line for each planted error.
#[must_use]
pub fn list(mutants: &[Mutant]) -> String {
    let width = mutants
        .iter()
        .map(|mutant| mutant.id.len())
        .max()
        .unwrap_or(0);
    mutants.iter().fold(String::new(), |mut text, mutant| {
        let _ = writeln!(
            text,
            "{:width$}  {:12}  {}",
            mutant.id, mutant.area, mutant.breaks
        );
        text
    })
}

/// One line for each trial, then the score.
#[must_use]
pub fn table(trials: &[Trial]) -> String {
    let width = trials
        .iter()
        .map(|trial| trial.mutant.id.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for Trial {
        mutant,
        outcome,
        seconds,
    } in trials
    {
        let _ = writeln!(text, "{:width$}  {seconds:5.1} s  {outcome}", mutant.id);
    }
    text + "\n" + &score(trials) + "\n"
}

/// How many were caught, and by whom; what else happened only if it did.
#[must_use]
pub fn score(trials: &[Trial]) -> String {
    let count =
        |wanted: fn(&Outcome) -> bool| trials.iter().filter(|trial| wanted(&trial.outcome)).count();
    let caught = count(|o| matches!(o, Outcome::Caught(_)));
    let others = [
        (
            "by the compiler",
            count(|o| *o == Outcome::Caught(Witness::Compiler)),
        ),
        (
            "by the time limit",
            count(|o| *o == Outcome::Caught(Witness::Clock)),
        ),
        ("survived", count(|o| *o == Outcome::Survived)),
        ("stale", count(|o| matches!(o, Outcome::Stale { .. }))),
        (
            "without baseline",
            count(|o| matches!(o, Outcome::NoBaseline(_))),
        ),
        (
            "left out on this machine",
            count(|o| matches!(o, Outcome::LeftOut(_))),
        ),
        ("not planted yet", count(|o| *o == Outcome::Waiting)),
    ];
    let others = others
        .iter()
        .filter(|(_, n)| *n > 0)
        .fold(String::new(), |text, (what, n)| {
            format!("{text}, {n} {what}")
        });
    format!(
        "{caught} of {} planted errors caught{others}.",
        trials.len()
    )
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    area: &'a str,
    breaks: &'a str,
    file: &'a str,
    test: String,
    outcome: &'a Outcome,
    seconds: f64,
}

/// All trials as a JSON array.
#[must_use]
pub fn json(trials: &[Trial]) -> serde_json::Value {
    let record = |trial: &Trial| {
        let Mutant {
            id,
            area,
            breaks,
            file,
            test,
            ..
        } = &trial.mutant;
        let record = Record {
            id,
            area,
            breaks,
            file,
            test: test.to_string(),
            outcome: &trial.outcome,
            seconds: trial.seconds,
        };
        serde_json::to_value(record).unwrap_or_default()
    };
    trials.iter().map(record).collect()
}

/// The results as Markdown: the score, then a table for each list.
#[must_use]
pub fn markdown(trials: &[Trial]) -> String {
    let mut text = format!("{}\n", score(trials));
    let mut area = "";
    for Trial {
        mutant, outcome, ..
    } in trials
    {
        if mutant.area != area {
            area = &mutant.area;
            let _ = writeln!(
                text,
                "\n### {area}\n\n| id | what is broken | file | test | result |\n|---|---|---|---|---|"
            );
        }
        let test = mutant.test.to_string().replace("cargo test ", "");
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | `{test}` | {outcome} |",
            mutant.id, mutant.breaks, mutant.file
        );
    }
    text
}

/// Writes the results between the marked lines of a page.
///
/// # Errors
/// The page cannot be read or written, or has no such lines.
pub fn bless(page: &Path, trials: &[Trial]) -> Result<(), MutantError> {
    Ok(marks::replace(page, BEGIN, END, &markdown(trials))?)
}

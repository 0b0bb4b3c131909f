//! Results as text: the table of operators and devices, and what is known about a failure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::bench::Tally;
use super::campaign::{Failure, Plan, Record};
use super::{Case, Operator, Size, Skip};
use crate::marks::{self, MarksError};

/// A Markdown table: a row for each operator, a column for each device with the cases that were equal, then what the last
/// device of the plan was compared in.
#[must_use]
pub fn table(plan: &Plan, records: &[Record]) -> String {
    let devices: Vec<&str> = plan.subjects.iter().map(|subject| subject.name).collect();
    let mut text = format!(
        "| operator | sizes | {} | tensors | bytes | cycles | |\n|---|---|{}---|---|---|---|\n",
        devices.join(" | "),
        "---|".repeat(devices.len())
    );
    for &operator in &plan.operators {
        let rows: Vec<&Record> = records.iter().filter(|r| r.operator == operator).collect();
        let sum = |device: &str| {
            let mut sum = Tally::default();
            let of_device = rows.iter().filter(|record| record.device == device);
            of_device.for_each(|record| sum += record.tally);
            sum
        };
        let cells: Vec<String> = plan
            .subjects
            .iter()
            .map(|subject| match subject.skipped(operator) {
                Some(why) => format!("skipped: {why}"),
                None => sum(subject.name).cases.to_string(),
            })
            .collect();
        let last = sum(devices.last().copied().unwrap_or_default());
        let _ = writeln!(
            text,
            "| {operator} | {} | {} | {} | {} | {} | all equal |",
            sizes(&rows),
            cells.join(" | "),
            last.tensors,
            last.bytes,
            last.cycles,
        );
    }
    text
}

/// Totals and what was left out, a line for each.
#[must_use]
pub fn notes(plan: &Plan, records: &[Record]) -> String {
    let sizes: Vec<String> = plan.sizes.iter().map(Size::to_string).collect();
    let mut text = format!("- sizes: {}; seeds from {}\n", sizes.join(", "), plan.seed);
    for subject in &plan.subjects {
        let (mut cases, mut programs, mut cycles, mut fused, mut states) = (0, 0, 0, 0, 0);
        for record in records.iter().filter(|r| r.device == subject.name) {
            cases += record.tally.cases;
            programs += record.tally.programs;
            cycles += record.tally.cycles;
            fused += record.tally.fused;
            states += record.tally.states;
        }
        let _ = write!(text, "- `{}`: {cases} cases", subject.name);
        if subject.counts() {
            let _ = write!(
                text,
                ", {programs} programs, {cycles} cycles as predicted; {fused} tensors are never written (fused layers)"
            );
        }
        if states > 0 {
            let _ = write!(text, "; {states} states of 16 bits");
        }
        for skip in subject.skips {
            let _ = match skip {
                Skip::Counters(why) => write!(text, "; skips counters: {why}"),
                Skip::Operator(operator, why) => write!(text, "; skips {operator}: {why}"),
            };
        }
        text.push('\n');
    }
    let first = plan.subjects.first().map(|subject| subject.name);
    let mut replaced = BTreeMap::new();
    for record in records
        .iter()
        .filter(|r| Some(r.device) == first && r.replaced > 0)
    {
        *replaced.entry((record.operator, record.size)).or_insert(0) += record.replaced;
    }
    let where_from = |((operator, size), count): (&(Operator, Size), &usize)| {
        format!(" ({operator} on {size}: {count})")
    };
    let _ = writeln!(
        text,
        "- {} drawn cases were too large for their configuration and replaced{}",
        replaced.values().sum::<usize>(),
        replaced.iter().map(where_from).collect::<String>()
    );
    text
}

fn sizes(rows: &[&Record]) -> String {
    let mut sizes: Vec<Size> = rows.iter().map(|r| r.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.len().to_string()
}

/// Everything needed to look at a failure and to repeat it.
#[must_use]
pub fn failure(plan: &Plan, failure: &Failure) -> String {
    let devices: Vec<&str> = plan.subjects.iter().map(|subject| subject.name).collect();
    let devices = devices.join(",");
    let mut text = format!(
        "{}\n  case: {}\n  again: {}\n",
        failure.mismatch,
        failure.case,
        failure.case.command(&devices)
    );
    match &failure.least {
        Some((case, mismatch)) => {
            let _ = write!(
                text,
                "smallest case that fails: {mismatch}\n  {}\n  again: {}\n",
                describe(case),
                case.command(&devices)
            );
        }
        None => {
            let _ = writeln!(
                text,
                "alone, on a fresh device, this case passes: it depends on the programs before it\n  again: ./x conformance --device {devices} --operator {} --size {} --seed {} --cases {}",
                failure.case.operator, failure.case.size, plan.seed, plan.cases
            );
        }
    }
    text
}

/// The layers of a case with their shapes.
#[must_use]
pub fn describe(case: &Case) -> String {
    let Some((graph, _)) = case.build() else {
        return "cannot be built".into();
    };
    let shape = |&id: &usize| {
        let shape = graph.tensors[id].shape;
        format!("{}x{}x{}", shape.h, shape.w, shape.c)
    };
    let layer = |layer: &systole_quant::integer::Layer| {
        let operands: Vec<String> = layer.inputs.iter().map(shape).collect();
        format!(
            "{} {} -> {}",
            layer.name,
            operands.join(", "),
            shape(&layer.output)
        )
    };
    let layers: Vec<String> = graph.layers.iter().map(layer).collect();
    format!("on {}: {}", case.size, layers.join("; "))
}

const BEGIN: &str = "<!-- results: written by `./x conformance --bless` -->";
const END: &str = "<!-- end of results -->";

/// Writes the results between the marked lines of a page.
///
/// # Errors
/// The page cannot be read or written, or has no such lines.
pub fn bless(page: &Path, results: &str) -> Result<(), MarksError> {
    marks::replace(page, BEGIN, END, results)
}

//! The levels of a verification, and the hashes of its stages.

use super::data::{ReportData, grouped};
use crate::receipt::{Level, Receipt};
use maud::{Markup, html};

pub(super) fn tables(data: &ReportData<'_>) -> Option<Markup> {
    let receipt = data.receipt?;
    Some(html! {
        @if let Some(mismatch) = &receipt.mismatch {
            p { span.bad { "\u{2717} " (mismatch) } }
        }
        (levels(receipt))
        (stages(receipt))
        ul.notes { @for tool in &receipt.tools { li { (tool) } } }
    })
}

fn levels(receipt: &Receipt) -> Markup {
    let cycles = |value: Option<u64>| value.map_or("\u{2013}".into(), grouped);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of levels" {
            table {
                caption { "Levels" }
                thead { tr {
                    th.text scope="col" { "Level" } th.text scope="col" { "What runs" } th.text scope="col" { "Bits" }
                    th scope="col" { "Images" } th scope="col" { "Cycles predicted" } th scope="col" { "measured" } th scope="col" { "Seconds" }
                } }
                tbody {
                    @for level in &receipt.levels {
                        tr {
                            th scope="row" { (level.level) }
                            td.text { (level.what) @if let Some(note) = &level.note { "; " (note) } }
                            td.text { (verdict(level)) }
                            td { (level.images) }
                            td { (grouped(level.cycles_predicted)) }
                            td { (cycles(level.cycles_measured)) }
                            td { (format!("{:.2}", level.seconds)) }
                        }
                    }
                    @for left_out in &receipt.left_out {
                        tr { th scope="row" { (left_out.level) } td.text colspan="6" { "left out: " (left_out.why) } }
                    }
                }
            }
        }
    }
}

fn verdict(level: &Level) -> Markup {
    html! {
        @match (&level.compared_with, level.equal) {
            (Some(with), Some(true)) => span.good { "\u{2713} equal with " (with) },
            (Some(with), Some(false)) => span.bad { "\u{2717} not as " (with) },
            (None, _) => "the first",
            (Some(_), None) => "not compared",
        }
    }
}

fn stages(receipt: &Receipt) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of hashes" {
            table {
                caption { "SHA-256 of every stage" }
                tbody {
                    @for stage in &receipt.stages {
                        tr {
                            th scope="row" { (stage.stage) }
                            td.text { (stage.file.as_deref().unwrap_or_default()) }
                            td.text { code { (stage.sha256) } }
                        }
                    }
                }
            }
        }
    }
}

//! The table of layers.

use super::data::{ReportData, grouped, percent};
use maud::{Markup, html};

pub(super) fn table(data: &ReportData<'_>) -> Option<Markup> {
    let r = data.results;
    if r.layers.is_empty() {
        return None;
    }
    let cycles = |value: Option<u64>| value.map_or("\u{2013}".into(), grouped);
    Some(html! {
        div.scroll tabindex="0" role="region" aria-label="Table of layers" {
            table {
                thead { tr {
                    th.text scope="col" { "Layer" } th.text scope="col" { "Operation" } th scope="col" { "MACs" }
                    th scope="col" { "Cycles predicted" } th scope="col" { "measured" } th scope="col" { "Utilization" }
                    th scope="col" { "SQNR, dB" }
                } }
                tbody {
                    @for layer in &r.layers {
                        tr {
                            th scope="row" title=(layer.name) { (layer.name) }
                            td.text { (layer.op) }
                            td { (grouped(layer.macs)) }
                            td { (grouped(layer.cycles_predicted)) }
                            td { (cycles(layer.cycles_measured)) }
                            td { @if layer.cycles_predicted == 0 || layer.macs == 0 { "\u{2013}" } @else { (percent(layer.utilization)) } }
                            td { (layer.sqnr_db.map_or("\u{2013}".into(), |db| format!("{db:.1}"))) }
                        }
                    }
                }
                tfoot { tr {
                    th scope="row" { "All layers" } td {} td { (grouped(r.macs)) } td { (grouped(r.cycles_predicted)) }
                    td { (cycles(r.cycles_measured)) } td { (percent(r.utilization)) } td {}
                } }
            }
        }
    })
}

//! Utilization of each layer as bars, beside its share of the time.

use super::data::{ReportData, percent};
use super::scale::{coordinate, shortened};
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const ROW: f64 = 26.0;
const BAR: f64 = 520.0;

pub(super) fn chart(data: &ReportData<'_>) -> Option<Markup> {
    let layers: Vec<_> = data
        .results
        .layers
        .iter()
        .filter(|layer| layer.cycles_predicted > 0)
        .collect();
    if layers.is_empty() {
        return None;
    }
    let total: u64 = layers.iter().map(|layer| layer.cycles_predicted).sum();
    let height = ROW * layers.len() as f64 + 34.0;
    let bottom = height - 24.0;
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label="Utilization of each layer; the same numbers are in the table of layers" {
                @for tick in 0..=4u32 {
                    @let x = coordinate(LEFT + BAR * f64::from(tick) / 4.0);
                    line.grid x1=(x) x2=(x) y1="4" y2=(bottom) {}
                    text.soft.middle x=(x) y=(bottom + 16.0) { (tick * 25) " %" }
                }
                @for (index, layer) in layers.iter().enumerate() {
                    @let y = 6.0 + ROW * index as f64;
                    @let share = layer.cycles_predicted as f64 / total as f64;
                    text.end x=(LEFT - 10.0) y=(y + 14.0) { (shortened(&layer.name, 26)) }
                    rect.rest x=(LEFT) y=(y) width=(BAR) height="18" rx="3" {}
                    rect.bar x=(LEFT) y=(y) width=(coordinate(BAR * layer.utilization.clamp(0.0, 1.0))) height="18" rx="3" {
                        title { (layer.name) ": " (percent(layer.utilization)) " of peak, " (percent(share)) " of the time" }
                    }
                    text x=(LEFT + BAR + 10.0) y=(y + 14.0) {
                        @if layer.macs == 0 { "multiplies nothing" } @else { (percent(layer.utilization)) " of peak" }
                    }
                    text.soft x=(LEFT + BAR + 130.0) y=(y + 14.0) { (percent(share)) " of the time" }
                }
            }
        }
    })
}

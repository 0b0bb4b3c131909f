//! Signal to noise of recurrent layers, step by step: a state that loses precision from step to step shows as a line that falls.

use super::data::{LayerResults, ReportData};
use super::scale::{Axis, coordinate, shortened};
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 230.0;
/// Height of a line of the legend.
const LEGEND: f64 = 20.0;
/// Decibels at which a value stands for "no error at all" in the quantizer's tables.
const EXACT: f64 = 200.0;

/// One state of one layer.
struct Curve<'a> {
    name: String,
    values: &'a [Option<f64>],
    style: &'static str,
}

pub(super) fn chart(data: &ReportData<'_>) -> Option<Markup> {
    let curves: Vec<Curve<'_>> = data.results.layers.iter().flat_map(curves).collect();
    let steps = curves.iter().map(|curve| curve.values.len()).max()?;
    let largest = curves.iter().flat_map(|c| points(c.values)).map(|p| p.1);
    let largest = largest.fold(10.0, f64::max);
    let vertical = Axis::linear(0.0, (largest / 10.0).ceil() * 10.0, BOTTOM, TOP);
    let across = Axis::linear(0.0, (steps.max(2) - 1) as f64, LEFT, RIGHT);
    let legend = TOP + LEGEND * curves.len() as f64;
    let height = (BOTTOM + 50.0).max(legend + 10.0);
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label="Signal to noise of hidden and cell states over time" {
                @for tick in vertical.ticks(5) {
                    @let y = coordinate(vertical.at(tick));
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
                    text.soft.end x=(LEFT - 8.0) y=(vertical.at(tick) + 4.0) { (tick) " dB" }
                }
                @for tick in across.ticks(8).into_iter().filter(|tick| tick.fract() == 0.0) {
                    text.soft.middle x=(coordinate(across.at(tick))) y=(BOTTOM + 18.0) { (tick) }
                }
                text.soft.end x=(RIGHT) y=(BOTTOM + 38.0) { "step" }
                @for (index, curve) in curves.iter().enumerate() {
                    @let y = TOP + LEGEND * index as f64;
                    @let path: Vec<String> = points(curve.values).map(|(step, db)| format!("{},{}", coordinate(across.at(step)), coordinate(vertical.at(db)))).collect();
                    g {
                        title { (curve.name) }
                        polyline class=(curve.style) points=(path.join(" ")) {}
                        line class=(curve.style) x1=(RIGHT + 20.0) x2=(RIGHT + 50.0) y1=(y) y2=(y) {}
                        text x=(RIGHT + 58.0) y=(y + 4.0) { (shortened(&curve.name, 20)) }
                    }
                }
            }
        }
    })
}

/// Hidden and cell state of a layer, if it is a recurrent one.
fn curves(layer: &LayerResults) -> Vec<Curve<'_>> {
    let states = [
        ("h", &layer.hidden_db, "line"),
        ("c", &layer.cell_db, "line dashed"),
    ];
    let shown = states
        .into_iter()
        .filter(|(_, values, _)| points(values).next().is_some());
    shown
        .map(|(state, values, style)| Curve {
            name: format!("{} {state}", layer.name),
            values,
            style,
        })
        .collect()
}

/// Steps that have a value, and the value; a state without any error is left out.
fn points(values: &[Option<f64>]) -> impl Iterator<Item = (f64, f64)> {
    let known = |(step, db): (usize, &Option<f64>)| Some((step as f64, (*db)?));
    values
        .iter()
        .enumerate()
        .filter_map(known)
        .filter(|(_, db)| db.is_finite() && *db < EXACT)
}

//! Signal to noise of each layer, as a line that shows where precision is lost.

use super::data::ReportData;
use super::scale::{Axis, coordinate, shortened};
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 230.0;

pub(super) fn chart(data: &ReportData<'_>) -> Option<Markup> {
    let points: Vec<(&str, f64)> = data
        .results
        .layers
        .iter()
        .filter_map(|layer| Some((layer.name.as_str(), layer.sqnr_db?)))
        .filter(|(_, db)| db.is_finite())
        .collect();
    let largest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    if points.is_empty() {
        return None;
    }
    let vertical = Axis::linear(0.0, (largest / 10.0).ceil().max(1.0) * 10.0, BOTTOM, 16.0);
    let step = (WIDTH - LEFT - 60.0) / points.len() as f64;
    let x = |index: usize| LEFT + step * (index as f64 + 0.5);
    let path: Vec<String> = points
        .iter()
        .enumerate()
        .map(|(i, point)| format!("{},{}", coordinate(x(i)), coordinate(vertical.at(point.1))))
        .collect();
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " 300" } role="img" aria-label="Signal to noise of each layer; the same numbers are in the table of layers" {
                @for tick in vertical.ticks(5) {
                    @let y = coordinate(vertical.at(tick));
                    line.grid x1=(LEFT) x2=(WIDTH - 20.0) y1=(y) y2=(y) {}
                    text.soft.end x=(LEFT - 8.0) y=(vertical.at(tick) + 4.0) { (tick) " dB" }
                }
                polyline.line points=(path.join(" ")) {}
                @for (index, (name, db)) in points.iter().enumerate() {
                    @let (cx, cy) = (coordinate(x(index)), coordinate(vertical.at(*db)));
                    circle.dot cx=(cx) cy=(cy) r="5" { title { (name) ": " (format!("{db:.1}")) " dB" } }
                    @if points.len() <= 24 { text.middle x=(cx) y=(vertical.at(*db) - 10.0) { (format!("{db:.0}")) } }
                    text.soft.end transform={ "translate(" (cx) " " (BOTTOM + 14.0) ") rotate(-35)" } { (shortened(name, 16)) }
                }
            }
        }
    })
}

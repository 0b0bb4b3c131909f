//! Roofline: what each layer reaches against what array and activation memory allow.

use super::data::ReportData;
use super::scale::{Axis, brief, coordinate, shortened};
use crate::interpreter::Pass;
use maud::{Markup, html};
use systole_arch::isa::{self, Opcode};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = HEIGHT - 50.0;

/// One layer: name, multiplications for each byte, multiplications for each cycle.
struct Dot {
    name: String,
    intensity: f64,
    rate: f64,
}

pub(super) fn chart(data: &ReportData<'_>) -> Option<Markup> {
    let dots = dots(data);
    if dots.is_empty() {
        return None;
    }
    let arch = &data.program.arch;
    let (peak, bandwidth) = (
        (arch.rows * arch.cols) as f64,
        (arch.rows + arch.lanes) as f64,
    );
    let least = dots
        .iter()
        .map(|dot| dot.intensity)
        .fold(peak / bandwidth, f64::min);
    let most = dots
        .iter()
        .map(|dot| dot.intensity)
        .fold(peak / bandwidth, f64::max);
    let slowest = dots.iter().map(|dot| dot.rate).fold(peak, f64::min);
    let across = Axis::logarithmic(least / 2.0, most * 2.0, LEFT, WIDTH - 30.0);
    let up = Axis::logarithmic(slowest / 2.0, peak * 1.6, BOTTOM, 14.0);
    let from = across.from;
    let roof = [
        (from, from * bandwidth),
        (peak / bandwidth, peak),
        (across.to, peak),
    ];
    let roof = roof
        .map(|(x, y)| {
            format!(
                "{},{}",
                coordinate(across.at(x)),
                coordinate(up.at(y.max(up.from)))
            )
        })
        .join(" ");
    let places: Vec<(f64, f64)> = dots
        .iter()
        .map(|dot| (across.at(dot.intensity), up.at(dot.rate)))
        .collect();
    let labels = label_heights(&places);
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label="Roofline of all layers" {
                @for tick in across.ticks(10) {
                    @let x = coordinate(across.at(tick));
                    line.grid x1=(x) x2=(x) y1="14" y2=(BOTTOM) {}
                    text.soft.middle x=(x) y=(BOTTOM + 18.0) { (brief(tick)) }
                }
                @for tick in up.ticks(8) {
                    @let y = up.at(tick);
                    line.grid x1=(LEFT) x2=(WIDTH - 30.0) y1=(coordinate(y)) y2=(coordinate(y)) {}
                    text.soft.end x=(LEFT - 8.0) y=(coordinate(y + 4.0)) { (brief(tick)) }
                }
                polyline.roof points=(roof) {}
                text.warm.end x=(WIDTH - 34.0) y=(coordinate(up.at(peak) - 7.0)) { "array: " (brief(peak)) " MACs a cycle" }
                text.soft.end x=(WIDTH - 30.0) y=(BOTTOM + 38.0) { "MACs for each byte of activation memory traffic" }
                text.soft x="4" y="10" { "MACs a cycle" }
                @for (dot, label) in dots.iter().zip(labels) {
                    @let (x, y) = (across.at(dot.intensity), up.at(dot.rate));
                    circle.dot cx=(coordinate(x)) cy=(coordinate(y)) r="6" {
                        title { (dot.name) ": " (format!("{:.1}", dot.rate)) " MACs a cycle, " (format!("{:.1}", dot.intensity)) " a byte" }
                    }
                    text.soft x=(coordinate(x + 9.0)) y=(coordinate(label)) { (shortened(&dot.name, 18)) }
                }
            }
        }
    })
}

/// Layers that multiply. Bytes: `R` for each slot read, `P` for each beat written.
fn dots(data: &ReportData<'_>) -> Vec<Dot> {
    let program = data.program;
    let dot = |(plan, layer): (&crate::program::LayerPlan, &super::LayerResults)| {
        let passes = program
            .sequence()
            .filter(|(place, _)| plan.instructions.contains(place))
            .filter_map(|(place, _)| program.instructions.get(place))
            .filter(|instruction| instruction.get(isa::OPCODE) == Opcode::Pass as i64)
            .map(Pass::decode);
        let bytes: f64 = passes
            .map(|pass| {
                pass.slots() as f64 * program.arch.rows as f64
                    + pass.beat_count() as f64 * program.arch.lanes as f64
            })
            .sum();
        let cycles = layer.cycles_measured.unwrap_or(layer.cycles_predicted) as f64;
        let useful = layer.macs > 0 && bytes > 0.0 && cycles > 0.0;
        useful.then(|| Dot {
            name: layer.name.clone(),
            intensity: layer.macs as f64 / bytes,
            rate: layer.macs as f64 / cycles,
        })
    };
    program
        .layers
        .iter()
        .zip(&data.results.layers)
        .filter_map(dot)
        .collect()
}

/// Heights of the labels beside dots: each moves down until it covers no label that was placed before.
fn label_heights(dots: &[(f64, f64)]) -> Vec<f64> {
    let mut placed: Vec<(f64, f64)> = Vec::new();
    for &(x, y) in dots {
        let mut height = y + 16.0;
        while placed
            .iter()
            .any(|(px, py)| (px - x).abs() < 120.0 && (py - height).abs() < 13.0)
        {
            height += 13.0;
        }
        placed.push((x, height));
    }
    placed.into_iter().map(|(_, height)| height).collect()
}

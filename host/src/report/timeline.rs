//! Passes over cycles: when each one issues, and when its results arrive.

use super::data::ReportData;
use super::scale::{Axis, brief, coordinate, shortened};
use crate::interpreter::Pass;
use crate::program::Program;
use maud::{Markup, html};
use systole_arch::Timing;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const ROW: f64 = 24.0;

/// One pass on the cycle axis.
struct Bar {
    row: usize,
    start: u64,
    issued: u64,
    written: u64,
    title: String,
}

pub(super) fn chart(data: &ReportData<'_>) -> Option<Markup> {
    let (names, bars) = bars(data.program);
    let end = data.program.starts.last().copied().unwrap_or(0);
    if bars.is_empty() || end == 0 {
        return None;
    }
    let axis = Axis::linear(0.0, end as f64, LEFT, WIDTH - 20.0);
    let bottom = 8.0 + ROW * names.len() as f64;
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (bottom + 40.0) } role="img" aria-label="Passes of each layer over cycles" {
                defs { pattern id="drain" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line.stripe x1="0" y1="0" x2="0" y2="5" {}
                } }
                @for tick in axis.ticks(8) {
                    @let x = coordinate(axis.at(tick));
                    line.grid x1=(x) x2=(x) y1="4" y2=(bottom) {}
                    text.soft.middle x=(x) y=(bottom + 16.0) { (brief(tick)) }
                }
                text.soft.end x=(WIDTH - 20.0) y=(bottom + 34.0) { "cycles after the run command" }
                @for (index, name) in names.iter().enumerate() {
                    text.end x=(LEFT - 10.0) y=(8.0 + ROW * index as f64 + 14.0) { (shortened(name, 26)) }
                }
                @for bar in &bars {
                    @let y = 8.0 + ROW * bar.row as f64 + 2.0;
                    @let (start, issued, written) = (axis.at(bar.start as f64), axis.at(bar.issued as f64), axis.at(bar.written as f64));
                    g {
                        title { (bar.title) }
                        rect fill="url(#drain)" x=(coordinate(issued)) y=(y) width=(coordinate((written - issued).max(0.5))) height="16" {}
                        rect.bar x=(coordinate(start)) y=(y) width=(coordinate((issued - start).max(1.0))) height="16" rx="2" {}
                    }
                }
            }
        }
    })
}

/// Names of the layers that have passes, and their passes.
fn bars(program: &Program) -> (Vec<String>, Vec<Bar>) {
    let timing = Timing::new(&program.arch);
    let (mut names, mut bars) = (Vec::new(), Vec::new());
    for layer in program
        .layers
        .iter()
        .filter(|layer| !layer.instructions.is_empty())
    {
        for index in layer.instructions.clone() {
            let (Some(instruction), Some(&start)) =
                (program.instructions.get(index), program.starts.get(index))
            else {
                continue;
            };
            let pass = Pass::decode(instruction);
            let issued = start + pass.issue_length().min(u128::from(u32::MAX)) as u64;
            let written = issued + timing.slot_to_write(pass.mode_max) + u64::from(pass.beats[1]);
            let title = format!(
                "{} ({}), instruction {index}: issues {start} to {issued}, written by {written}",
                layer.name, layer.op
            );
            bars.push(Bar {
                row: names.len(),
                start,
                issued,
                written,
                title,
            });
        }
        names.push(layer.name.clone());
    }
    (names, bars)
}

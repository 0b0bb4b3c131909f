//! Passes over cycles: when each one issues, and when its results arrive.

use super::data::ReportData;
use super::scale::{Axis, brief, coordinate, shortened};
use crate::interpreter::Pass;
use crate::program::{LayerPlan, Program};
use maud::{Markup, html};
use systole_arch::isa::{self, Opcode};
use systole_arch::{Timing, timing};

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

/// Most passes that are drawn: those of long sequences look alike.
const MOST: usize = 2000;

/// Names of the layers that have passes, and their passes.
fn bars(program: &Program) -> (Vec<String>, Vec<Bar>) {
    let shown = |layer: &&LayerPlan| !layer.instructions.is_empty();
    let layers: Vec<&LayerPlan> = program.layers.iter().filter(shown).collect();
    let bar = |(place, start): (usize, u64)| {
        let row = layers
            .iter()
            .position(|layer| layer.instructions.contains(&place))?;
        let instruction = program.instructions.get(place)?;
        let is_pass = instruction.get(isa::OPCODE) == Opcode::Pass as i64;
        is_pass.then(|| pass_bar(program, layers[row], row, place, start))
    };
    let bars = program.sequence().filter_map(bar).take(MOST).collect();
    (
        layers.iter().map(|layer| layer.name.clone()).collect(),
        bars,
    )
}

fn pass_bar(program: &Program, layer: &LayerPlan, row: usize, place: usize, start: u64) -> Bar {
    let (pass, arch) = (
        Pass::decode(&program.instructions[place]),
        Timing::new(&program.arch),
    );
    let issued = start + pass.issue_length().min(u128::from(u32::MAX)) as u64;
    let latency = timing::beat_to_write(pass.unit, pass.wide).unwrap_or(timing::BEAT_TO_SUM_WRITE);
    let written = issued + arch.slot_to_beat(pass.mode_max) + latency + u64::from(pass.beats[1]);
    Bar {
        row,
        start,
        issued,
        written,
        title: format!(
            "{} ({}), instruction {place}: issues {start} to {issued}, written by {written}",
            layer.name, layer.op
        ),
    }
}

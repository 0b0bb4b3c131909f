//! The report of one run: a single HTML file with inline SVG, readable in light and dark, on paper and aloud.
//!
//! Nothing is loaded from anywhere and no script runs. Colour never carries meaning alone.

mod configuration;
mod data;
mod image;
mod layers;
mod levels;
mod noise;
mod over_time;
mod roofline;
mod samples;
mod scale;
mod style;
mod timeline;
mod utilization;
mod verdicts;

#[cfg(test)]
mod tests;

pub use data::{LayerResults, ReportData, Results, Sample};

use maud::{DOCTYPE, Markup, html};

/// Renders the whole page.
#[must_use]
pub fn render(data: &ReportData<'_>) -> String {
    let results = data.results;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (results.model) " on " (results.arch) " · Systole" }
                style { (maud::PreEscaped(style::CSS)) }
            }
            body {
                header {
                    p.product { "Systole · report of a run" }
                    h1 { (results.model) " on the " (results.arch) " array" }
                    p.lead { (verdicts::sentence(data)) }
                    (verdicts::cards(data))
                }
                main {
                    (section("levels", "Levels of the verification", "The same program and the same images at every level, each compared with the one before, byte by byte.", levels::tables(data)))
                    (section("layers", "Layers", "Cycles count from the start of a layer to the start of the next one. Utilization is multiplications of the model for each multiplier and cycle.", layers::table(data)))
                    (section("utilization", "Where the array is busy", "Multiplications of the model for each multiplier and cycle, layer by layer, and how much of the time each layer takes. Pooling multiplies nothing.", utilization::chart(data)))
                    (section("timeline", "Timeline", "One bar for each pass: solid while it issues, hatched until its last result is written. Passes overlap where bars do.", timeline::chart(data)))
                    (section("noise", "Signal to noise", "Each layer's int8 output against the float model, in decibels. A step down shows where precision is lost.", noise::chart(data)))
                    (section("over-time", "Signal to noise over time", "Hidden state h and cell state c of recurrent layers, step by step, against the float model. A line that falls means that errors add up.", over_time::chart(data)))
                    (section("roofline", "Roofline", "Each dot is a layer: multiplications for each byte that crosses the activation memory, and multiplications for each cycle.", roofline::chart(data)))
                    (section("samples", "Images and answers", "The first test images, what the integer network says, and what was right.", samples::gallery(data)))
                    (section("configuration", "Configuration", "What was built and what was run.", configuration::tables(data)))
                }
                footer { p { "Predicted cycles come from the compiler's schedule, measured cycles from the counters of the device. Bits are compared byte by byte with the CPU reference." } }
            }
        }
    }
    .into_string()
}

/// A section, or nothing if there is nothing to show.
fn section(id: &str, title: &str, explanation: &str, body: Option<Markup>) -> Markup {
    html! {
        @if let Some(body) = body {
            section id=(id) aria-labelledby={ (id) "-title" } {
                h2 id={ (id) "-title" } { (title) }
                p.explanation { (explanation) }
                (body)
            }
        }
    }
}

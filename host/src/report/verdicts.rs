//! The head of the report: what was shown, in one sentence and a few numbers.

use super::data::{ReportData, grouped, percent};
use maud::{Markup, html};

pub(super) fn sentence(data: &ReportData<'_>) -> String {
    let r = data.results;
    let bits = match r.bit_equal {
        Some(true) => format!(
            "returned the same bytes as the CPU reference on {}",
            images(r.images_compared)
        ),
        Some(false) => format!(
            "did not return the bytes of the CPU reference on {}",
            images(r.images_compared)
        ),
        None => "was not compared with another device".to_owned(),
    };
    let cycles = match r.cycles_equal {
        Some(true) => ", and took exactly the predicted number of cycles",
        Some(false) => ", and did not take the predicted number of cycles",
        None => "",
    };
    format!("The device \u{201c}{}\u{201d} {bits}{cycles}.", r.device)
}

fn images(count: usize) -> String {
    if count == 1 {
        "one image".into()
    } else {
        format!("{} images", grouped(count as u64))
    }
}

pub(super) fn cards(data: &ReportData<'_>) -> Markup {
    let r = data.results;
    let measured = r.cycles_measured.map_or_else(
        || "not measured on this device".into(),
        |c| format!("{} measured", grouped(c)),
    );
    let multipliers = data.program.arch.rows * data.program.arch.cols;
    html! {
        dl.cards {
            (verdict("Bits", r.bit_equal, ["equal", "differ"], &format!("{} compared", images(r.images_compared))))
            (verdict("Cycles", r.cycles_equal, ["as predicted", "not as predicted"], &measured))
            div.card {
                dt { "Cycles for one image" }
                dd { (grouped(r.cycles_predicted)) small { (percent(r.utilization)) " of " (multipliers) " multipliers" } }
            }
            div.card {
                dt { "Accuracy, int8" }
                dd { (r.accuracy.map_or("\u{2013}".into(), percent)) small { "float " (r.accuracy_float.map_or("\u{2013}".into(), percent)) ", " (images(r.images)) } }
            }
        }
    }
}

fn verdict(name: &str, equal: Option<bool>, words: [&str; 2], detail: &str) -> Markup {
    let (class, mark, word) = match equal {
        Some(true) => ("good", "\u{2713} ", words[0]),
        Some(false) => ("bad", "\u{2717} ", words[1]),
        None => ("", "", "not compared"),
    };
    html! {
        div.card {
            dt { (name) }
            dd { span class=(class) { (mark) (word) } small { (detail) } }
        }
    }
}

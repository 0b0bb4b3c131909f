//! Test images with the answers to them.

use super::data::{ReportData, Sample};
use super::image::data_address;
use maud::{Markup, html};

pub(super) fn gallery(data: &ReportData<'_>) -> Option<Markup> {
    (!data.samples.is_empty()).then(|| {
        html! { ul.gallery { @for sample in data.samples { (item(sample)) } } }
    })
}

fn item(sample: &Sample) -> Markup {
    let right = sample.label.as_ref().map(|label| *label == sample.answer);
    let (class, mark) = match right {
        Some(true) => ("good", "\u{2713}"),
        Some(false) => ("bad", "\u{2717}"),
        None => ("", ""),
    };
    let alternative = match &sample.label {
        Some(label) => format!("Test image of class {label}"),
        None => "Test image".to_owned(),
    };
    html! {
        li {
            img src=(data_address(sample.width, sample.height, &sample.pixels)) alt=(alternative) width=(96 * sample.width / sample.height.max(1)) height="96";
            span class=(class) { (mark) " says " (sample.answer) }
            @if right == Some(false) { br; "is " (sample.label.as_deref().unwrap_or_default()) }
            @if sample.answer_float != sample.answer { br; "float says " (sample.answer_float) }
        }
    }
}

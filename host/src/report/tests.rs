//! The page as a whole: complete, self-contained, and safe whatever the names say.

use super::*;
use crate::compiler::compile;
use crate::program::Program;
use systole_arch::Arch;

fn program() -> Program {
    compile(&crate::testing::lenet(1), &Arch::preset("8x8").unwrap()).unwrap()
}

fn results(program: &Program) -> Results {
    let multipliers = 64.0;
    let layer = |(plan, cycles): (&crate::program::LayerPlan, u64)| LayerResults {
        name: plan.name.clone(),
        op: plan.op.clone(),
        macs: plan.macs,
        cycles_predicted: cycles,
        cycles_measured: Some(cycles),
        utilization: if cycles == 0 {
            0.0
        } else {
            plan.macs as f64 / (multipliers * cycles as f64)
        },
        sqnr_db: (plan.macs > 0).then_some(31.4),
        hidden_db: Vec::new(),
        cell_db: Vec::new(),
    };
    Results {
        model: "lenet <script>".into(),
        arch: "8x8".into(),
        device: "interpreter".into(),
        images: 200,
        accuracy: Some(0.985),
        accuracy_float: Some(0.99),
        bit_equal: Some(true),
        images_compared: 20,
        cycles_predicted: program.cycles(),
        cycles_measured: Some(program.cycles()),
        cycles_equal: Some(true),
        macs: program.macs(),
        utilization: program.utilization(),
        layers: program
            .layers
            .iter()
            .zip(program.layer_cycles())
            .map(layer)
            .collect(),
        seconds: vec![("import".into(), 0.1), ("compile".into(), 0.2)],
    }
}

fn page() -> String {
    let program = program();
    let results = results(&program);
    let sample = |answer: usize| Sample {
        width: 28,
        height: 28,
        pixels: (0..784).map(|i| [(i % 256) as u8; 3]).collect(),
        label: Some("3".into()),
        answer: answer.to_string(),
        answer_float: "3".into(),
    };
    let data = ReportData {
        results: &results,
        program: &program,
        samples: &[sample(3), sample(5)],
        left_out: &["rtl: no C++ compiler".into()],
        settings: &[("input scale".into(), "1/255".into())],
        receipt: None,
    };
    let page = render(&data);
    if let Ok(path) = std::env::var("SYSTOLE_REPORT_SAMPLE") {
        std::fs::write(path, &page).unwrap();
    }
    page
}

#[test]
fn the_page_holds_every_part_and_nothing_foreign() {
    let page = page();
    for id in [
        "layers",
        "utilization",
        "timeline",
        "noise",
        "roofline",
        "samples",
        "configuration",
    ] {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    assert!(page.contains("lenet &lt;script&gt;"));
    assert!(!page.contains("NaN") && !page.contains("inf\""));
}

#[test]
fn states_over_time_are_drawn_where_there_are_any() {
    let program = program();
    let mut results = results(&program);
    let draw = |results: &Results| {
        render(&ReportData {
            results,
            program: &program,
            samples: &[],
            left_out: &[],
            settings: &[],
            receipt: None,
        })
    };
    assert!(!draw(&results).contains("id=\"over-time\""));
    // The first step of a state that starts at zero has no signal; a step without error has no finite ratio.
    results.layers[0].hidden_db = vec![None, Some(30.0), Some(28.5), Some(200.0)];
    results.layers[0].cell_db = vec![None; 4];
    let page = draw(&results);
    assert!(page.contains("id=\"over-time\""));
    let name = &results.layers[0].name;
    assert!(page.contains(&format!("<title>{name} h</title>")));
    assert!(!page.contains(&format!("<title>{name} c</title>")) && !page.contains("NaN"));
}

#[test]
fn json_has_the_documented_keys() {
    let program = program();
    let json = serde_json::to_value(results(&program)).unwrap();
    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "model",
        "arch",
        "device",
        "images",
        "accuracy",
        "accuracy_float",
        "bit_equal",
        "images_compared",
        "cycles_predicted",
        "cycles_measured",
        "cycles_equal",
        "macs",
        "utilization",
        "layers",
        "seconds",
    ];
    let mut found = keys.clone();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let layer = json["layers"][0].as_object().unwrap();
    assert_eq!(layer.len(), 7);
    assert_eq!(json["seconds"]["import"], 0.1);
}

#[test]
fn levels_of_a_verification_are_shown_with_the_first_difference() {
    use crate::receipt::{Mismatch, Receipt};
    let program = program();
    let results = results(&program);
    let level = |name: &str, with: Option<&str>, equal: Option<bool>| {
        serde_json::json!({ "level": name, "what": "cells", "compared_with": with, "images": 2, "equal": equal,
            "cycles_predicted": 12345, "cycles_measured": 12345, "seconds": 1.5 })
    };
    let receipt: Receipt = serde_json::from_value(serde_json::json!({
        "version": 1, "systole": "0", "equal": false,
        "mismatch": { "kind": "no-result", "level": "netlist", "image": 1, "reason": "a <bad> line" },
        "subject": { "model": "m", "board": "b", "part": "p", "arch": "a", "arch_hash": "0", "core_mhz": 24.0,
            "baud": 3_000_000, "cycles_per_bit": 8, "seed": 1 },
        "stages": [{ "stage": "netlist", "sha256": "abc123" }],
        "levels": [level("cpu", None, None), level("rtl", Some("cpu"), Some(true)), level("netlist", Some("rtl"), Some(false))],
        "left_out": [{ "level": "routed", "why": "not among --levels" }],
        "tools": ["yosys 1"],
    }))
    .unwrap();
    assert!(matches!(receipt.mismatch, Some(Mismatch::NoResult { .. })));
    let page = render(&ReportData {
        results: &results,
        program: &program,
        samples: &[],
        left_out: &[],
        settings: &[],
        receipt: Some(&receipt),
    });
    for text in [
        "<section id=\"levels\"",
        "no result of image 1: a &lt;bad&gt; line",
        "equal with cpu",
        "not as rtl",
        "12,345",
        "abc123",
        "left out: not among --levels",
        "yosys 1",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!self::page().contains("<section id=\"levels\""));
}

//! The short run of the suite: every operator on every device and on four array sizes. `SYSTOLE_CASES` is the number of
//! shapes of each operator and size; `./x conformance` is the long run.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_tests::conformance::campaign::{self, Plan};
use systole_tests::conformance::{Case, Operator, SHORT, Size, Subject, report};

/// Cases that failed once. A GRU with the reset gate first, in both directions: its two kinds of passes have different
/// latencies, and the bytes of one came among those of the other.
const FOUND: [&str; 3] = [
    r#"{"operator":"gru-reset-first","size":"8x4p2","seed":93032547377311,"input":[1,1,1],"outputs":9,"layers":1,"direction":"both","initial":true}"#,
    r#"{"operator":"gru-reset-first","size":"4x4p4","seed":216721072794776,"input":[2,1,1],"outputs":9,"layers":1,"direction":"both"}"#,
    r#"{"operator":"gru-reset-first","size":"4x12p2","seed":121247372107202,"input":[2,1,1],"outputs":13,"layers":1,"direction":"both"}"#,
];

/// Runs what failed once, on the sizes that are tested.
fn found_before(subjects: &[Subject], sizes: &[Size]) {
    let cases = FOUND.map(|text| serde_json::from_str::<Case>(text).unwrap());
    for case in cases.iter().filter(|case| sizes.contains(&case.size)) {
        match campaign::once(case, subjects) {
            Ok(tallies) => assert_eq!(tallies.unwrap().len(), subjects.len()),
            Err(mismatch) => assert!(mismatch.missing_tool().is_some(), "{mismatch}\n{case}"),
        }
    }
}

/// Runs all operators; a device whose tools are missing says so and is skipped.
fn conform(device: &str, sizes: &[Size], cases: usize) {
    let cases = std::env::var("SYSTOLE_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(cases);
    let mut subjects = vec![Subject::named(device).unwrap()];
    if device == "rtl" {
        // Its counters are compared with those of the interpreter.
        subjects.insert(0, Subject::named("interpreter").unwrap());
    }
    let plan = Plan {
        operators: Operator::all().to_vec(),
        sizes: sizes.to_vec(),
        subjects,
        cases: cases * sizes.len(),
        seed: 1_000_000,
        threads: Some(1),
    };
    found_before(&plan.subjects, sizes);
    match campaign::run(&plan, |_| {}) {
        Ok(records) => {
            println!("{}", report::notes(&plan, &records));
            for record in &records {
                assert_eq!(record.tally.cases, cases, "{}", record.operator);
                let most = if record.operator == Operator::Network {
                    cases
                } else {
                    cases / 8
                };
                assert!(
                    record.replaced <= most,
                    "{} of {} do not fit",
                    record.replaced,
                    record.operator
                );
            }
        }
        Err(failure) => match failure.mismatch.missing_tool() {
            Some(reason) => println!("SKIPPED: conformance of {device}: {reason}"),
            None => panic!("{}", report::failure(&plan, &failure)),
        },
    }
}

#[test]
fn cpu() {
    conform("cpu", &SHORT, 100);
}

#[test]
fn interpreter() {
    conform("interpreter", &SHORT, 200);
}

#[test]
fn link() {
    conform("link", &SHORT, 6);
}

#[test]
fn rtl_4x12() {
    conform("rtl", &SHORT[0..1], 6);
}

#[test]
fn rtl_8x4() {
    conform("rtl", &SHORT[1..2], 6);
}

#[test]
fn rtl_4x4() {
    conform("rtl", &SHORT[2..3], 6);
}

#[test]
fn rtl_2x2() {
    conform("rtl", &SHORT[3..4], 6);
}

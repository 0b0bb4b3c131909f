//! The short run of the suite: every operator on every device and on four array sizes. `SYSTOLE_CASES` is the number of
//! shapes of each operator and size; `./x conformance` is the long run.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_tests::conformance::campaign::{self, Plan};
use systole_tests::conformance::{Operator, SHORT, Size, Subject, report};

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

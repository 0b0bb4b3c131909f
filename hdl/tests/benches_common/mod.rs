//! What the tests of emitted test benches share: the simulators, and texts with a planted error.

use systole_sim::{Bench, Error, icarus, verilator};

pub(crate) type Files = Vec<(String, String)>;
type Runner = fn(&[(String, String)], &str) -> Result<Bench, Error>;

/// Runs a test bench in one simulator; `None`, said loudly, if it is not installed.
fn bench(name: &str, runner: Runner, files: &Files, top: &str) -> Option<Bench> {
    match runner(files, top) {
        Ok(bench) => Some(bench),
        Err(Error::ToolMissing { .. }) => {
            eprintln!("SKIPPED: {top}: {name} is not installed");
            None
        }
        Err(error) => panic!("{top} under {name}: {error}"),
    }
}

/// The bench of `what` passes under Icarus, and under Verilator if asked.
pub(crate) fn passes(what: &str, files: &Files, top: &str, with_verilator: bool) {
    let mut runners: Vec<(&str, Runner)> = vec![("Icarus", icarus::run_bench)];
    if with_verilator {
        runners.push(("Verilator", verilator::run_bench));
    }
    for (name, runner) in runners {
        if let Some(bench) = bench(name, runner, files, top) {
            assert!(bench.passed, "{what} under {name}: {}", bench.output);
        }
    }
}

/// The bench fails under Icarus when the first `from` in `file` has become `to`.
pub(crate) fn notices(files: &Files, top: &str, [file, from, to]: [&str; 3]) {
    let mut files = files.clone();
    let text = files.iter_mut().find(|(name, _)| name.ends_with(file));
    let text = &mut text.unwrap().1;
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    if let Some(bench) = bench("Icarus", icarus::run_bench, &files, top) {
        assert!(!bench.passed, "{top}, {file} with {to}: {}", bench.output);
    }
}

//! The runner of planted errors tells them apart, and its lists fit the code.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use systole_tests::mutants::campaign::Settings;
use systole_tests::mutants::{
    Mutant, Outcome, TestCommand, Witness, campaign, load, plant, report,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A workspace of one crate, and a test that looks at one of its two functions.
fn small_workspace(folder: &Path) {
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"small\"\nedition = \"2021\"\n[workspace]\n",
        ),
        (
            "src/lib.rs",
            "pub fn twice(x: u32) -> u32 {\n    x\n        + x\n}\npub fn unseen() -> u32 { 5 }\n",
        ),
        (
            "tests/t.rs",
            "#[test]\nfn twice() { assert_eq!(small::twice(3), 6); }\n#[test]\nfn broken() { panic!() }\n",
        ),
        (
            "tests/s.rs",
            "#[test]\nfn skips() { println!(\"SKIPPED: no such tool\"); }\n",
        ),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    assert!(
        Command::new("git")
            .args(["init", "-q"])
            .current_dir(folder)
            .status()
            .unwrap()
            .success()
    );
}

fn mutant(id: &str, search: &str, replace: &str, test: &str) -> Mutant {
    Mutant {
        area: "small".into(),
        id: id.into(),
        breaks: "Something.".into(),
        file: "src/lib.rs".into(),
        search: search.into(),
        replace: replace.into(),
        test: TestCommand::parse(test).unwrap(),
    }
}

const ONE_JOB: Settings = Settings {
    jobs: Some(1),
    resume: false,
    time: None,
};

#[test]
fn what_was_caught_is_not_planted_again_until_its_file_changes() {
    let (workspace, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    small_workspace(workspace.path());
    let twice = "cargo test --offline --test t twice";
    let mut mutants = vec![
        mutant("wrong", "x + x", "x + 2 * x", twice),
        mutant("irrelevant", "{ 5 }", "{ 6 }", twice),
    ];
    let run = |mutants: &[Mutant], resume: bool| {
        let planted = std::cell::RefCell::new(Vec::new());
        let settings = Settings { resume, ..ONE_JOB };
        let progress = |line: &str| {
            let id = line
                .split_once("] ")
                .and_then(|(_, rest)| rest.split_once(':'));
            planted
                .borrow_mut()
                .extend(id.map(|(id, _)| id.to_string()));
        };
        let trials = campaign::run(
            workspace.path(),
            scratch.path(),
            mutants,
            settings,
            progress,
        )
        .unwrap();
        let outcomes: Vec<Outcome> = trials.into_iter().map(|t| t.outcome).collect();
        assert_eq!(
            outcomes,
            [Outcome::Caught(Witness::Test), Outcome::Survived]
        );
        planted.into_inner()
    };
    assert_eq!(run(&mutants, true), ["wrong", "irrelevant"]);
    assert_eq!(run(&mutants, true), ["irrelevant"]);
    assert_eq!(run(&mutants, false), ["wrong", "irrelevant"]);
    // No time at all: what was caught stays, the rest waits.
    let settings = Settings {
        resume: true,
        time: Some(std::time::Duration::ZERO),
        ..ONE_JOB
    };
    let trials =
        campaign::run(workspace.path(), scratch.path(), &mutants, settings, |_| {}).unwrap();
    let outcomes: Vec<Outcome> = trials.iter().map(|t| t.outcome.clone()).collect();
    assert_eq!(outcomes, [Outcome::Caught(Witness::Test), Outcome::Waiting]);
    assert_eq!(
        report::score(&trials),
        "1 of 2 planted errors caught, 1 not planted yet."
    );
    mutants[0].replace = "x + 3 * x".into();
    assert_eq!(run(&mutants, true), ["wrong", "irrelevant"]);
    let file = workspace.path().join("src/lib.rs");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text + "// another line\n").unwrap();
    assert_eq!(run(&mutants, true), ["wrong", "irrelevant"]);
}

#[test]
fn every_outcome_is_told_apart() {
    let (workspace, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    small_workspace(workspace.path());
    let twice = "cargo test --offline --test t twice";
    let mutants = [
        mutant("wrong", "x + x", "x + 2 * x", twice),
        mutant(
            "endless",
            "x + x",
            "loop {}",
            "cargo test --offline --test t twice",
        ),
        mutant("irrelevant", "{ 5 }", "{ 6 }", twice),
        mutant("ill-typed", "x + x", "x + \"x\"", twice),
        mutant("gone", "x - x", "x", twice),
        mutant("often", "u32", "u64", twice),
        mutant(
            "without-test",
            "x + x",
            "x",
            "cargo test --offline --test t nothing",
        ),
        mutant(
            "failing-test",
            "x + x",
            "x",
            "cargo test --offline --test t broken",
        ),
        mutant(
            "skipping-test",
            "x + x",
            "x",
            "cargo test --offline --test s",
        ),
    ];
    // The endless one waits for the clock for a minute; it is run on demand.
    let mutants: Vec<Mutant> = mutants
        .into_iter()
        .filter(|m| m.id != "endless" || all())
        .collect();
    let trials =
        campaign::run(workspace.path(), scratch.path(), &mutants, ONE_JOB, |_| {}).unwrap();
    let outcome = |id: &str| {
        trials
            .iter()
            .find(|t| t.mutant.id == id)
            .map(|t| t.outcome.clone())
    };
    assert_eq!(outcome("wrong"), Some(Outcome::Caught(Witness::Test)));
    assert_eq!(outcome("irrelevant"), Some(Outcome::Survived));
    assert_eq!(
        outcome("ill-typed"),
        Some(Outcome::Caught(Witness::Compiler))
    );
    assert_eq!(outcome("gone"), Some(Outcome::Stale { found: 0 }));
    assert_eq!(outcome("often"), Some(Outcome::Stale { found: 3 }));
    assert!(
        matches!(outcome("without-test"), Some(Outcome::NoBaseline(why)) if why.contains("no test"))
    );
    assert!(
        matches!(outcome("failing-test"), Some(Outcome::NoBaseline(why)) if why.contains("fails"))
    );
    assert_eq!(
        outcome("skipping-test"),
        Some(Outcome::LeftOut("no such tool".into()))
    );
    if all() {
        assert_eq!(outcome("endless"), Some(Outcome::Caught(Witness::Clock)));
    }
    // Nothing planted is left behind, and the workspace itself was never touched.
    for folder in [
        workspace.path().to_path_buf(),
        scratch.path().join("workspace"),
    ] {
        assert!(
            fs::read_to_string(folder.join("src/lib.rs"))
                .unwrap()
                .contains("+ x\n}")
        );
    }
    let score = report::score(&trials);
    assert!(
        score.contains("1 survived, 2 stale, 2 without baseline, 1 left out"),
        "{score}"
    );
}

fn all() -> bool {
    std::env::var_os("SYSTOLE_SLOW").is_some()
}

/// Whoever changes a line that a planted error replaces has to change the list as well.
#[test]
fn every_planted_error_fits_the_code() {
    let mutants = load(&root().join("tests/mutants")).unwrap();
    assert!(mutants.len() >= 40, "only {} planted errors", mutants.len());
    let stale: Vec<String> = mutants
        .iter()
        .filter_map(|mutant| {
            let text = fs::read_to_string(root().join(&mutant.file)).unwrap_or_default();
            let misses = plant(&text, &mutant.search, &mutant.replace).err()?;
            Some(format!(
                "{}: `{}` occurs {} times in {}",
                mutant.id, mutant.search, misses.0, mutant.file
            ))
        })
        .collect();
    assert!(
        stale.is_empty(),
        "{}\nchange the entries in tests/mutants/",
        stale.join("\n")
    );
}

#[test]
fn results_are_written_between_the_marks() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    let marks = "<!-- results: written by `./x mutants --bless` -->\nold\n<!-- end of results -->";
    fs::write(&page, format!("before\n{marks}\nafter\n")).unwrap();
    let mutant = mutant("wrong", "x + x", "x", "cargo test -p small");
    let trials = [campaign::Trial {
        mutant,
        outcome: Outcome::Survived,
        seconds: 1.0,
    }];
    report::bless(&page, &trials).unwrap();
    let text = fs::read_to_string(&page).unwrap();
    assert!(
        text.starts_with("before\n") && text.ends_with("\nafter\n") && !text.contains("old"),
        "{text}"
    );
    assert!(
        text.contains("| wrong | Something. | `src/lib.rs` | `-p small` | SURVIVED |"),
        "{text}"
    );
    assert_eq!(report::json(&trials)[0]["outcome"], "survived");
    fs::write(&page, "no marks").unwrap();
    assert!(report::bless(&page, &trials).is_err());
}

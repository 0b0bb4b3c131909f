//! The examples keep their promises: the command in each README runs, the device agrees with the reference in every bit and
//! cycle, and the table in the README says what comes out, to the last digit. `SYSTOLE_BLESS=1` writes the tables anew.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(example)
}

/// Arguments of the README's `systole COMMAND`, without where it runs and what it writes.
fn arguments(readme: &str, command: &str) -> Vec<String> {
    let begin = format!("systole {command} ");
    let line = readme
        .lines()
        .find_map(|line| line.strip_prefix(&begin))
        .expect("the README shows the command");
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut kept = vec![command.to_owned()];
    while let Some(word) = words.next() {
        match word.as_str() {
            "--arch" | "--device" | "--images" | "--report" => drop(words.next()),
            _ => kept.push(word),
        }
    }
    kept
}

/// What a command of an example's README says on standard output.
fn said(example: &str, readme: &str, command: &str, options: &[&str]) -> String {
    let output = Command::cargo_bin("systole")
        .unwrap()
        .current_dir(folder(example))
        .args(arguments(readme, command))
        .args(options)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let well = output.status.success() && !complaint.contains("note:");
    assert!(well, "{example}, {options:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// `12,501`.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let split = digits.len().saturating_sub(3);
    match digits.split_at(split) {
        ("", digits) => digits.to_owned(),
        (thousands, rest) => format!("{thousands},{rest}"),
    }
}

/// Runs an example on an array; gives the line of the README's table.
fn row(example: &str, readme: &str, arch: &str, images: &str) -> String {
    let place = ["--arch", arch, "--device", "interpreter"];
    let options = [&place[..], &["--images", images, "--json", "-"]].concat();
    let results: serde_json::Value =
        serde_json::from_str(&said(example, readme, "run", &options)).unwrap();
    assert_eq!(results["bit_equal"], true, "{example} on {arch}");
    assert_eq!(results["cycles_equal"], true, "{example} on {arch}");
    let percent = |key: &str| 100.0 * results[key].as_f64().unwrap();
    format!(
        "| {arch} | {} | {:.1} % | {:.2} % ({:.2} %), {} |",
        grouped(results["cycles_measured"].as_u64().unwrap()),
        percent("utilization"),
        percent("accuracy"),
        percent("accuracy_float"),
        results["images"],
    )
}

fn check(example: &str, images: &str) {
    check_on(example, images, &["8x8", "16x16"]);
}

fn check_on(example: &str, images: &str, arrays: &[&str]) {
    let path = folder(example).join("README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    let bless = std::env::var_os("SYSTOLE_BLESS").is_some();
    for &arch in arrays {
        let row = row(example, &readme, arch, images);
        println!("{example}: {row}");
        let begin = format!("| {arch} | ");
        let found = readme
            .lines()
            .find(|line| line.starts_with(&begin))
            .expect("the README has a row for the array")
            .to_owned();
        if bless {
            readme = readme.replace(&found, &row);
        } else {
            assert_eq!(
                found, row,
                "examples/{example}/README.md is not what is measured; SYSTOLE_BLESS=1 writes it anew"
            );
        }
    }
    if bless {
        std::fs::write(path, readme).unwrap();
    }
}

/// Answers of the README's `systole infer` on the test file, one a line, are as often right as `systole run` says.
fn ask(example: &str, classes: &[&str]) {
    let readme = std::fs::read_to_string(folder(example).join("README.md")).unwrap();
    let said = said(example, &readme, "infer", &["--device", "cpu"]);
    let file = std::fs::File::open(folder(example).join("test.npz")).unwrap();
    let labels: ndarray::Array1<u8> = ndarray_npy::NpzReader::new(file)
        .unwrap()
        .by_name("y")
        .unwrap();
    assert_eq!(said.lines().count(), labels.len());
    let right = said.lines().zip(&labels).enumerate();
    let right = right.filter(|(number, (line, label))| {
        **line == format!("test.npz[{number}]\t{}", classes[usize::from(**label)])
    });
    let percent = 100.0 * right.count() as f64 / labels.len() as f64;
    assert!(
        readme.contains(&format!("| {percent:.2} % (")),
        "{percent:.2} % of the answers of infer are right"
    );
}

#[test]
fn digits() {
    check("lenet_mnist", "4");
}

#[test]
fn small_digits() {
    check_on("small_digits", "20", &["2x2-lean", "4x8-12f"]);
}

#[test]
fn strips_of_digits() {
    check("crnn_digits", "2");
}

#[test]
fn language_of_a_word() {
    check("word_language", "20");
    ask("word_language", &["English", "French", "Spanish"]);
}

#[test]
fn exercise_of_a_wrist() {
    check("wrist_exercise", "20");
    let classes = ["PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW"];
    ask("wrist_exercise", &classes);
}

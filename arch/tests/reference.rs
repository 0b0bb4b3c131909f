//! `docs/reference/` is what the tables say. `SYSTOLE_BLESS=1` writes the pages anew.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::PathBuf;

use systole_arch::reference::pages;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/reference")
}

#[test]
fn pages_are_up_to_date() {
    let bless = std::env::var_os("SYSTOLE_BLESS").is_some();
    let mut stale = Vec::new();
    for page in pages() {
        let path = folder().join(page.file);
        if bless {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &page.text).unwrap();
        }
        let found = std::fs::read_to_string(&path)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        if found != page.text {
            stale.push(page.file);
        }
    }
    assert!(
        stale.is_empty(),
        "stale in docs/reference: {stale:?}; run SYSTOLE_BLESS=1 cargo test -p systole-arch --test reference"
    );
}

/// A page that no function prints any more must not stay behind.
#[test]
fn no_other_page_is_there() {
    let known: Vec<&str> = pages().iter().map(|p| p.file).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(
            known.iter().any(|k| name == *k),
            "{name:?} is printed by no function"
        );
    }
}

/// Tables are well-formed: each line of a table has as many cells as its head.
#[test]
fn tables_are_rectangular() {
    for page in pages() {
        let mut cells = None;
        for line in page.text.lines() {
            cells = line.starts_with('|').then(|| {
                let count = line.matches(" | ").count();
                assert_eq!(count, cells.unwrap_or(count), "{}: {line}", page.file);
                count
            });
        }
    }
}

//! Writing and comparing entries of a manifest, so that anybody can see that the same inputs give the same bytes.

use std::path::Path;

use anyhow::Context;

use super::report::Report;
use crate::cli::manifest::{Entry, Manifest};
use crate::cli::output;

const HEAD: &str = "# Bitstreams that were built, one entry for each board and configuration: written by `systole build --record`,\n\
                    # compared by `systole build --check`. Resources and clock rate are those that nextpnr reports.\n\n";

/// Where the entry of this board and configuration is.
fn find(manifest: &Manifest, entry: &Entry) -> Option<usize> {
    let same = |other: &Entry| other.board == entry.board && other.arch == entry.arch;
    manifest.bitstream.iter().position(same)
}

/// Writes the entry of a build in place of the one that is there.
pub(super) fn record(path: &Path, report: &Report) -> anyhow::Result<()> {
    let entry = report.entry()?;
    let mut manifest = match path.exists() {
        true => Manifest::read(path)?,
        false => Manifest::default(),
    };
    match find(&manifest, &entry) {
        Some(at) => manifest.bitstream[at] = entry,
        None => manifest.bitstream.push(entry),
    }
    manifest
        .bitstream
        .sort_by(|a, b| (&a.board, &a.arch).cmp(&(&b.board, &b.arch)));
    let text = format!("{HEAD}{}", toml::to_string(&manifest)?);
    output::write(path, text.as_bytes())
}

/// Whether the build gave what the manifest says.
pub(super) fn check(path: &Path, report: &Report) -> anyhow::Result<()> {
    let entry = report.entry()?;
    let manifest = Manifest::read(path)?;
    let at = find(&manifest, &entry).with_context(|| {
        format!(
            "{}: no entry for {} on {}\n  hint: `--record` writes it",
            path.display(),
            entry.arch,
            entry.board
        )
    })?;
    let known = &manifest.bitstream[at];
    if *known == entry {
        println!("as in {}", path.display());
        return Ok(());
    }
    let differences = differences(known, &entry);
    anyhow::bail!(
        "{}: {} on {} is another one: {}\n  hint: with the same tools this means that systole writes other Verilog; `--record` accepts it",
        path.display(),
        entry.arch,
        entry.board,
        differences.join("; ")
    )
}

fn differences(known: &Entry, found: &Entry) -> Vec<String> {
    let pairs = [
        ("configuration", &known.arch_hash, &found.arch_hash),
        ("sources", &known.sources, &found.sources),
        ("bitstream", &known.sha256, &found.sha256),
    ];
    let mut all: Vec<String> = pairs
        .into_iter()
        .filter(|(_, known, found)| known != found)
        .map(|(what, known, found)| format!("{what} {:.12} instead of {:.12}", found, known))
        .collect();
    if known.tools != found.tools {
        all.push(format!(
            "tools {} instead of {}",
            found.tools.join(", "),
            known.tools.join(", ")
        ));
    }
    if (known.core_mhz, known.seed) != (found.core_mhz, found.seed) {
        all.push(format!(
            "{} MHz with seed {} instead of {} MHz with seed {}",
            found.core_mhz, found.seed, known.core_mhz, known.seed
        ));
    }
    if all.is_empty() {
        all.push("resources or clock rate".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let entry = Entry {
            board: "b".into(),
            arch: "a".into(),
            arch_hash: "1".into(),
            core_mhz: 50.0,
            seed: 1,
            fmax_mhz: 60.0,
            cells: vec![("LUT4".into(), 3)],
            sources: "2".into(),
            sha256: "3".into(),
            tools: vec!["yosys 1".into()],
        };
        assert!(differences(&entry, &entry)[0].contains("resources"));
        let other = Entry {
            sha256: "4".into(),
            seed: 2,
            ..entry.clone()
        };
        let text = differences(&entry, &other).join("; ");
        assert_eq!(
            text,
            "bitstream 4 instead of 3; 50 MHz with seed 2 instead of 50 MHz with seed 1"
        );
        let text = toml::to_string(&Manifest {
            bitstream: vec![entry.clone()],
        })
        .unwrap();
        let back: Manifest = toml::from_str(&text).unwrap();
        assert_eq!(back.bitstream, [entry]);
    }
}

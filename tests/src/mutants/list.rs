//! The lists of planted errors: one TOML file for each part of the product.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{MutantError, TestCommand};

/// One planted error.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The list it comes from, without `.toml`.
    pub area: String,
    /// Unique name.
    pub id: String,
    /// What is wrong then, in one sentence.
    pub breaks: String,
    /// The file, from the root of the workspace.
    pub file: String,
    /// What is replaced. White space does not count; it must occur exactly once.
    pub search: String,
    /// What stands there instead.
    pub replace: String,
    /// The test that must fail.
    pub test: TestCommand,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    mutant: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    breaks: String,
    file: String,
    search: String,
    replace: String,
    test: String,
}

/// All lists of a folder, in the order of their names.
///
/// # Errors
/// A list that cannot be read, an id that occurs twice, a command that is no test.
pub fn load(folder: &Path) -> Result<Vec<Mutant>, MutantError> {
    let entries = fs::read_dir(folder).map_err(MutantError::io(folder))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    let mut names = BTreeSet::new();
    let mut mutants = Vec::new();
    for path in paths {
        for mutant in read(&path)? {
            if !names.insert(mutant.id.clone()) {
                return Err(MutantError::Twice {
                    path,
                    id: mutant.id,
                });
            }
            mutants.push(mutant);
        }
    }
    Ok(mutants)
}

fn read(path: &Path) -> Result<Vec<Mutant>, MutantError> {
    let text = fs::read_to_string(path).map_err(MutantError::io(path))?;
    let list: List = toml::from_str(&text).map_err(|source| MutantError::List {
        path: path.into(),
        source: Box::new(source),
    })?;
    let area = path.file_stem().unwrap_or_default().to_string_lossy();
    let mutant = |entry: Entry| {
        let Some(test) = TestCommand::parse(&entry.test) else {
            return Err(MutantError::Command {
                id: entry.id,
                command: entry.test,
            });
        };
        let Entry {
            id,
            breaks,
            file,
            search,
            replace,
            ..
        } = entry;
        Ok(Mutant {
            area: area.to_string(),
            id,
            breaks,
            file,
            search,
            replace,
            test,
        })
    };
    list.mutant.into_iter().map(mutant).collect()
}

//! What earlier runs found out, so that a run that was interrupted goes on where it stopped.
//!
//! A result counts for the same error in the same text: its list entry and the whole file it is planted in. Whether a change
//! elsewhere matters is for the one to decide who asks for `--resume`.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::campaign::Trial;
use super::{Mutant, MutantError, Outcome};

/// Results by id, in a file of the scratch folder.
#[derive(Debug)]
pub(super) struct Known {
    path: PathBuf,
    results: BTreeMap<String, Record>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    of: String,
    outcome: Outcome,
    seconds: f64,
}

impl Known {
    /// What the file of the folder holds; nothing if there is none, or none of this version.
    pub(super) fn read(folder: &Path) -> Self {
        let path = folder.join("results.json");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let results = serde_json::from_str(&text).unwrap_or_default();
        Known { path, results }
    }

    /// The result of an error that was caught, if neither its entry nor its file, which holds `text`, has changed.
    pub(super) fn caught(&self, mutant: &Mutant, text: &str) -> Option<Trial> {
        let record = self.results.get(&mutant.id)?;
        let caught = matches!(record.outcome, Outcome::Caught(_));
        (caught && record.of == fingerprint(mutant, text)).then(|| Trial {
            mutant: mutant.clone(),
            outcome: record.outcome.clone(),
            seconds: record.seconds,
        })
    }

    /// Keeps a result.
    pub(super) fn keep(&mut self, trial: &Trial, text: &str) -> Result<(), MutantError> {
        let record = Record {
            of: fingerprint(&trial.mutant, text),
            outcome: trial.outcome.clone(),
            seconds: trial.seconds,
        };
        self.results.insert(trial.mutant.id.clone(), record);
        let text = serde_json::to_string_pretty(&self.results).unwrap_or_default();
        fs::write(&self.path, text).map_err(MutantError::io(&self.path))
    }
}

fn fingerprint(mutant: &Mutant, text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    let Mutant {
        file,
        search,
        replace,
        test,
        ..
    } = mutant;
    (file, search, replace, test.to_string(), text).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

//! A copy of the workspace in which errors may be planted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::MutantError;

/// The copy, and the build folder that all planted errors share.
#[derive(Debug)]
pub struct Scratch {
    /// The copy.
    pub workspace: PathBuf,
    /// The build folder.
    pub target: PathBuf,
}

impl Scratch {
    /// Copies what git knows of `root`, new files included, to `folder`. Files that are the same already are left alone,
    /// so that little is built again; this also takes back whatever an interrupted run has left behind.
    ///
    /// # Errors
    /// Files that cannot be read or written; no git.
    pub fn new(root: &Path, folder: &Path) -> Result<Self, MutantError> {
        let scratch = Scratch {
            workspace: folder.join("workspace"),
            target: folder.join("target"),
        };
        fs::create_dir_all(&scratch.target).map_err(MutantError::io(&scratch.target))?;
        let files = known_files(root)?;
        for file in &files {
            let (from, to) = (root.join(file), scratch.workspace.join(file));
            if from.is_file() {
                copy(&from, &to)?;
            }
        }
        for file in scratch.sources(&scratch.workspace)? {
            let path = file.strip_prefix(&scratch.workspace).unwrap_or(&file);
            if !files.contains(path) || !root.join(path).is_file() {
                fs::remove_file(&file).map_err(MutantError::io(&file))?;
            }
        }
        Ok(scratch)
    }

    /// Files of the copy.
    fn sources(&self, folder: &Path) -> Result<Vec<PathBuf>, MutantError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)
            .map_err(MutantError::io(folder))?
            .flatten()
        {
            if entry.path().is_dir() {
                found.extend(self.sources(&entry.path())?);
            } else {
                found.push(entry.path());
            }
        }
        Ok(found)
    }

    /// Reads a file of the copy.
    pub(super) fn read(&self, file: &str) -> Result<String, MutantError> {
        let path = self.workspace.join(file);
        fs::read_to_string(&path).map_err(MutantError::io(&path))
    }

    /// Writes a file of the copy.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<(), MutantError> {
        let path = self.workspace.join(file);
        fs::write(&path, text).map_err(MutantError::io(&path))
    }
}

fn known_files(root: &Path) -> Result<BTreeSet<PathBuf>, MutantError> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(MutantError::io("git"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_string();
        return Err(MutantError::Git {
            root: root.into(),
            message,
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), MutantError> {
    let bytes = fs::read(from).map_err(MutantError::io(from))?;
    if fs::read(to).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(MutantError::io(folder))?;
    }
    fs::copy(from, to).map(|_| ()).map_err(MutantError::io(to))
}

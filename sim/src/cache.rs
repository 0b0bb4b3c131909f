//! Content-addressed folders: built in a temporary place, renamed when complete, checked when used.
//!
//! An entry is a folder with a `manifest`: one line `sha256  file` for each file. An entry whose files do not
//! match is thrown away and built again, so neither a failed build nor a damaged disk block is ever used.

use crate::error::{Error, Result, io};
use crate::hash::sha256_hex;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const MANIFEST: &str = "manifest";

/// Returns the folder `parent/key`, building it with `build` if it is missing or damaged.
///
/// `build` fills the folder it is given and returns the names of the files to keep. Two threads that ask
/// for the same key build once; two processes may build twice, and the first to finish wins.
pub(crate) fn entry(
    parent: &Path,
    key: &str,
    build: impl FnOnce(&Path) -> Result<Vec<String>>,
) -> Result<PathBuf> {
    let folder = parent.join(key);
    let gate = gate(&folder);
    let _turn = gate.lock().unwrap_or_else(PoisonError::into_inner);
    if is_intact(&folder) {
        return Ok(folder);
    }
    fs::create_dir_all(parent).map_err(io("creating", parent))?;
    sweep(parent, SystemTime::now());
    let stage = stage(parent)?;
    let keep = build(stage.path())?;
    let complete = self::stage(parent)?;
    seal(stage.path(), complete.path(), &keep)?;
    place(complete, &folder)?;
    Ok(folder)
}

/// Folders under construction begin so.
const STAGE: &str = ".building-";
/// A folder under construction that is older was left behind by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what killed processes left behind; what cannot be removed stays.
fn sweep(parent: &Path, now: SystemTime) {
    for item in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_stage = item.file_name().to_string_lossy().starts_with(STAGE);
        let changed = item.metadata().and_then(|about| about.modified());
        let age = changed.map(|changed| now.duration_since(changed).unwrap_or_default());
        if is_stage && age.is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_dir_all(item.path());
        }
    }
}

fn stage(parent: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(STAGE)
        .tempdir_in(parent)
        .map_err(io("creating a folder in", parent))
}

/// One lock per entry in this process.
fn gate(folder: &Path) -> Arc<Mutex<()>> {
    static GATES: Mutex<Option<HashMap<PathBuf, Arc<Mutex<()>>>>> = Mutex::new(None);
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    gates
        .get_or_insert_default()
        .entry(folder.to_path_buf())
        .or_default()
        .clone()
}

/// Moves the files to keep into the final folder and writes the manifest.
fn seal(built: &Path, complete: &Path, keep: &[String]) -> Result<()> {
    let mut manifest = String::new();
    for name in keep {
        let (from, to) = (built.join(name), complete.join(name));
        fs::rename(&from, &to).map_err(io("keeping", &from))?;
        let bytes = fs::read(&to).map_err(io("reading", &to))?;
        manifest.push_str(&format!("{}  {name}\n", sha256_hex(&bytes)));
    }
    let path = complete.join(MANIFEST);
    fs::write(&path, manifest).map_err(io("writing", &path))
}

/// Renames the complete folder into place. A damaged predecessor is moved aside first.
fn place(complete: tempfile::TempDir, folder: &Path) -> Result<()> {
    let staged = complete.keep();
    for _ in 0..3 {
        if fs::rename(&staged, folder).is_ok() {
            return Ok(());
        }
        if is_intact(folder) {
            return fs::remove_dir_all(&staged).map_err(io("removing", &staged));
        }
        let aside = staged.with_extension("damaged");
        let _ = fs::rename(folder, &aside);
        let _ = fs::remove_dir_all(&aside);
    }
    let source = std::io::Error::other("it is in use or not writable");
    Err(Error::Io {
        action: "replacing the damaged",
        path: folder.to_path_buf(),
        source,
    })
}

/// True when the manifest exists and every file in it has the recorded digest.
fn is_intact(folder: &Path) -> bool {
    let Ok(manifest) = fs::read_to_string(folder.join(MANIFEST)) else {
        return false;
    };
    !manifest.is_empty()
        && manifest.lines().all(|line| {
            line.split_once("  ").is_some_and(|(digest, name)| {
                fs::read(folder.join(name)).is_ok_and(|bytes| sha256_hex(&bytes) == digest)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, text: &str) -> Result<Vec<String>> {
        fs::write(folder.join("file"), text).map_err(io("writing", folder))?;
        fs::write(folder.join("scratch"), "not kept").map_err(io("writing", folder))?;
        Ok(vec!["file".to_owned()])
    }

    #[test]
    fn builds_once_and_keeps_only_the_named_files() {
        let parent = tempfile::tempdir().unwrap();
        let folder = entry(parent.path(), "key", |stage| write(stage, "one")).unwrap();
        entry(parent.path(), "key", |_| panic!("built twice")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "one");
        assert!(!folder.join("scratch").exists());
        assert_eq!(
            fs::read_dir(parent.path()).unwrap().count(),
            1,
            "a temporary folder was left behind"
        );
    }

    #[test]
    fn a_failed_build_leaves_nothing_and_the_next_one_succeeds() {
        let parent = tempfile::tempdir().unwrap();
        let failed = entry(parent.path(), "key", |stage| {
            write(stage, "half")?;
            Err(Error::NoHome)
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        let folder = entry(parent.path(), "key", |stage| write(stage, "whole")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "whole");
    }

    #[test]
    fn damage_is_noticed_and_repaired() {
        let parent = tempfile::tempdir().unwrap();
        let folder = entry(parent.path(), "key", |stage| write(stage, "good")).unwrap();
        let file = folder.join("file");
        for damage in ["bad", ""] {
            fs::write(&file, damage).unwrap();
            entry(parent.path(), "key", |stage| write(stage, "good")).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "good");
        }
        fs::remove_file(&file).unwrap();
        entry(parent.path(), "key", |stage| write(stage, "good")).unwrap();
        fs::write(folder.join(MANIFEST), "").unwrap();
        entry(parent.path(), "key", |stage| write(stage, "good")).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "good");
    }

    #[test]
    fn what_a_killed_build_left_goes_after_a_day() {
        let parent = tempfile::tempdir().unwrap();
        for name in [".building-killed", "finished"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let names = || -> Vec<_> {
            let all = fs::read_dir(parent.path()).unwrap().flatten();
            all.map(|item| item.file_name()).collect()
        };
        sweep(parent.path(), SystemTime::now());
        assert_eq!(names().len(), 2);
        sweep(
            parent.path(),
            SystemTime::now() + ABANDONED + Duration::from_secs(60),
        );
        assert_eq!(names(), ["finished"]);
    }
}

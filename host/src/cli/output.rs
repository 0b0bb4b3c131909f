//! Files that appear completely or not at all.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

const HINT: &str = "hint: choose a place in a folder that may be written";

/// Writes a file: first beside its place, then in one step to it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).with_context(|| {
        format!(
            "{}: the folder cannot be created\n  {HINT}",
            folder.display()
        )
    })?;
    let cannot = || format!("{}: cannot be written\n  {HINT}", path.display());
    let mut file = tempfile::Builder::new()
        .prefix(".systole-")
        .tempfile_in(folder)
        .with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    readable(file.as_file());
    file.persist(path).with_context(cannot)?;
    Ok(())
}

/// Whether a file can be written there, before hours of work are spent on what goes into it. Leaves nothing behind.
pub(crate) fn probe(path: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
        return Ok(());
    };
    let cannot = || format!("{}: cannot be written\n  {HINT}", path.display());
    if path.is_dir() {
        anyhow::bail!("{}: it is a folder\n  {HINT}", path.display());
    }
    let folders = path.ancestors().skip(1);
    let folder = folders
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.exists());
    tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).with_context(cannot)?;
    Ok(())
}

/// Temporary files are private; results are for others as well.
#[cfg(unix)]
fn readable(file: &std::fs::File) {
    use std::os::unix::fs::PermissionsExt;
    // A file that stays private is still a good file.
    let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_half_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/result.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(write(&folder.path().join("new"), b"a folder is in the way").is_err());
        assert_eq!(
            std::fs::read_dir(folder.path().join("new"))
                .unwrap()
                .count(),
            1
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! Sources on disk: what is compiled, what is data, and where data is found at run time.

use crate::error::{Result, io};
use std::fs;
use std::path::Path;

/// The sources with the names of their data files (`$readmemh("name", ..)`) made absolute: a library reads them when it
/// starts, from wherever the process runs.
pub(crate) fn at_home(sources: &[(String, String)], place: &Path) -> Vec<(String, String)> {
    let mut sources = sources.to_vec();
    let data: Vec<String> = sources
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !is_verilog(name))
        .cloned()
        .collect();
    for (_, text) in sources.iter_mut().filter(|(name, _)| is_verilog(name)) {
        for name in &data {
            *text = text.replace(
                &format!("\"{name}\""),
                &format!("\"{}\"", place.join(name).display()),
            );
        }
    }
    sources
}

/// True for sources and headers; everything else is data.
pub(crate) fn is_verilog(name: &str) -> bool {
    [".v", ".sv", ".vh", ".svh"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Writes name and text pairs; returns the names of those that are compiled.
pub(crate) fn write_files(sources: &[(String, String)], folder: &Path) -> Result<Vec<String>> {
    for (name, text) in sources {
        write(&folder.join(name), text)?;
    }
    let compiled = |name: &&String| name.ends_with(".v") || name.ends_with(".sv");
    Ok(sources
        .iter()
        .map(|(name, _)| name)
        .filter(compiled)
        .cloned()
        .collect())
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(io("writing", path))
}

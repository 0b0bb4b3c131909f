//! Groups Verilator's many C++ files into few translation units.

use super::compiler::Unit;
use super::sources::write;
use crate::error::{Result, io};
use std::fs;
use std::path::Path;

/// Generated C++ above this size is compiled in several units.
const UNIT_BYTES: u64 = 300_000;

/// Puts the generated files into few units, all with our signed arithmetic: reading the headers costs more than most of the files.
/// What runs only at start-up is kept apart and not optimised.
pub(crate) fn units(generated: &Path, fast_flags: &[String]) -> Result<Vec<Unit>> {
    let (slow, fast): (Vec<_>, Vec<_>) = generated_files(generated)?
        .into_iter()
        .partition(|(name, _)| name.contains("Slow"));
    let total: u64 = fast.iter().map(|(_, bytes)| bytes).sum();
    let mut groups = balance(fast, usize::try_from(total / UNIT_BYTES).unwrap_or(0) + 1);
    let mut flags = vec![fast_flags.to_vec(); groups.len()];
    if total > UNIT_BYTES {
        groups.push(slow.into_iter().map(|(name, _)| name).collect());
        flags.push(vec!["-O0".to_owned()]);
    } else if let Some(group) = groups.first_mut() {
        group.extend(slow.into_iter().map(|(name, _)| name));
    }
    let mut units = Vec::new();
    for (index, (group, flags)) in groups.into_iter().zip(flags).enumerate() {
        let source = generated.join(format!("unit{index}.cpp"));
        let names = std::iter::once("systole_signs.h").chain(group.iter().map(String::as_str));
        let text: String = names.map(|name| format!("#include \"{name}\"\n")).collect();
        write(&source, &text)?;
        units.push(Unit {
            object: source.with_extension("o"),
            source,
            flags,
        });
    }
    Ok(units)
}

/// The C++ files and their sizes, in name order so that builds repeat.
pub(crate) fn generated_files(folder: &Path) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io("listing", folder))? {
        let entry = entry.map_err(io("listing", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") {
            files.push((name, entry.metadata().map_err(io("reading", folder))?.len()));
        }
    }
    files.sort();
    Ok(files)
}

/// Distributes files over `count` groups, each next one to the lightest.
fn balance(mut files: Vec<(String, u64)>, count: usize) -> Vec<Vec<String>> {
    let mut groups: Vec<(u64, Vec<String>)> = vec![(0, Vec::new()); count];
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (name, bytes) in files {
        if let Some(lightest) = groups.iter_mut().min_by_key(|(load, _)| *load) {
            lightest.0 += bytes;
            lightest.1.push(name);
        }
    }
    groups.into_iter().map(|(_, names)| names).collect()
}

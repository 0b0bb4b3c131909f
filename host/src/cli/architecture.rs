//! `--arch`: a preset or a TOML file.

use std::path::Path;

use anyhow::Context;
use systole_arch::Arch;
use systole_arch::boards::Board;
use systole_arch::config::PRESETS;

/// Reads `name` as a preset if there is one of that name, else as a file.
pub(crate) fn find(name: &str) -> anyhow::Result<Arch> {
    let path = Path::new(name);
    if PRESETS.iter().any(|(preset, _)| *preset == name)
        || !(path.exists() || name.contains(['/', '.']))
    {
        return Ok(Arch::preset(name)?);
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| {
        format!("{name}: the configuration cannot be read\n  hint: give the path of a TOML file, or a preset: {}", names())
    })?;
    Ok(Arch::from_toml(&text, name)?)
}

/// What the user names, else what the board file names.
pub(crate) fn for_board(name: Option<&str>, board: &Board) -> anyhow::Result<Arch> {
    if let Some(name) = name {
        return find(name);
    }
    board.arch().with_context(|| {
        format!(
            "no preset fits the board `{}`\n  hint: name a smaller configuration with `--arch FILE`; docs/adding-a-board.md has some",
            board.name()
        )
    })
}

fn names() -> String {
    let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

//! `--arch`: a preset or a TOML file.

use std::path::Path;

use anyhow::Context;
use systole_arch::Arch;
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

fn names() -> String {
    let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

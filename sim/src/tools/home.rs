//! The private folder: pinned tools and built models, never the user's own environment.

use crate::error::{Error, Result};
use std::env;
use std::path::PathBuf;

/// `$SYSTOLE_HOME`, else `$XDG_CACHE_HOME/systole`, else `$HOME/.cache/systole`.
///
/// # Errors
/// [`Error::NoHome`] when none of the three variables is set.
pub fn home() -> Result<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("SYSTOLE_HOME")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("systole")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/systole")))
        .ok_or(Error::NoHome)
}

/// Folder of the installed tool groups.
///
/// # Errors
/// As [`home`].
pub fn tools_folder() -> Result<PathBuf> {
    Ok(home()?.join("tools"))
}

/// Folder of the built models.
///
/// # Errors
/// As [`home`].
pub fn models_folder() -> Result<PathBuf> {
    Ok(home()?.join("models"))
}

/// Folder of what synthesis, place and route and packing made.
///
/// # Errors
/// As [`home`].
pub fn flow_folder() -> Result<PathBuf> {
    Ok(home()?.join("flow"))
}

//! Results on a page of the documentation stand between two marked lines, and commands write them there.

use std::path::{Path, PathBuf};

/// Why a page cannot take results.
#[derive(Debug, thiserror::Error)]
pub enum MarksError {
    /// The page.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// It has no place for them.
    #[error("{path}: expected one pair of lines '{begin}' and '{end}'")]
    Missing {
        /// The page.
        path: PathBuf,
        /// First line.
        begin: &'static str,
        /// Last line.
        end: &'static str,
    },
}

/// Replaces what stands between two lines of a page.
///
/// # Errors
/// The page cannot be read or written, or has no such lines.
pub fn replace(
    page: &Path,
    begin: &'static str,
    end: &'static str,
    results: &str,
) -> Result<(), MarksError> {
    let io = |source| MarksError::Io {
        path: page.into(),
        source,
    };
    let missing = || MarksError::Missing {
        path: page.into(),
        begin,
        end,
    };
    let text = std::fs::read_to_string(page).map_err(io)?;
    let (before, rest) = text.split_once(begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(end).ok_or_else(missing)?;
    let new = format!("{before}{begin}\n\n{results}\n{end}{after}");
    std::fs::write(page, new).map_err(io)
}

/// What stands between two lines of the text of a page.
pub fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end)?.0.trim())
}

//! Why the mutants cannot be run at all.

use std::path::PathBuf;

use crate::marks::MarksError;

/// One variant for each cause.
#[derive(Debug, thiserror::Error)]
pub enum MutantError {
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A list that is no list.
    #[error("{path}: {source}")]
    List {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
    /// Two errors of one name.
    #[error("{path}: the id '{id}' occurs twice; give each planted error a name of its own")]
    Twice {
        /// The list with the second one.
        path: PathBuf,
        /// The id.
        id: String,
    },
    /// A command that is not run for safety's sake.
    #[error(
        "mutant '{id}': '{command}' is no test command, expected [NAME=VALUE..] cargo test ARGUMENTS.."
    )]
    Command {
        /// The mutant.
        id: String,
        /// Its command.
        command: String,
    },
    /// A name that no list holds.
    #[error("no mutant and no list is called '{name}'; --list shows their names")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The list of files.
    #[error("git ls-files fails in {root}: {message}")]
    Git {
        /// The workspace.
        root: PathBuf,
        /// What git says.
        message: String,
    },
    /// The page for the results.
    #[error(transparent)]
    Marks(#[from] MarksError),
}

impl MutantError {
    /// For `map_err`.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| MutantError::Io { path, source }
    }
}

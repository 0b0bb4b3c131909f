//! Runs a subprocess and keeps what it said.

use crate::error::{Error, Result};
use std::process::Command;

/// What a finished command left behind.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Standard error followed by standard output: where the tools put their messages differs.
    pub(crate) fn messages(&self) -> String {
        format!("{}{}", self.stderr, self.stdout)
    }
}

pub(crate) fn run(command: &mut Command) -> Result<Finished> {
    tracing::debug!(?command, "run");
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| Error::Run {
        program,
        reason: error.to_string(),
    })?;
    Ok(Finished {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The first `lines` lines of a log: where compilers put the cause.
pub(crate) fn head(log: &str, lines: usize) -> String {
    log.lines().take(lines).collect::<Vec<_>>().join("\n")
}

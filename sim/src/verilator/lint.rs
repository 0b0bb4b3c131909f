//! `verilator --lint-only -Wall` over a design, with explicit waivers.

use super::sources::write_files;
use super::tool::Verilator;
use crate::command::{head, run};
use crate::design::Design;
use crate::error::{Error, Result, io};

/// A warning that is accepted, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiver {
    /// Verilator's code, such as `UNUSEDSIGNAL`.
    pub code: &'static str,
    /// Text that the message must contain; empty for all of that code.
    pub contains: &'static str,
    /// Reason, for readers.
    pub reason: &'static str,
}

/// Warnings that emitted Verilog may raise: the whole list.
pub const EMITTED: &[Waiver] = &[Waiver {
    code: "DECLFILENAME",
    contains: "",
    reason: "a design is one file, and has many modules",
}];

/// One warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Verilator's code.
    pub code: String,
    /// `file:line:column: text`.
    pub message: String,
}

/// All warnings of `-Wall` that no waiver covers.
///
/// # Errors
/// [`Error::Verilate`] when the design has errors, [`Error::ToolMissing`], [`Error::Io`].
pub fn lint(design: &Design, waivers: &[Waiver]) -> Result<Vec<Lint>> {
    let verilator = Verilator::find()?;
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let sources = write_files(&design.sources, folder.path())?;
    let mut command = verilator.command();
    command.current_dir(folder.path()).args([
        "--lint-only",
        "-Wall",
        "-Wno-fatal",
        "--top-module",
        &design.top,
    ]);
    let finished = run(command.args(&sources))?;
    let log = finished.messages();
    if !finished.success {
        return Err(Error::Verilate {
            top: design.top.clone(),
            log: head(&log, 20),
        });
    }
    let covered = |lint: &Lint| {
        waivers
            .iter()
            .any(|w| w.code == lint.code && lint.message.contains(w.contains))
    };
    Ok(log
        .lines()
        .filter_map(parse)
        .filter(|lint| !covered(lint))
        .collect())
}

/// `%Warning-CODE: file:line:column: text`
fn parse(line: &str) -> Option<Lint> {
    let (code, message) = line.strip_prefix("%Warning-")?.split_once(": ")?;
    Some(Lint {
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

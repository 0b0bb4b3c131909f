//! The search for a tool of the table.

use super::home::tools_folder;
use super::table::TOOLS;
use super::wheels::{GROUPS, Group};
use crate::error::{Error, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is known of a tool before looking for it.
#[derive(Debug, Clone, Copy)]
pub struct ToolSpec {
    /// Name used in messages and by [`find`].
    pub name: &'static str,
    /// Environment variable that overrides the search.
    pub variable: &'static str,
    /// Program names on `PATH`, best first.
    pub programs: &'static [&'static str],
    /// Group of wheels and file in it.
    pub wheel: Option<(&'static str, &'static str)>,
    /// WebAssembly program on `PATH`, tried last.
    pub yowasp: Option<&'static str>,
    /// How to get it otherwise.
    pub apt: Option<&'static str>,
    /// What it is for, one line.
    pub purpose: &'static str,
    /// What still works without it.
    pub without: &'static str,
}

/// Where a tool was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Its environment variable.
    Variable,
    /// `PATH`.
    Path,
    /// The private folder.
    Private,
    /// A `yowasp-*` program on `PATH`.
    Yowasp,
}

/// A tool that was found.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The program.
    pub program: PathBuf,
    /// Where it was found.
    pub source: Source,
    environment: Vec<(&'static str, OsString)>,
}

impl Tool {
    /// A command that runs the tool, with the environment it needs and no standard input.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(std::process::Stdio::null());
        command
    }

    /// What a program that uses the tool needs in its environment.
    pub(crate) fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }
}

/// Looks for the tool of that name in the table [`TOOLS`].
///
/// # Errors
/// [`Error::ToolMissing`] names the variable and the remedy; [`Error::ToolVariable`] when the variable
/// points at nothing.
pub fn find(name: &str) -> Result<Tool> {
    let Some(spec) = TOOLS.iter().find(|spec| spec.name == name) else {
        return Err(Error::Run {
            program: name.to_owned(),
            reason: "not a tool this project knows".to_owned(),
        });
    };
    spec.find()
}

impl ToolSpec {
    /// Searches in the documented order.
    ///
    /// # Errors
    /// As [`find`].
    pub fn find(&self) -> Result<Tool> {
        if let Some(value) = env::var_os(self.variable).filter(|value| !value.is_empty()) {
            return self.at_variable(value);
        }
        let plain = |program, source| Tool {
            program,
            source,
            environment: Vec::new(),
        };
        if let Some(program) = self.programs.iter().find_map(|program| on_path(program)) {
            return Ok(plain(program, Source::Path));
        }
        if let Some(tool) = self.in_private_folder() {
            return Ok(tool);
        }
        if let Some(program) = self.yowasp.and_then(on_path) {
            return Ok(plain(program, Source::Yowasp));
        }
        Err(Error::ToolMissing {
            tool: self.name,
            variable: self.variable,
            remedy: self.remedy(),
            without: self.without,
        })
    }

    fn at_variable(&self, value: OsString) -> Result<Tool> {
        let path = PathBuf::from(&value);
        let program = if path.components().count() == 1 {
            value.to_str().and_then(on_path)
        } else {
            Some(path)
        };
        match program.filter(|program| is_executable(program)) {
            Some(program) => Ok(Tool {
                program,
                source: Source::Variable,
                environment: Vec::new(),
            }),
            None => Err(Error::ToolVariable {
                variable: self.variable,
                value: value.to_string_lossy().into_owned(),
            }),
        }
    }

    fn in_private_folder(&self) -> Option<Tool> {
        let (group, file) = self.wheel?;
        let folder = tools_folder().ok()?.join(Group::named(group)?.folder());
        let program = folder.join(file);
        // Scripts of wheels import their package from the same folder.
        let environment = vec![("PYTHONPATH", folder.into_os_string())];
        is_executable(&program).then_some(Tool {
            program,
            source: Source::Private,
            environment,
        })
    }

    /// The command that installs this tool.
    pub fn remedy(&self) -> String {
        match (self.wheel, self.apt) {
            (Some((group, _)), _) if GROUPS.first().is_some_and(|first| first.name == group) => {
                "run `systole tools install`".to_owned()
            }
            (Some((group, _)), _) => format!("run `systole tools install --group {group}`"),
            (None, Some(apt)) => format!("run `{apt}`"),
            (None, None) => "install it".to_owned(),
        }
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

//! `systole doctor`: what is there, what is missing, what to do about it.

use super::find::{Source, Tool, ToolSpec};
use super::home::home;
use super::table::TOOLS;

/// State of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Found and answers.
    Ready,
    /// Found but does not run.
    Broken,
    /// Not found.
    Missing,
}

/// One line of the doctor's report.
#[derive(Debug, Clone)]
pub struct Check {
    /// Tool or setting.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Result.
    pub state: State,
    /// Path and version, or what to do.
    pub detail: String,
}

/// Looks for every tool of [`TOOLS`] and asks it for its version.
pub fn doctor() -> Vec<Check> {
    let folder = match home() {
        Ok(path) => (State::Ready, path.display().to_string()),
        Err(error) => (State::Missing, error.to_string()),
    };
    let mut checks = vec![Check {
        name: "home",
        purpose: "private folder: tools, built models",
        state: folder.0,
        detail: folder.1,
    }];
    checks.extend(TOOLS.iter().map(check));
    checks
}

fn check(spec: &ToolSpec) -> Check {
    let (state, detail) = match spec.find() {
        Err(error) => (State::Missing, error.to_string()),
        Ok(tool) => match version(spec, &tool) {
            Some(version) => (
                State::Ready,
                format!(
                    "{} ({}) {version}",
                    tool.program.display(),
                    place(tool.source)
                ),
            ),
            None => (
                State::Broken,
                format!("{} does not run; {}", tool.program.display(), spec.remedy()),
            ),
        },
    };
    Check {
        name: spec.name,
        purpose: spec.purpose,
        state,
        detail,
    }
}

fn place(source: Source) -> &'static str {
    match source {
        Source::Variable => "environment variable",
        Source::Path => "PATH",
        Source::Private => "private folder",
        Source::Yowasp => "yowasp",
    }
}

/// First line of the version text; the WebAssembly tools are not started, as that may take a minute once. Some scripts
/// know no version.
fn version(spec: &ToolSpec, tool: &Tool) -> Option<String> {
    let nameless = [
        "icepack",
        "iceunpack",
        "icebox_vlog",
        "gowin_pack",
        "gowin_unpack",
    ];
    let nameless = nameless.contains(&spec.name);
    if nameless || (spec.yowasp.is_some() && tool.source != Source::Path) {
        return Some(String::new());
    }
    let flag = match spec.name {
        "iverilog" | "vvp" | "yosys" => "-V",
        _ => "--version",
    };
    let output = tool.command().arg(flag).output().ok()?;
    let text = String::from_utf8_lossy(if output.stdout.is_empty() {
        &output.stderr
    } else {
        &output.stdout
    });
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

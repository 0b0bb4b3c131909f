//! Runs a test command with a time limit.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::MutantError;

/// `[NAME=VALUE..] cargo test ARGUMENTS..`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestCommand {
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Exit code 0 within the time limit.
    pub success: bool,
    /// Ended by the time limit.
    pub too_late: bool,
    /// Everything it said.
    pub output: String,
    /// Time it took.
    pub seconds: f64,
}

impl TestCommand {
    /// Words are separated by white space; there are no quotes. `None` for anything but `cargo test`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let names = words.iter().take_while(|word| word.contains('=')).count();
        let (environment, rest) = words.split_at(names);
        let ["cargo", "test", arguments @ ..] = rest else {
            return None;
        };
        if arguments.contains(&"--") {
            return None;
        }
        let pair = |word: &&str| {
            word.split_once('=')
                .map(|(name, value)| (name.to_string(), value.to_string()))
        };
        Some(TestCommand {
            environment: environment.iter().filter_map(pair).collect(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
        })
    }

    /// `--no-run` first: what does not compile is told apart from what fails.
    pub(super) fn build(&self, place: &Place<'_>) -> Result<Finished, MutantError> {
        self.start(place, &["--no-run"])
    }

    /// Passing tests are asked for their output too: it says what they skipped.
    pub(super) fn test(&self, place: &Place<'_>) -> Result<Finished, MutantError> {
        self.start(place, &["--", "--show-output"])
    }

    fn start(&self, place: &Place<'_>, more: &[&str]) -> Result<Finished, MutantError> {
        let log = place.target.with_extension("log");
        let file = File::create(&log).map_err(MutantError::io(&log))?;
        let copy = file.try_clone().map_err(MutantError::io(&log))?;
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .arg("test")
            .args(&self.arguments)
            .args(place.jobs.map(|n| format!("--jobs={n}")))
            .args(more);
        command
            .current_dir(place.workspace)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy);
        command
            .env("CARGO_TARGET_DIR", place.target)
            .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        command
            .env("CARGO_TERM_COLOR", "never")
            .envs(self.environment.iter().cloned());
        own_group(&mut command);
        let begin = Instant::now();
        let mut child = command.spawn().map_err(MutantError::io("cargo"))?;
        let status = wait(&mut child, begin + place.limit).map_err(MutantError::io("cargo"))?;
        let output = fs::read(&log).map_err(MutantError::io(&log))?;
        Ok(Finished {
            success: status == Some(true),
            too_late: status.is_none(),
            output: String::from_utf8_lossy(&output).into_owned(),
            seconds: begin.elapsed().as_secs_f64(),
        })
    }
}

impl std::fmt::Display for TestCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}={value} ")?;
        }
        write!(f, "cargo test {}", self.arguments.join(" "))
    }
}

/// Where and how long a command runs.
pub(super) struct Place<'a> {
    pub(super) workspace: &'a Path,
    pub(super) target: &'a Path,
    pub(super) jobs: Option<usize>,
    pub(super) limit: Duration,
}

/// Whether it succeeded; `None` if it had to be ended.
fn wait(child: &mut Child, deadline: Instant) -> std::io::Result<Option<bool>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() > deadline {
            end_group(child)?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(50));
    }
}

/// Cargo starts the tests; a group of their own lets both be ended together.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn end_group(child: &mut Child) -> std::io::Result<()> {
    if cfg!(unix) {
        Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", child.id())])
            .status()?;
    }
    child.kill()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_are_commands() {
        let command = TestCommand::parse("CASES=3 cargo test -p a  --lib").unwrap();
        assert_eq!(command.to_string(), "CASES=3 cargo test -p a --lib");
        for other in ["cargo run", "rm -r x", "", "cargo test -p a -- --ignored"] {
            assert_eq!(TestCommand::parse(other), None, "{other}");
        }
    }
}

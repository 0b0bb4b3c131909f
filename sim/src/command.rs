//! Runs a subprocess and keeps what it said.

use crate::error::{Error, Result};
use crate::tools;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

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

/// Runs to the end.
pub(crate) fn run(command: &mut Command) -> Result<Finished> {
    run_within(command, Duration::MAX)
}

/// Runs to the end or to the limit, then kills the process and fails.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<Finished> {
    tracing::debug!(?command, "run");
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |reason: String| Error::Run {
        program: program.clone(),
        reason,
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let success = wait(&mut child, limit).map_err(failed)?;
    let text = |thread: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
    };
    Ok(Finished {
        success,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

/// Reads a pipe on a thread of its own, so that neither pipe can fill up.
fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child, limit: Duration) -> std::result::Result<bool, String> {
    if limit == Duration::MAX {
        return child
            .wait()
            .map(|status| status.success())
            .map_err(|error| error.to_string());
    }
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if begin.elapsed() < limit => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "no end within {} s: does the test bench reach $finish?",
                    limit.as_secs_f32()
                ));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Runs a tool in a folder on the design `top`; an error tells what the tool says of it.
pub(crate) fn call(
    name: &'static str,
    top: &str,
    folder: &Path,
    arguments: &[impl AsRef<OsStr>],
) -> Result<Finished> {
    let tool = tools::find(name)?;
    let finished = run(tool.command().current_dir(folder).args(arguments))?;
    match finished.success {
        true => Ok(finished),
        false => Err(Error::Synthesis {
            tool: name,
            top: top.to_owned(),
            log: errors(&finished.messages()),
        }),
    }
}

/// Lines of a log that tell errors; its end if there are none.
fn errors(log: &str) -> String {
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    if !lines.is_empty() {
        return lines.join("\n");
    }
    let all: Vec<&str> = log.lines().collect();
    head(&all[all.len().saturating_sub(10)..].join("\n"), 10)
}

/// The first `lines` lines of a log: where compilers put the cause.
pub(crate) fn head(log: &str, lines: usize) -> String {
    log.lines().take(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_program_is_ended() {
        let begin = Instant::now();
        let result = run_within(Command::new("sleep").arg("60"), Duration::from_millis(50));
        assert!(matches!(result, Err(Error::Run { .. })));
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn both_outputs_are_kept_however_long() {
        let script =
            "i=0; while [ $i -lt 20000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; exit 3";
        let finished = run(Command::new("sh").args(["-c", script])).unwrap();
        assert!(!finished.success);
        assert!(finished.stdout.ends_with("out19999\n") && finished.stderr.ends_with("err19999\n"));
        assert_eq!(head(&finished.stdout, 2), "out0\nout1");
    }
}

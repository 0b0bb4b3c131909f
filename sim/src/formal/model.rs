//! The transition system of a text, and the questions to the solver.

use std::ffi::OsString;
use std::time::Duration;
use std::{env, fs};

use super::answer::{Answer, Log};
use super::task::Mode;
use crate::command::{call, head, run};
use crate::error::{Error, Result, io};
use crate::tools;

/// From text to transition system: one module, one clock, registers without an initial value free.
const SCRIPT: &str = "prep -flatten -nordff -top TOP; memory_nordff; async2sync; chformal -assume -early; \
                      formalff -setundef -clk2ff -ff2anyinit; opt_clean; dffunmap; opt -full; write_smt2 -wires model.smt2";

/// A file that the solver reads, in a folder of its own.
pub(super) struct Model {
    top: String,
    folder: tempfile::TempDir,
    patience: Duration,
    text: String,
}

impl Model {
    /// Runs yosys. Names that are not declared are errors: as wires without a driver they would be free.
    pub(super) fn build(top: &str, text: &str, patience: Duration) -> Result<Self> {
        tools::find("yosys")?;
        tools::find("yosys-smtbmc")?;
        tools::find("yices-smt2")?;
        let folder = tempfile::tempdir().map_err(io("creating a folder in", env::temp_dir()))?;
        let source = folder.path().join("design.sv");
        fs::write(&source, format!("`default_nettype none\n{text}"))
            .map_err(io("writing", &source))?;
        let script = format!(
            "read_verilog -formal -sv design.sv; {}",
            SCRIPT.replace("TOP", top)
        );
        call("yosys", top, folder.path(), &["-q", "-p", &script])?;
        let path = folder.path().join("model.smt2");
        let text = fs::read_to_string(&path).map_err(io("reading", &path))?;
        Ok(Model {
            top: top.to_owned(),
            folder,
            patience,
            text,
        })
    }

    /// Names of the statements that a mode looks at.
    pub(super) fn statements(&self, mode: Mode) -> Vec<String> {
        let head = match mode {
            Mode::Cover { .. } => "; yosys-smt2-cover ",
            _ => "; yosys-smt2-assert ",
        };
        let label = |line: &str| {
            let (_, label) = line.strip_prefix(head)?.split_once(' ')?;
            Some(label.split(" (").next().unwrap_or(label).trim().to_owned())
        };
        self.text.lines().filter_map(label).collect()
    }

    /// The first `depth` cycles.
    pub(super) fn bounded(&self, depth: usize) -> Result<Answer> {
        let log = self.solve(depth, &["--presat"])?;
        let log = Log(&log);
        match log.status() {
            "PASSED" => Ok(Answer::Proved),
            "FAILED" if !log.failed().is_empty() => Ok(Answer::Counterexample {
                statements: log.failed(),
                steps: log.steps(),
                waveform: self.waveform(),
            }),
            _ => self.unclear(&log),
        }
    }

    /// Whether `depth` good cycles are followed by another.
    pub(super) fn induction(&self, depth: usize) -> Result<Answer> {
        let log = self.solve(depth, &["-i"])?;
        let log = Log(&log);
        match log.status() {
            "PASSED" => Ok(Answer::Proved),
            "FAILED" if !log.failed().is_empty() => Ok(Answer::Inconclusive {
                reason: format!("induction fails: {}", log.failed().join(" ")),
                waveform: self.waveform(),
            }),
            _ => self.unclear(&log),
        }
    }

    /// Which of the cover statements are reached.
    pub(super) fn cover(&self, depth: usize, statements: &[String]) -> Result<Answer> {
        let log = self.solve(depth, &["-c"])?;
        let log = Log(&log);
        let reached = log.reached();
        match log.status() {
            "PASSED" => Ok(Answer::Covered(reached)),
            "FAILED" => {
                let missed = |name: &&String| !reached.iter().any(|(known, _)| known == *name);
                Ok(Answer::Counterexample {
                    statements: statements.iter().filter(missed).cloned().collect(),
                    steps: depth,
                    waveform: String::new(),
                })
            }
            _ => self.unclear(&log),
        }
    }

    fn solve(&self, depth: usize, mode: &[&str]) -> Result<String> {
        let solver = tools::find("yices-smt2")?;
        let mut command = tools::find("yosys-smtbmc")?.command();
        if let Some(folder) = solver.program.parent() {
            command.env("PATH", with_folder(folder.as_os_str().to_owned()));
        }
        // The limit is that of the solver: it ends by itself, nothing is left running.
        let limit = self.patience.as_secs().max(1).to_string();
        let depth = depth.to_string();
        let finished = run(command
            .current_dir(self.folder.path())
            .args(["-s", "yices", "--timeout", &limit, "--noprogress"])
            .args(["--dump-vcd", "trace.vcd", "-t", &depth])
            .args(mode)
            .arg("model.smt2"))?;
        Ok(finished.messages())
    }

    fn waveform(&self) -> String {
        fs::read_to_string(self.folder.path().join("trace.vcd")).unwrap_or_default()
    }

    fn unclear(&self, log: &Log<'_>) -> Result<Answer> {
        let reason = if log.0.contains("response from solver: unknown") {
            format!("no answer within {} s", self.patience.as_secs())
        } else if log.status() == "PREUNSAT" {
            "the assumptions contradict each other".to_owned()
        } else {
            let lines: Vec<&str> = log.0.lines().rev().take(5).collect();
            return Err(Error::Synthesis {
                tool: "yosys-smtbmc",
                top: self.top.clone(),
                log: head(&lines.into_iter().rev().collect::<Vec<_>>().join("\n"), 5),
            });
        };
        Ok(Answer::Inconclusive {
            reason,
            waveform: String::new(),
        })
    }
}

/// `PATH` with a folder before it.
fn with_folder(folder: OsString) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.clone().into()).chain(env::split_paths(&old));
    env::join_paths(folders).unwrap_or(folder)
}

//! Icarus Verilog: the second simulator, for self-checking test benches.

use crate::command::{head, run, run_within};
use crate::error::{Error, Result, io};
use crate::tools;
use crate::verilator::write_files;
use std::time::Duration;

/// A test bench that runs longer is ended and reported.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);

/// Outcome of a self-checking test bench. It passes when the simulator ends normally, at least one line of its output
/// starts with `PASS`, and none starts with `FAIL` or `ERROR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// All output.
    pub output: String,
    /// Verdict.
    pub passed: bool,
}

impl Bench {
    /// Applies the rule above.
    pub(crate) fn judge(ended_normally: bool, output: String) -> Bench {
        let any = |prefix: &str| {
            output
                .lines()
                .any(|line| line.trim_start().starts_with(prefix))
        };
        let passed = ended_normally && any("PASS") && !any("FAIL") && !any("ERROR");
        Bench { output, passed }
    }
}

/// Compiles the sources (`iverilog -g2012`) and runs the test bench `top`. Other sources than `.v` and `.sv` (`$readmemh`
/// data) lie in the working folder.
///
/// # Errors
/// [`Error::ToolMissing`] without Icarus, [`Error::Compile`] when it refuses a source, [`Error::Io`].
pub fn run_bench(sources: &[(String, String)], top: &str) -> Result<Bench> {
    let (compiler, runner) = (tools::find("iverilog")?, tools::find("vvp")?);
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let names = write_files(sources, folder.path())?;
    let mut command = compiler.command();
    let finished = run(command
        .current_dir(folder.path())
        .args(["-g2012", "-s", top, "-o", "bench.vvp"])
        .args(&names))?;
    if !finished.success {
        return Err(Error::Compile {
            compiler: "iverilog".to_owned(),
            unit: top.to_owned(),
            log: head(&finished.messages(), 20),
        });
    }
    let finished = run_within(
        runner
            .command()
            .current_dir(folder.path())
            .args(["-n", "bench.vvp"]),
        LIMIT,
    )?;
    Ok(Bench::judge(finished.success, finished.messages()))
}

/// Everything that `iverilog -g2012 -Wall` says about a design.
///
/// # Errors
/// [`Error::ToolMissing`] without Icarus, [`Error::Compile`] when it refuses a source, [`Error::Io`].
pub fn lint(sources: &[(String, String)], top: &str) -> Result<Vec<String>> {
    let compiler = tools::find("iverilog")?;
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let names = write_files(sources, folder.path())?;
    let mut command = compiler.command();
    let finished = run(command
        .current_dir(folder.path())
        .args(["-g2012", "-Wall", "-t", "null", "-s", top])
        .args(&names))?;
    if !finished.success {
        return Err(Error::Compile {
            compiler: "iverilog".to_owned(),
            unit: top.to_owned(),
            log: head(&finished.messages(), 20),
        });
    }
    let messages = finished.messages();
    Ok(messages.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::Bench;

    #[test]
    fn the_verdict_needs_a_pass_and_no_fail() {
        let table = [
            (true, "PASS 10 vectors\n", true),
            (true, "", false),
            (true, "PASS\nFAIL word 3\n", false),
            (true, "PASS\n  ERROR: x\n", false),
            (false, "PASS\n", false),
        ];
        for (normal, output, expected) in table {
            assert_eq!(
                Bench::judge(normal, output.to_owned()).passed,
                expected,
                "{output:?}"
            );
        }
    }
}

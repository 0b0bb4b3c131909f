//! Tests written in Python for [cocotb](https://www.cocotb.org), run in Icarus: protocol models that are not ours.
//!
//! Python, cocotb and its extensions come with the tool group `axi`.

use std::path::Path;
use std::time::Duration;

use crate::command::run_within;
use crate::error::{Result, io};
use crate::icarus::Bench;
use crate::tools;
use crate::verilator::write_files;

/// A run that takes longer is ended and reported.
const LIMIT: Duration = Duration::from_secs(900);

/// Builds the Verilog, and calls cocotb.
const RUNNER: (&str, &str) = ("systole_run.py", include_str!("cocotb/run.py"));

/// Runs the tests of the Python module `module` on the design `top`. Sources that are not Verilog (the module itself, data)
/// lie in the working folder. Only tests whose name matches the regular expression `only` run; empty means all. It passes when at least one test ran and none failed.
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing) without Icarus, Python or cocotb, [`Error::Run`](crate::Error::Run) when the
/// run does not end, [`Error::Io`](crate::Error::Io).
pub fn run_tests(
    sources: &[(String, String)],
    top: &str,
    module: &str,
    seed: u32,
    only: &str,
) -> Result<Bench> {
    let (compiler, simulator) = (tools::find("iverilog")?, tools::find("vvp")?);
    let (cocotb, python) = (tools::find("cocotb")?, tools::find("python3")?);
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let runner = [(RUNNER.0.to_owned(), RUNNER.1.to_owned())];
    write_files(&runner, folder.path())?;
    let verilog = write_files(sources, folder.path())?;
    let mut command = python.command();
    command
        .current_dir(folder.path())
        .envs(
            cocotb
                .environment()
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .env("COCOTB_ANSI_OUTPUT", "0")
        .env("COCOTB_LOG_LEVEL", "WARNING")
        .args([RUNNER.0, top, module, &seed.to_string(), only])
        .args(&verilog);
    // cocotb looks for the simulator on the path only.
    let places = [&compiler.program, &simulator.program];
    let places = places.iter().filter_map(|program| program.parent());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        places
            .map(Path::to_path_buf)
            .chain(std::env::split_paths(&path)),
    );
    if let Ok(path) = path {
        command.env("PATH", path);
    }
    let finished = run_within(&mut command, LIMIT)?;
    Ok(Bench::judge(finished.success, finished.messages()))
}

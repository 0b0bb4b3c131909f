//! `./x mutants`: plants every error of `tests/mutants/` and shows which ones the tests catch.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use systole_tests::mutants::campaign::Settings;
use systole_tests::mutants::{Mutant, MutantError, campaign, load, report};

/// Plants errors in a copy of the workspace, one by one, and runs the test that must notice each.
#[derive(Parser)]
struct Arguments {
    /// Show the planted errors and do nothing
    #[arg(long)]
    list: bool,
    /// Only these ones: ids or names of lists
    #[arg(long, num_args = 1..)]
    only: Vec<String>,
    /// Compile with this many processes
    #[arg(long)]
    jobs: Option<usize>,
    /// Do not plant again what an earlier run has caught, if neither the entry nor its file has changed
    #[arg(long)]
    resume: bool,
    /// Plant nothing any more after so many minutes; `--resume` goes on from there
    #[arg(long)]
    minutes: Option<u64>,
    /// Write the results as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the results into docs/mutants.md
    #[arg(long, conflicts_with = "only")]
    bless: bool,
    /// Folder for the copy and its builds, kept for the next time [default: `mutants` in the build folder]
    #[arg(long)]
    scratch: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, MutantError> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mutants = chosen(load(&root.join("tests/mutants"))?, &arguments.only)?;
    if arguments.list {
        print!("{}", report::list(&mutants));
        return Ok(true);
    }
    let target =
        || std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let scratch = arguments
        .scratch
        .clone()
        .unwrap_or_else(|| target().join("mutants"));
    let settings = Settings {
        jobs: arguments.jobs,
        resume: arguments.resume,
        time: arguments.minutes.map(|n| Duration::from_secs(60 * n)),
    };
    let trials = campaign::run(&root, &scratch, &mutants, settings, |line| {
        eprintln!("{line}")
    })?;
    print!("{}", report::table(&trials));
    if let Some(path) = &arguments.json {
        let text = format!("{:#}\n", report::json(&trials));
        std::fs::write(path, text).map_err(|source| MutantError::Io {
            path: path.clone(),
            source,
        })?;
    }
    if arguments.bless {
        report::bless(&root.join("docs/mutants.md"), &trials)?;
    }
    Ok(!trials.iter().any(|trial| trial.outcome.is_failure()))
}

fn chosen(mutants: Vec<Mutant>, names: &[String]) -> Result<Vec<Mutant>, MutantError> {
    let is = |mutant: &Mutant, name: &String| mutant.id == *name || mutant.area == *name;
    if let Some(name) = names
        .iter()
        .find(|name| !mutants.iter().any(|mutant| is(mutant, name)))
    {
        return Err(MutantError::Unknown { name: name.clone() });
    }
    let wanted = |mutant: &Mutant| names.is_empty() || names.iter().any(|name| is(mutant, name));
    Ok(mutants.into_iter().filter(wanted).collect())
}

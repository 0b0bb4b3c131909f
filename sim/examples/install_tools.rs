//! Installs the tools that the tests use: `cargo run -p systole-sim --example install_tools [GROUP..]`.
//! The same as `systole tools install`, without building the rest of the project.

use std::process::ExitCode;
use systole_sim::tools;

fn main() -> ExitCode {
    let mut groups: Vec<String> = std::env::args().skip(1).collect();
    if groups.is_empty() {
        groups.push("sim".to_owned());
    }
    for group in groups {
        if let Err(error) = tools::install(&group, &mut |line| eprintln!("{line}")) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    for check in tools::doctor() {
        eprintln!("{:<13} {:?}: {}", check.name, check.state, check.detail);
    }
    ExitCode::SUCCESS
}

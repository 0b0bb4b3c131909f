//! Hashes of the stages.

use std::path::Path;

use anyhow::Context;
use systole::program::Program;
use systole::receipt::Stage;
use systole_quant::integer::IntGraph;
use systole_sim::flow::{NETLIST, ROUTED, Stages, Step};
use systole_sim::sha256_hex;

use crate::cli::build::{Plan, bitstream_file, constraint_file};
use crate::cli::run::Task;

fn stage(name: &str, file: Option<&str>, bytes: &[u8]) -> Stage {
    digest(name, file, sha256_hex(bytes))
}

fn digest(name: &str, file: Option<&str>, sha256: String) -> Stage {
    Stage {
        stage: name.to_owned(),
        file: file.map(str::to_owned),
        sha256,
    }
}

/// Model and data, as the user gives them.
pub(super) fn of_files(task: &Task) -> anyhow::Result<Vec<Stage>> {
    let read = |name: &str, path: &Path| -> anyhow::Result<Stage> {
        let bytes =
            std::fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let file = path.file_name().map(|file| file.to_string_lossy());
        Ok(stage(name, file.as_deref(), &bytes))
    };
    Ok(vec![
        read("model", &task.model)?,
        read("calibration data", &task.calibration.calib)?,
        read("test data", &task.test)?,
    ])
}

/// The integer network, the program, and what is synthesized.
pub(super) fn of_texts(
    plan: &Plan,
    graph: &IntGraph,
    program: &Program,
    stages: &Stages<'_>,
) -> anyhow::Result<Vec<Stage>> {
    let mut all = vec![
        stage("integer graph", None, &graph.encode()?),
        stage("program", None, &program.encode()?),
    ];
    for (name, text) in &stages.design.sources {
        all.push(stage("verilog", Some(name), text.as_bytes()));
    }
    let constraints = stages.how.constraints.as_bytes();
    all.push(stage(
        "constraints",
        Some(&constraint_file(plan)),
        constraints,
    ));
    Ok(all)
}

/// What the tools made, up to a step that is done.
pub(super) fn of_tools(
    plan: &Plan,
    stages: &Stages<'_>,
    until: Step,
    handed_in: Option<&[u8]>,
) -> anyhow::Result<Vec<Stage>> {
    let mut all = Vec::new();
    if until >= Step::Synthesize {
        let netlist = stages.netlist()?;
        let sha256 = netlist.digest(NETLIST).unwrap_or_default().to_owned();
        all.push(digest("netlist", None, sha256));
    }
    if until >= Step::PlaceAndRoute {
        let (routed, _) = stages.routed()?;
        let sha256 = routed.digest(ROUTED).unwrap_or_default().to_owned();
        all.push(digest("routed netlist", None, sha256));
    }
    if until >= Step::Pack {
        let bytes = stages.packed()?;
        let file = bitstream_file(plan.board.part.family);
        all.push(stage("bitstream", Some(&file), &bytes));
        if let Some(bytes) = handed_in {
            all.push(stage("bitstream that was handed in", None, bytes));
        }
    }
    Ok(all)
}

//! One step: made once for the same inputs, with a record of what it took.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::usage::Usage;
use crate::cache;
use crate::command::run;
use crate::error::{Error, Result, io};
use crate::hash::{Key, sha256_hex};
use crate::tools::{self, Tool, flow_folder};

const RECORD: &str = "step.json";

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Verilog and constraints.
    Emit,
    /// Warnings of Verilator.
    Lint,
    /// Verilog to a netlist of cells.
    Synthesize,
    /// Netlist to places and wires.
    PlaceAndRoute,
    /// Places and wires to a bitstream.
    Pack,
    /// What the bitstream holds against what was packed.
    Verify,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Step; 6] = [
        Step::Emit,
        Step::Lint,
        Step::Synthesize,
        Step::PlaceAndRoute,
        Step::Pack,
        Step::Verify,
    ];

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Step::Emit => "emit",
            Step::Lint => "lint",
            Step::Synthesize => "synthesize",
            Step::PlaceAndRoute => "place-and-route",
            Step::Pack => "pack",
            Step::Verify => "verify",
        }
    }

    /// What it makes, for the help.
    pub fn what(self) -> &'static str {
        match self {
            Step::Emit => "Verilog and constraints",
            Step::Lint => "Warnings of Verilator",
            Step::Synthesize => "Verilog to a netlist of cells",
            Step::PlaceAndRoute => "Netlist to places and wires",
            Step::Pack => "Places and wires to a bitstream",
            Step::Verify => "What the bitstream holds against what was packed",
        }
    }
}

/// What a step made and what it took when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Step.
    pub step: Step,
    /// Name and version of each tool.
    pub tools: Vec<String>,
    /// Seconds on the clock.
    pub wall_seconds: f64,
    /// Seconds of processor time.
    pub cpu_seconds: f64,
    /// Largest memory of a tool so far, MiB.
    pub peak_mib: u64,
    /// SHA-256 of each file, by name.
    pub files: Vec<(String, String)>,
}

/// The folder of a step.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Where its files are.
    pub folder: PathBuf,
    /// Its record.
    pub record: Record,
    /// Whether it was there already.
    pub cached: bool,
}

impl Artifact {
    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Reads a text of it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn text(&self, name: &str) -> Result<String> {
        let path = self.file(name);
        std::fs::read_to_string(&path).map_err(io("reading", path))
    }

    /// SHA-256 of a file, `None` if the step does not make it.
    pub fn digest(&self, name: &str) -> Option<&str> {
        let files = self.record.files.iter();
        files
            .filter_map(|(of, digest)| (of == name).then_some(digest.as_str()))
            .next()
    }
}

/// Looks a step up, or makes it: `make` fills a folder and names the files to keep.
pub(super) fn cached(
    step: Step,
    tools: &[String],
    key: Key,
    make: impl FnOnce(&Path) -> Result<Vec<String>>,
) -> Result<Artifact> {
    let key = key.part("tools", tools.join("\n").as_bytes()).finish();
    let name = format!("{}-{}", step.name(), &key[..24]);
    let mut cached = true;
    let folder = cache::entry(&flow_folder()?, &name, |stage| {
        cached = false;
        let usage = Usage::begin();
        let mut keep = make(stage)?;
        let used = usage.end();
        let mut files = Vec::new();
        for name in &keep {
            let path = stage.join(name);
            let bytes = std::fs::read(&path).map_err(io("reading", path))?;
            files.push((name.clone(), sha256_hex(&bytes)));
        }
        let record = Record {
            step,
            tools: tools.to_vec(),
            wall_seconds: used.wall_seconds,
            cpu_seconds: used.cpu_seconds,
            peak_mib: used.peak_mib,
            files,
        };
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        let path = stage.join(RECORD);
        std::fs::write(&path, text).map_err(io("writing", path))?;
        keep.push(RECORD.to_owned());
        Ok(keep)
    })?;
    let path = folder.join(RECORD);
    let text = std::fs::read_to_string(&path).map_err(io("reading", &path))?;
    let record = serde_json::from_str(&text).map_err(|error| Error::Io {
        action: "reading",
        path,
        source: std::io::Error::other(error),
    })?;
    Ok(Artifact {
        folder,
        record,
        cached,
    })
}

/// Name and version of a tool as it tells it; a digest of the program if it does not. Asked once for each process: the start of a
/// WebAssembly tool takes longer than a step that is looked up.
///
/// # Errors
/// [`Error::ToolMissing`], [`Error::Io`].
pub fn identity(name: &'static str) -> Result<String> {
    static KNOWN: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(identity) = known.get(name) {
        return Ok(identity.clone());
    }
    let identity = ask(name)?;
    known.insert(name, identity.clone());
    Ok(identity)
}

fn ask(name: &'static str) -> Result<String> {
    let tool = tools::find(name)?;
    if let Some(version) = version(name, &tool) {
        return Ok(format!("{name} {version}"));
    }
    let bytes = std::fs::read(&tool.program).map_err(io("reading", &tool.program))?;
    let group = tool.program.iter().rev().nth(2).unwrap_or_default();
    let group = match tool.source {
        tools::Source::Private => format!("{} ", group.to_string_lossy()),
        _ => String::new(),
    };
    Ok(format!("{name} {group}{}", &sha256_hex(&bytes)[..12]))
}

/// Packers without a version answer with their usage, which says nothing.
fn version(name: &str, tool: &Tool) -> Option<String> {
    let flag = match name {
        "yosys" => "-V",
        name if name.starts_with("nextpnr") || name.starts_with("ecp") => "--version",
        _ => return None,
    };
    let finished = run(tool.command().arg(flag)).ok()?;
    let text = finished.messages();
    let line = text.lines().find(|line| line.contains(char::is_numeric))?;
    finished.success.then(|| line.trim().to_owned())
}

//! The Verilog simulators that may be installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::CrosscheckError;
use super::testbench::{Testbench, VECTORS};

/// Runs the testbench in every simulator found; names those that agreed.
pub(super) fn run_all(
    name: &str,
    verilog: &str,
    bench: &Testbench,
) -> Result<Vec<&'static str>, CrosscheckError> {
    let folder = Folder::new(name)?;
    folder.write("dut.sv", verilog)?;
    folder.write("testbench.sv", &bench.verilog)?;
    folder.write("replay.sv", &bench.clocked)?;
    folder.write("main.cpp", MAIN)?;
    folder.write(VECTORS, &bench.vectors)?;
    let mut agreed = Vec::new();
    if has_iverilog() {
        icarus(&folder)?;
        agreed.push("iverilog");
    }
    if let Some(verilator) = verilator() {
        lint(&folder, verilator, name)?;
        agreed.push("verilator lint");
        if std::env::var_os(RUN_VERILATOR).is_some() {
            verilator_run(&folder, verilator)?;
            agreed.push("verilator");
        }
    }
    folder.remove();
    Ok(agreed)
}

/// A folder of one run. It stays if the run fails.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self, CrosscheckError> {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let unique = format!("systole-crosscheck-{}-{n}-{name}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(unique));
        folder.io(std::fs::create_dir_all(&folder.0))?;
        Ok(folder)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), CrosscheckError> {
        self.io(std::fs::write(self.0.join(file), text))
    }

    fn io<T>(&self, result: std::io::Result<T>) -> Result<T, CrosscheckError> {
        result.map_err(|source| CrosscheckError::Io {
            folder: self.0.clone(),
            source,
        })
    }

    /// Runs a command here; what it printed, if it succeeded.
    fn run(&self, tool: &'static str, command: &mut Command) -> Result<String, CrosscheckError> {
        let output = self.io(command.current_dir(&self.0).output())?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        match output.status.success() {
            true => Ok(text),
            false => Err(self.failed(tool, text)),
        }
    }

    fn failed(&self, tool: &'static str, output: String) -> CrosscheckError {
        CrosscheckError::Tool {
            tool,
            folder: self.0.clone(),
            output,
        }
    }

    /// The files have served their purpose; one that cannot be removed does no harm.
    fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn icarus(folder: &Folder) -> Result<(), CrosscheckError> {
    const TOOL: &str = "iverilog";
    let mut compile = Command::new(TOOL);
    compile.args([
        "-g2012",
        "-Wall",
        "-o",
        "dut.vvp",
        "-s",
        "testbench",
        "dut.sv",
        "testbench.sv",
    ]);
    let said = folder.run(TOOL, &mut compile)?;
    // Icarus apologises for listening to more bits than it has to.
    let harmless = |line: &str| line.contains("sorry: constant selects");
    let said: Vec<_> = said.lines().filter(|line| !harmless(line)).collect();
    if !said.is_empty() {
        return Err(folder.failed(TOOL, said.join("\n")));
    }
    let result = folder.run(TOOL, Command::new("vvp").args(["-N", "dut.vvp"]))?;
    match result.contains("AGREED") {
        true => Ok(()),
        false => Err(folder.failed(TOOL, result)),
    }
}

fn lint(folder: &Folder, verilator: &Verilator, top: &str) -> Result<(), CrosscheckError> {
    let mut command = verilator.command();
    command.args([
        "--lint-only",
        "-Wall",
        "-Wno-DECLFILENAME",
        "--top-module",
        top,
        "dut.sv",
    ]);
    folder.run("verilator lint", &mut command).map(drop)
}

/// Set this variable to run the vectors in Verilator, too: it costs some seconds of compiling for each block.
const RUN_VERILATOR: &str = "SYSTOLE_CROSSCHECK_VERILATOR";

/// Clocks the replay until it stops.
const MAIN: &str = r#"#include "Vreplay.h"
#include "verilated.h"
int main() {
  VerilatedContext context;
  Vreplay top{&context};
  top.clock = 0;
  top.eval();
  while (!context.gotFinish()) {
    top.clock = 1;
    top.eval();
    top.clock = 0;
    top.eval();
    context.timeInc(1);
  }
}
"#;

fn verilator_run(folder: &Folder, verilator: &Verilator) -> Result<(), CrosscheckError> {
    const TOOL: &str = "verilator";
    let mut translate = verilator.command();
    translate.args([
        "--cc",
        "--no-timing",
        "-Wno-fatal",
        "-Wno-lint",
        "-Wno-style",
    ]);
    translate.args([
        "--top-module",
        "replay",
        "--Mdir",
        "cpp",
        "dut.sv",
        "replay.sv",
    ]);
    folder.run(TOOL, &mut translate)?;
    let include = verilator.include();
    let mut sources = vec![folder.0.join("main.cpp")];
    for entry in folder.io(std::fs::read_dir(folder.0.join("cpp")))? {
        let path = folder.io(entry)?.path();
        if path.extension().is_some_and(|e| e == "cpp") {
            sources.push(path);
        }
    }
    sources.extend(["verilated.cpp", "verilated_threads.cpp"].map(|file| include.join(file)));
    let mut compile = Command::new("g++");
    compile.args(["-std=c++17", "-O0", "-Icpp", "-o", "replay", "-pthread"]);
    compile
        .arg("-I")
        .arg(&include)
        .arg("-I")
        .arg(include.join("vltstd"))
        .args(&sources);
    folder.run("g++", &mut compile)?;
    let result = folder.run(TOOL, &mut Command::new(folder.0.join("replay")))?;
    match result.contains("AGREED") {
        true => Ok(()),
        false => Err(folder.failed(TOOL, result)),
    }
}

struct Verilator {
    binary: PathBuf,
    root: Option<PathBuf>,
}

impl Verilator {
    /// Where the sources of its run-time library are.
    fn include(&self) -> PathBuf {
        let root = self.root.clone();
        root.unwrap_or_else(|| PathBuf::from("/usr/share/verilator"))
            .join("include")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        if let Some(root) = &self.root {
            command.env("VERILATOR_ROOT", root);
        }
        command
    }
}

fn starts(binary: &Path, argument: &str) -> bool {
    Command::new(binary).arg(argument).output().is_ok()
}

fn has_iverilog() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| starts(Path::new("iverilog"), "-V"))
}

fn verilator() -> Option<&'static Verilator> {
    static FOUND: OnceLock<Option<Verilator>> = OnceLock::new();
    let find = || {
        let root = std::env::var_os("VERILATOR_ROOT").map(PathBuf::from);
        let in_root = root
            .as_ref()
            .map(|root| root.join("bin").join("verilator_bin"));
        let binary = in_root.unwrap_or_else(|| PathBuf::from("verilator_bin"));
        starts(&binary, "--version").then_some(Verilator { binary, root })
    };
    FOUND.get_or_init(find).as_ref()
}

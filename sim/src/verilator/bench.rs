//! Self-checking Verilog test benches (with delays) under Verilator: `--main --timing`, compiled and run.

use super::compiler::{Compiler, Unit};
use super::sources::{write, write_files};
use super::tool::Verilator;
use crate::cache;
use crate::command::{head, run, run_within};
use crate::error::{Error, Result, io};
use crate::hash::Key;
use crate::icarus::{Bench, LIMIT};
use crate::tools;
use std::path::{Path, PathBuf};
use std::process::Command;

const RUNTIME: [&str; 3] = ["verilated", "verilated_threads", "verilated_timing"];

/// Compiles and runs a test bench; passes as [`Bench`] says. Other sources than `.v` and `.sv` lie in the working folder.
///
/// # Errors
/// [`Error::Verilate`], [`Error::Compile`], [`Error::ToolMissing`], [`Error::Io`].
pub fn run_bench(sources: &[(String, String)], top: &str) -> Result<Bench> {
    let (verilator, compiler) = (Verilator::find()?, Compiler::find()?);
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let names = write_files(sources, folder.path())?;
    let mut command = verilator.command();
    command
        .current_dir(folder.path())
        .args(["--cc", "--exe", "--main", "--timing", "--prefix", "Vbench"]);
    command.args([
        "--Mdir",
        "cc",
        "-Wno-fatal",
        "-Wno-lint",
        "-Wno-style",
        "--top-module",
        top,
    ]);
    let finished = run(command.args(&names))?;
    if !finished.success {
        return Err(Error::Verilate {
            top: top.to_owned(),
            log: head(&finished.messages(), 20),
        });
    }
    let program = link(&verilator, &compiler, folder.path())?;
    let finished = run_within(Command::new(program).current_dir(folder.path()), LIMIT)?;
    Ok(Bench::judge(finished.success, finished.messages()))
}

/// C++20 for the coroutines of delays.
fn flags(verilator: &Verilator) -> Vec<String> {
    let include = verilator.include();
    let definitions = [
        "VERILATOR=1",
        "VM_COVERAGE=0",
        "VM_SC=0",
        "VM_TIMING=1",
        "VM_TRACE=0",
        "VM_TRACE_FST=0",
    ];
    let mut flags = vec![
        "-std=c++20".to_owned(),
        "-pthread".to_owned(),
        format!("-I{}", include.display()),
    ];
    flags.push(format!("-I{}", include.join("vltstd").display()));
    flags.extend(definitions.map(|name| format!("-D{name}")));
    flags.extend(["-DVM_TRACE_VCD=0", "-DVM_TRACE_SAIF=0"].map(str::to_owned));
    flags
}

fn runtime(verilator: &Verilator, compiler: &Compiler, flags: &[String]) -> Result<Vec<PathBuf>> {
    let key = Key::default()
        .part("verilator", verilator.identity.as_bytes())
        .part("compiler", compiler.identity.as_bytes())
        .part("flags", flags.join(" ").as_bytes())
        .finish();
    let folder = cache::entry(&tools::models_folder()?, &format!("bench-{key}"), |stage| {
        let unit = |name: &str| Unit {
            source: verilator.include().join(format!("{name}.cpp")),
            object: stage.join(format!("{name}.o")),
            flags: vec!["-O1".to_owned()],
        };
        compiler.compile(&RUNTIME.map(unit), flags)?;
        Ok(RUNTIME.iter().map(|name| format!("{name}.o")).collect())
    })?;
    Ok(RUNTIME
        .iter()
        .map(|name| folder.join(format!("{name}.o")))
        .collect())
}

/// One unit with all generated files, then the program.
fn link(verilator: &Verilator, compiler: &Compiler, folder: &Path) -> Result<PathBuf> {
    let mut flags = flags(verilator);
    let mut objects = runtime(verilator, compiler, &flags)?;
    let generated = folder.join("cc");
    flags.push(format!("-I{}", generated.display()));
    let files = super::units::generated_files(&generated)?;
    let text: String = files
        .iter()
        .map(|(name, _)| format!("#include \"{name}\"\n"))
        .collect();
    let (source, object) = (generated.join("bench.cpp"), generated.join("bench.o"));
    write(&source, &text)?;
    compiler.compile(
        &[Unit {
            source,
            object: object.clone(),
            flags: vec!["-O1".to_owned()],
        }],
        &flags,
    )?;
    objects.push(object);
    let program = folder.join("bench");
    compiler.link(compiler.program_link_flags(), &objects, &[], &program)?;
    Ok(program)
}

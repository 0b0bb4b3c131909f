//! The C++ compiler: which flags it gets, and translation units in parallel.

use crate::command::{head, run};
use crate::error::{Error, Result, io};
use crate::tools::{self, Tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// One source file, its object file and its optimisation flags.
pub(crate) struct Unit {
    pub(crate) source: PathBuf,
    pub(crate) object: PathBuf,
    pub(crate) flags: Vec<String>,
}

/// A C++ compiler that was asked for its version.
pub(crate) struct Compiler {
    tool: Tool,
    clang: bool,
    /// Path and first version line: what a cache key needs to know.
    pub(crate) identity: String,
}

impl Compiler {
    pub(crate) fn find() -> Result<Self> {
        let tool = tools::find("cxx")?;
        let version = run(tool.command().arg("--version"))?;
        let clang = version.stdout.contains("clang");
        let first = version.stdout.lines().next().unwrap_or_default();
        let identity = format!("{} {first}", tool.program.display());
        Ok(Compiler {
            tool,
            clang,
            identity,
        })
    }

    /// Flags of every unit that ends in a shared library.
    ///
    /// Unique symbols would be shared between libraries in one process, so gcc must not make them.
    pub(crate) fn library_flags(&self) -> Vec<String> {
        let mut flags = vec![
            "-std=c++17",
            "-fPIC",
            "-fvisibility=hidden",
            "-fvisibility-inlines-hidden",
            "-pthread",
        ];
        if !self.clang {
            flags.push("-fno-gnu-unique");
        }
        flags.into_iter().map(str::to_owned).collect()
    }

    /// Flags of the library's link: what it lacks shows now and not at its first call. clang leaves some atomic operations of
    /// Verilator's runtime to gcc's library for them.
    pub(crate) fn link_flags(&self) -> &'static [&'static str] {
        match (cfg!(target_os = "linux"), self.clang) {
            (true, true) => &["-shared", "-Wl,--no-undefined", "-latomic"],
            (true, false) => &["-shared", "-Wl,--no-undefined"],
            (false, _) => &["-shared"],
        }
    }

    /// Flags of a program's link, for the same reason.
    pub(crate) fn program_link_flags(&self) -> &'static [&'static str] {
        match (cfg!(target_os = "linux"), self.clang) {
            (true, true) => &["-latomic"],
            _ => &[],
        }
    }

    /// Measured on 16x16: clang gains from `-O3` and wide vectors, gcc is slower with `-O3` than with `-O2`.
    pub(crate) fn fast_flags(&self) -> Vec<String> {
        let flags: &[&str] = match (self.clang, has_avx2()) {
            (true, true) => &["-O3", "-mavx2"],
            (true, false) => &["-O3"],
            (false, _) => &["-O2"],
        };
        flags.iter().map(|flag| (*flag).to_owned()).collect()
    }

    /// Compiles all units, as many at a time as there are cores.
    pub(crate) fn compile(&self, units: &[Unit], common: &[String]) -> Result<()> {
        let next = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        let work = || {
            while let Some(unit) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = self.compile_one(unit, common) {
                    next.store(units.len(), Ordering::Relaxed);
                    failure
                        .lock()
                        .unwrap_or_else(|poison| poison.into_inner())
                        .get_or_insert(error);
                }
            }
        };
        thread::scope(|scope| {
            let jobs = thread::available_parallelism()
                .map_or(1, usize::from)
                .min(units.len());
            for _ in 1..jobs {
                scope.spawn(work);
            }
            work();
        });
        failure
            .into_inner()
            .unwrap_or_else(|poison| poison.into_inner())
            .map_or(Ok(()), Err)
    }

    fn compile_one(&self, unit: &Unit, common: &[String]) -> Result<()> {
        let mut command = self.tool.command();
        command
            .arg("-w")
            .args(common)
            .args(&unit.flags)
            .arg("-c")
            .arg(&unit.source)
            .arg("-o")
            .arg(&unit.object);
        self.finish(&mut command, &unit.source)
    }

    /// Links objects into `output`.
    pub(crate) fn link(
        &self,
        flags: &[&str],
        objects: &[PathBuf],
        libraries: &[&str],
        output: &Path,
    ) -> Result<()> {
        let mut command = self.tool.command();
        command
            .args(objects)
            .args(flags)
            .arg("-pthread")
            .args(libraries)
            .arg("-o")
            .arg(output);
        self.finish(&mut command, output)
    }

    /// True when a program that includes `header` links with `library`.
    pub(crate) fn can_link(&self, header: &str, library: &str, folder: &Path) -> Result<bool> {
        let (source, program) = (folder.join("probe.cpp"), folder.join("probe"));
        let text = format!("#include <{header}>\nint main() {{ return 0; }}\n");
        fs::write(&source, text).map_err(io("writing", &source))?;
        Ok(run(self
            .tool
            .command()
            .arg(&source)
            .arg(library)
            .arg("-o")
            .arg(&program))?
        .success)
    }

    fn finish(&self, command: &mut Command, unit: &Path) -> Result<()> {
        let finished = run(command)?;
        if finished.success {
            return Ok(());
        }
        Err(Error::Compile {
            compiler: self.tool.program.display().to_string(),
            unit: unit
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            log: head(&finished.messages(), 20),
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

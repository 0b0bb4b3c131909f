//! `verilator_bin --cc`, a few compiler runs, one shared library.

use super::compiler::{Compiler, Unit};
use super::compress::Compressors;
use super::ports;
use super::sources::{at_home, is_verilog, write, write_files};
use super::tool::Verilator;
use super::units::units;
use crate::cache;
use crate::command::{head, run};
use crate::design::Design;
use crate::error::{Error, Result, io};
use crate::hash::Key;
use crate::tools;
use std::path::{Path, PathBuf};

const SHIM: &str = include_str!("../../shim/systole_shim.cpp");
const SIGNS: &str = include_str!("../../shim/systole_signs.h");
/// File name of the library in its folder.
pub(crate) const LIBRARY: &str = "model.so";

/// Whether the build or the run should be quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Optimize {
    /// Best simulation speed.
    #[default]
    Run,
    /// Shortest build, for module tests of a few thousand cycles.
    Build,
}

/// How to build a model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BuildOptions {
    /// Compile in FST waveforms (a library of its own in the cache).
    pub trace: bool,
    /// Optimisation goal.
    pub optimize: Optimize,
    /// Folder of built models; `None` is the private folder.
    pub cache: Option<PathBuf>,
}

/// The folder in the cache that holds the library of `design`, built if it is not there yet.
pub(crate) fn folder(design: &Design, options: &BuildOptions) -> Result<PathBuf> {
    let build = Build::new(design, options)?;
    let runtime = build.runtime()?;
    let key = build.key();
    let place = build.cache.join(&key);
    cache::entry(&build.cache, &key, |stage| {
        build.model(stage, &place, &runtime)
    })
}

/// One build: the design, the tools and the generated header.
struct Build<'a> {
    design: &'a Design,
    options: &'a BuildOptions,
    verilator: Verilator,
    compiler: Compiler,
    compressors: Compressors,
    header: String,
    cache: PathBuf,
}

impl<'a> Build<'a> {
    fn new(design: &'a Design, options: &'a BuildOptions) -> Result<Self> {
        let cache = match &options.cache {
            Some(folder) => folder.clone(),
            None => tools::models_folder()?,
        };
        let cache = std::path::absolute(&cache).map_err(io("finding", &cache))?;
        let (verilator, compiler) = (Verilator::find()?, Compiler::find()?);
        let compressors = if options.trace {
            Compressors::find(&compiler)?
        } else {
            Compressors::default()
        };
        Ok(Build {
            design,
            options,
            verilator,
            compiler,
            header: ports::header(design),
            compressors,
            cache,
        })
    }

    fn optimize_flags(&self) -> Vec<String> {
        match self.options.optimize {
            Optimize::Run => self.compiler.fast_flags(),
            Optimize::Build => vec!["-O1".to_owned()],
        }
    }

    fn verilate_flags(&self) -> Vec<&str> {
        let mut flags = vec![
            "--cc",
            "--prefix",
            "Vmodel",
            "--Mdir",
            "cc",
            "-Wno-fatal",
            "-Wno-lint",
            "-Wno-style",
        ];
        flags.extend(["--top-module", &self.design.top, "--output-split", "60000"]);
        if self.options.trace {
            flags.push("--trace-fst");
        }
        flags
    }

    /// What both the model and the runtime depend on.
    fn tool_key(&self) -> Key {
        Key::default()
            .part("format", b"2")
            .part("verilator", self.verilator.identity.as_bytes())
            .part("compiler", self.compiler.identity.as_bytes())
            .part("flags", self.common().join(" ").as_bytes())
            .part("compressors", self.compressors.identity().as_bytes())
    }

    fn key(&self) -> String {
        let mut key = self
            .tool_key()
            .part("shim", SHIM.as_bytes())
            .part("signs", SIGNS.as_bytes())
            .part("ports", self.header.as_bytes());
        key = key.part("optimize", self.optimize_flags().join(" ").as_bytes());
        key = key.part("verilate", self.verilate_flags().join(" ").as_bytes());
        if self
            .design
            .sources
            .iter()
            .any(|(name, _)| !is_verilog(name))
        {
            // Such a library holds the absolute names of its data files.
            key = key.part("place", self.cache.as_os_str().as_encoded_bytes());
        }
        for (name, text) in &self.design.sources {
            key = key.part(name, text.as_bytes());
        }
        format!("{}-{}", self.design.top, key.finish())
    }

    /// Include paths and definitions of every unit.
    fn common(&self) -> Vec<String> {
        let include = self.verilator.include();
        let trace = u8::from(self.options.trace);
        let mut flags = self.compiler.library_flags();
        flags.extend([
            format!("-I{}", include.display()),
            format!("-I{}", include.join("vltstd").display()),
        ]);
        flags.extend(
            ["VERILATOR=1", "VM_COVERAGE=0", "VM_SC=0", "VM_TIMING=0"]
                .map(|name| format!("-D{name}")),
        );
        flags.extend(["VM_TRACE_VCD=0", "VM_TRACE_SAIF=0"].map(|name| format!("-D{name}")));
        flags.extend([
            format!("-DVM_TRACE={trace}"),
            format!("-DVM_TRACE_FST={trace}"),
        ]);
        flags.extend(["-DVL_USER_FATAL", "-DVL_USER_STOP"].map(str::to_owned));
        flags
    }

    /// Verilator's own runtime, compiled once for all designs.
    fn runtime(&self) -> Result<Vec<PathBuf>> {
        let mut names = vec!["verilated", "verilated_threads"];
        if self.options.trace {
            names.push("verilated_fst_c");
        }
        let key = format!("runtime-{}", self.tool_key().finish());
        let folder = cache::entry(&self.cache, &key, |stage| {
            self.compressors.write(stage)?;
            let mut common = self.common();
            common.push(format!("-I{}", stage.display()));
            let unit = |name: &&str| Unit {
                source: self.verilator.include().join(format!("{name}.cpp")),
                object: stage.join(format!("{name}.o")),
                flags: vec!["-O2".to_owned()],
            };
            self.compiler
                .compile(&names.iter().map(unit).collect::<Vec<_>>(), &common)?;
            Ok(names.iter().map(|name| format!("{name}.o")).collect())
        })?;
        Ok(names
            .iter()
            .map(|name| folder.join(format!("{name}.o")))
            .collect())
    }

    /// Fills `stage` with the library and the data files that it reads at its start from `place`.
    fn model(&self, stage: &Path, place: &Path, runtime: &[PathBuf]) -> Result<Vec<String>> {
        self.verilate(stage, place)?;
        let generated = stage.join("cc");
        write(&generated.join("systole_ports.h"), &self.header)?;
        write(&generated.join("systole_shim.cpp"), SHIM)?;
        write(&generated.join("systole_signs.h"), SIGNS)?;
        let units = units(&generated, &self.optimize_flags())?;
        let mut common = self.common();
        common.push(format!("-I{}", generated.display()));
        self.compiler.compile(&units, &common)?;
        let mut objects: Vec<PathBuf> = units.into_iter().map(|unit| unit.object).collect();
        objects.extend_from_slice(runtime);
        self.compiler.link(
            self.compiler.link_flags(),
            &objects,
            &self.compressors.libraries,
            &stage.join(LIBRARY),
        )?;
        let data = self
            .design
            .sources
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !is_verilog(name));
        Ok(data.cloned().chain([LIBRARY.to_owned()]).collect())
    }

    fn verilate(&self, stage: &Path, place: &Path) -> Result<()> {
        let sources = write_files(&at_home(&self.design.sources, place), stage)?;
        let finished = run(self
            .verilator
            .command()
            .current_dir(stage)
            .args(self.verilate_flags())
            .args(&sources))?;
        if finished.success {
            tracing::debug!(
                top = self.design.top,
                log = finished.messages(),
                "verilated"
            );
            return Ok(());
        }
        Err(Error::Verilate {
            top: self.design.top.clone(),
            log: head(&finished.messages(), 20),
        })
    }
}

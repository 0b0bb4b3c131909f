//! `verilator_bin --cc`, a few compiler runs, one shared library.

use super::cache;
use super::compiler::{Compiler, Unit};
use super::compress::Compressors;
use super::ffi::Library;
use super::instance::Instance;
use super::ports;
use super::tool::Verilator;
use crate::command::{head, run};
use crate::design::{Design, Port};
use crate::error::{Error, Result, io};
use crate::hash::Key;
use crate::tools;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SHIM: &str = include_str!("../../shim/systole_shim.cpp");
const LIBRARY: &str = "model.so";
/// Generated C++ above this size is compiled in several units.
const UNIT_BYTES: u64 = 300_000;

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

/// A built and loaded design.
#[derive(Debug, Clone)]
pub struct Model {
    design: Arc<Design>,
    library: Arc<Library>,
    /// Folder of the library in the cache.
    pub folder: PathBuf,
    trace: bool,
}

impl Model {
    /// Builds `design`, or takes it from the cache, and loads it.
    ///
    /// # Errors
    /// [`Error::ToolMissing`], [`Error::Design`], [`Error::Verilate`], [`Error::Compile`], [`Error::Load`], [`Error::Io`].
    pub fn build(design: &Design, options: &BuildOptions) -> Result<Model> {
        design.validate()?;
        let build = Build::new(design, options)?;
        let runtime = build.runtime()?;
        let key = build.key();
        let place = build.cache.join(&key);
        let folder = cache::entry(&build.cache, &key, |stage| {
            build.model(stage, &place, &runtime)
        })?;
        let library = Library::open(&folder.join(LIBRARY), design)?;
        Ok(Model {
            design: Arc::new(design.clone()),
            library: Arc::new(library),
            folder,
            trace: options.trace,
        })
    }

    /// A new independent instance; registers without an initial value start at zero.
    ///
    /// # Errors
    /// [`Error::Load`] when the model cannot be constructed.
    pub fn instantiate(&self) -> Result<Instance> {
        self.instantiate_random(0)
    }

    /// As [`Model::instantiate`], but registers and memories without an initial value start at random values
    /// (of this seed, not 0): a design that relies on them shows it.
    ///
    /// # Errors
    /// As [`Model::instantiate`].
    pub fn instantiate_random(&self, seed: u32) -> Result<Instance> {
        Instance::new(self.design.clone(), self.library.clone(), self.trace, seed)
    }

    /// The design this was built from.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// Index of the port of that name.
    ///
    /// # Errors
    /// [`Error::Port`] lists the ports there are.
    pub fn port(&self, name: &str) -> Result<usize> {
        self.design.index(name).ok_or_else(|| Error::Port {
            top: self.design.top.clone(),
            reason: format!("no port `{name}`: there are {}", names(&self.design.ports)),
        })
    }
}

fn names(ports: &[Port]) -> String {
    ports
        .iter()
        .map(|port| port.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
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
            .part("format", b"1")
            .part("verilator", self.verilator.identity.as_bytes())
            .part("compiler", self.compiler.identity.as_bytes())
            .part("flags", self.common().join(" ").as_bytes())
            .part("compressors", self.compressors.identity().as_bytes())
    }

    fn key(&self) -> String {
        let mut key = self
            .tool_key()
            .part("shim", SHIM.as_bytes())
            .part("ports", self.header.as_bytes());
        key = key.part("optimize", self.optimize_flags().join(" ").as_bytes());
        key = key.part("verilate", self.verilate_flags().join(" ").as_bytes());
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
        let units = self.units(&generated)?;
        let mut common = self.common();
        common.push(format!("-I{}", generated.display()));
        self.compiler.compile(&units, &common)?;
        let mut objects: Vec<PathBuf> = units.into_iter().map(|unit| unit.object).collect();
        objects.extend_from_slice(runtime);
        self.compiler.link(
            &["-shared"],
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

    /// Puts the generated files into few units: reading the headers costs more than most of the files.
    /// What runs only at start-up is kept apart and not optimised.
    fn units(&self, generated: &Path) -> Result<Vec<Unit>> {
        let (slow, fast): (Vec<_>, Vec<_>) = generated_files(generated)?
            .into_iter()
            .partition(|(name, _)| name.contains("Slow"));
        let total: u64 = fast.iter().map(|(_, bytes)| bytes).sum();
        let mut groups = balance(fast, usize::try_from(total / UNIT_BYTES).unwrap_or(0) + 1);
        let mut flags = vec![self.optimize_flags(); groups.len()];
        if total > UNIT_BYTES {
            groups.push(slow.into_iter().map(|(name, _)| name).collect());
            flags.push(vec!["-O0".to_owned()]);
        } else if let Some(group) = groups.first_mut() {
            group.extend(slow.into_iter().map(|(name, _)| name));
        }
        let mut units = Vec::new();
        for (index, (group, flags)) in groups.into_iter().zip(flags).enumerate() {
            let source = generated.join(format!("unit{index}.cpp"));
            let text: String = group
                .iter()
                .map(|name| format!("#include \"{name}\"\n"))
                .collect();
            write(&source, &text)?;
            units.push(Unit {
                object: source.with_extension("o"),
                source,
                flags,
            });
        }
        Ok(units)
    }
}

/// The C++ files and their sizes, in name order so that builds repeat.
pub(crate) fn generated_files(folder: &Path) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io("listing", folder))? {
        let entry = entry.map_err(io("listing", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") {
            files.push((name, entry.metadata().map_err(io("reading", folder))?.len()));
        }
    }
    files.sort();
    Ok(files)
}

/// Distributes files over `count` groups, each next one to the lightest.
fn balance(mut files: Vec<(String, u64)>, count: usize) -> Vec<Vec<String>> {
    let mut groups: Vec<(u64, Vec<String>)> = vec![(0, Vec::new()); count];
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (name, bytes) in files {
        if let Some(lightest) = groups.iter_mut().min_by_key(|(load, _)| *load) {
            lightest.0 += bytes;
            lightest.1.push(name);
        }
    }
    groups.into_iter().map(|(_, names)| names).collect()
}

/// The sources with the names of their data files (`$readmemh("name", ..)`) made absolute: a library reads them when it
/// starts, from wherever the process runs.
fn at_home(sources: &[(String, String)], place: &Path) -> Vec<(String, String)> {
    let mut sources = sources.to_vec();
    let data: Vec<String> = sources
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !is_verilog(name))
        .cloned()
        .collect();
    for (_, text) in sources.iter_mut().filter(|(name, _)| is_verilog(name)) {
        for name in &data {
            *text = text.replace(
                &format!("\"{name}\""),
                &format!("\"{}\"", place.join(name).display()),
            );
        }
    }
    sources
}

fn is_verilog(name: &str) -> bool {
    [".v", ".sv", ".vh", ".svh"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Writes name and text pairs; returns the names of those that are compiled.
pub(crate) fn write_files(sources: &[(String, String)], folder: &Path) -> Result<Vec<String>> {
    for (name, text) in sources {
        write(&folder.join(name), text)?;
    }
    let compiled = |name: &&String| name.ends_with(".v") || name.ends_with(".sv");
    Ok(sources
        .iter()
        .map(|(name, _)| name)
        .filter(compiled)
        .cloned()
        .collect())
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(io("writing", path))
}

//! A built design, loaded once, instantiated any number of times.

use super::build::{self, BuildOptions};
use super::ffi::Library;
use super::instance::Instance;
use crate::design::{Design, Port};
use crate::error::{Error, Result};
use std::path::PathBuf;
use std::sync::Arc;

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
        let folder = build::folder(design, options)?;
        let library = Library::open(&folder.join(build::LIBRARY), design)?;
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

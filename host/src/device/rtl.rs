//! The generated accelerator, simulated by Verilator and driven through its byte link as a board is.

use std::path::PathBuf;

use super::linked::Linked;
use super::simulated_line::SimulatedLine;
use super::{Device, DeviceError, Session};
use crate::link::{Settings, Transport};
use crate::program::Program;
use systole_arch::Arch;
use systole_hdl::accelerator::verilog;
use systole_sim::{BuildOptions, Design, Model};

/// Generates the accelerator of a configuration as a byte-stream design.
pub type Generate = fn(&Arch) -> Result<Design, DeviceError>;

/// The accelerator of a configuration, as the generator writes it.
///
/// # Errors
/// The configuration cannot be built.
pub fn accelerator_design(arch: &Arch) -> Result<Design, DeviceError> {
    let source = verilog(arch).map_err(|error| DeviceError::Generate {
        arch: arch.name.clone(),
        reason: error.to_string(),
    })?;
    let design = Design::new("accelerator", &source).byte_stream();
    let design = design.input("rx_framing", 1).input("rx_lost", 1);
    Ok(design.output("done", 1).output("fault", 1))
}

/// The simulated accelerator.
pub struct Rtl {
    linked: Linked,
}

impl Rtl {
    /// `trace` names an FST file to write, which costs speed.
    #[must_use]
    pub fn new(generate: Generate, trace: Option<PathBuf>) -> Self {
        let open = move |arch: &Arch| open(generate, trace.as_ref(), arch);
        Rtl {
            linked: Linked::new("rtl", lossless(), Box::new(open)),
        }
    }

    /// Generates and builds the simulation of a configuration, so that a later [`Device::prepare`] finds it in the cache.
    ///
    /// # Errors
    /// What is missing, by name, with the remedy.
    pub fn build(generate: Generate, arch: &Arch) -> Result<(), DeviceError> {
        Model::build(&generate(arch)?, &BuildOptions::default())?;
        Ok(())
    }
}

fn open(
    generate: Generate,
    trace: Option<&PathBuf>,
    arch: &Arch,
) -> Result<Box<dyn Transport>, DeviceError> {
    let options = BuildOptions {
        trace: trace.is_some(),
        ..BuildOptions::default()
    };
    line(&generate(arch)?, &options, trace)
}

/// In a simulation nothing is lost: a second failure is a bug and must show.
pub(super) fn lossless() -> Settings {
    Settings {
        retries: 1,
        ..Settings::default()
    }
}

/// Builds a byte-stream design, resets it and puts a line to it.
pub(super) fn line(
    design: &Design,
    options: &BuildOptions,
    trace: Option<&PathBuf>,
) -> Result<Box<dyn Transport>, DeviceError> {
    let mut instance = Model::build(design, options)?.instantiate()?;
    if let Some(path) = trace {
        instance.trace(path)?;
    }
    instance.reset(8)?;
    Ok(Box::new(SimulatedLine::new(instance)))
}

impl Device for Rtl {
    fn name(&self) -> &'static str {
        self.linked.name()
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        self.linked.prepare(program)
    }
}

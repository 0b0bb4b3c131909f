//! Why a program file is refused.

/// One kind of damage; `origin` names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProgramError {
    /// Instructions in an order that no compiler makes.
    #[error("{origin}: {source}\n  hint: the file is damaged; compile the model again")]
    Order {
        /// File.
        origin: String,
        /// Which instruction.
        source: crate::compiler::schedule::Hazard,
    },
    #[error("{origin}: cannot be read: {source}\n  hint: check the path")]
    Read {
        origin: String,
        source: std::io::Error,
    },
    #[error(
        "{origin}: cannot be written: {source}\n  hint: choose a folder that exists and may be written"
    )]
    Write {
        origin: String,
        source: std::io::Error,
    },
    #[error(
        "{origin}: not a compiled program (it does not begin with `SYSP`)\n  hint: `systole compile MODEL.sysq --arch PRESET -o MODEL.sysp` makes one"
    )]
    Magic { origin: String },
    #[error(
        "{origin}: format version {found}, this command reads version {expected}\n  hint: compile the model again"
    )]
    Version {
        origin: String,
        found: u32,
        expected: u32,
    },
    #[error(
        "{origin}: the file is cut off: {found} bytes, expected {expected}\n  hint: compile the model again"
    )]
    Truncated {
        origin: String,
        found: usize,
        expected: usize,
    },
    #[error(
        "{origin}: {extra} bytes behind the end of the program\n  hint: compile the model again"
    )]
    Trailing { origin: String, extra: usize },
    #[error(
        "{origin}: damaged, its checksum is {found:08x} instead of {expected:08x}\n  hint: compile the model again"
    )]
    Checksum {
        origin: String,
        found: u32,
        expected: u32,
    },
    #[error("{origin}: the header cannot be read: {source}\n  hint: compile the model again")]
    Header {
        origin: String,
        source: serde_json::Error,
    },
    #[error("{origin}: the configuration in it is not possible\n  hint: compile the model again")]
    Arch {
        origin: String,
        source: Box<systole_arch::ArchError>,
    },
    #[error("{origin}: {what} is {found}, expected {expected}\n  hint: compile the model again")]
    Value {
        origin: String,
        what: String,
        found: u64,
        expected: String,
    },
    #[error(
        "{origin}: compiled for {field} = {found}, the configuration `{arch}` has {field} = {expected}\n  hint: compile the model for `{arch}`"
    )]
    Configuration {
        origin: String,
        field: &'static str,
        found: usize,
        expected: usize,
        arch: String,
    },
    #[error(
        "{origin}: tensor '{tensor}' does not lie inside its bank\n  hint: compile the model again"
    )]
    Placement { origin: String, tensor: String },
}

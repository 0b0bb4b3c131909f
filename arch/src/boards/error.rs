//! What can be wrong with a board file, one variant for each cause.

use super::baud::BaudError;
use super::frequency::mhz;
use super::pll::PllError;

/// What is wrong with a board.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// No board has this name.
    #[error(
        "no board is named `{name}`\n  hint: boards: {known}; `docs/adding-a-board.md` says how to add one"
    )]
    UnknownBoard {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The text is not the TOML of a board.
    #[error("{origin}: {}\n  hint: `docs/adding-a-board.md` lists the keys of a board file", source.to_string().trim_end())]
    Toml {
        /// File.
        origin: String,
        /// Position and cause.
        source: Box<toml::de::Error>,
    },
    /// A value is not one of those that are possible.
    #[error("{origin}: `{key} = {value}` is not possible\n  hint: `{key}` must be {rule}")]
    Value {
        /// File.
        origin: String,
        /// Key.
        key: String,
        /// What was given.
        value: String,
        /// What is possible.
        rule: String,
    },
    /// Two functions on one pin.
    #[error(
        "{origin}: `{first}` and `{second}` are both on pin {pin}\n  hint: look both up in the sources that the file names, and correct the wrong one"
    )]
    SharedPin {
        /// File.
        origin: String,
        /// The pin.
        pin: String,
        /// Key.
        first: String,
        /// Key.
        second: String,
    },
    /// A fact names a source that the file does not have.
    #[error(
        "{origin}: `{key}` names the source `{id}`, which is not in the file\n  hint: add a [[source]] with id = \"{id}\"; there are {known}"
    )]
    UnknownSource {
        /// File.
        origin: String,
        /// Key.
        key: String,
        /// The name.
        id: String,
        /// What there is.
        known: String,
    },
    /// A source confirms nothing.
    #[error(
        "{origin}: the source `{id}` is named by no fact\n  hint: name it in the `sources` of what it confirms, or remove it"
    )]
    UnusedSource {
        /// File.
        origin: String,
        /// The name.
        id: String,
    },
    /// Fewer than two independent sources, and no word about it.
    #[error(
        "{origin}: `{key}` has {count} independent sources\n  hint: name a public file of a second repository, or say in `caveat` what is doubtful"
    )]
    Unconfirmed {
        /// File.
        origin: String,
        /// Key.
        key: String,
        /// Repositories.
        count: usize,
    },
    /// A core clock cannot be made.
    #[error("{origin}: core clock {} MHz: {source}\n  hint: choose other `core.clocks`", mhz(*hz))]
    Clock {
        /// File.
        origin: String,
        /// Core clock, Hz.
        hz: u64,
        /// Why.
        source: PllError,
    },
    /// The UART does not work with a core clock.
    #[error("{origin}: core clock {} MHz: {source}\n  hint: choose another `link.baud`, or other `core.clocks`", mhz(*hz))]
    Baud {
        /// File.
        origin: String,
        /// Core clock, Hz.
        hz: u64,
        /// Why.
        source: BaudError,
    },
    /// The preset does not fit.
    #[error(
        "{origin}: preset `{preset}` does not fit {part}: {shortage}\n  hint: name a smaller preset, other `multipliers`, or none"
    )]
    Preset {
        /// File.
        origin: String,
        /// Preset.
        preset: String,
        /// Part.
        part: String,
        /// What is short.
        shortage: String,
    },
}

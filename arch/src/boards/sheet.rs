//! What a board file says: the TOML of `bitstreams/boards/`, read as it is written.

use crate::config::Multipliers;
use serde::{Deserialize, Serialize};

/// One file: a printed circuit board and the parts it is sold with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// Name and revision, for people.
    pub title: String,
    /// Package of the part, as nextpnr spells it.
    pub package: String,
    /// Speed grade, as nextpnr spells it; none for iCE40.
    pub speed: Option<String>,
    /// What is not confirmed or left out, and why.
    #[serde(default)]
    pub open: Vec<String>,
    /// Boards that differ by their part only.
    pub variant: Vec<Variant>,
    /// The oscillator.
    pub clock: Clock,
    /// Clocks for the accelerator.
    pub core: Core,
    /// The way to the host.
    pub link: Link,
    /// Lights.
    pub leds: Leds,
    /// A button that resets the accelerator.
    pub reset: Option<Reset>,
    /// Options of the packer.
    pub pack: Option<Pack>,
    /// How a bitstream gets in.
    pub programmer: Programmer,
    /// Where the facts are from.
    pub source: Vec<Source>,
}

/// A board by its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Name on the command line.
    pub name: String,
    /// Part, a name of [`PARTS`](super::part::PARTS).
    pub part: String,
    /// Preset that fits with room for routing.
    pub preset: Option<String>,
    /// Kind of multiplier with which it fits, if it is not that of the preset.
    pub multipliers: Option<Multipliers>,
}

/// The oscillator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Pin.
    pub pin: String,
    /// Frequency, Hz.
    pub hz: u64,
    /// I/O standard.
    pub standard: String,
    /// iCE40: how the PLL gets the clock.
    pub pll: Option<PllInput>,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// How an iCE40 PLL gets its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PllInput {
    /// From the fabric: `SB_PLL40_CORE`.
    Core,
    /// From its own pad: `SB_PLL40_PAD`.
    Pad,
}

/// Clocks for the accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// Frequencies that make sense, Hz; the first is the default.
    pub clocks: Vec<u64>,
}

/// The way to the host: a UART.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Rate to use, baud.
    pub baud: u64,
    /// The chip between UART and USB.
    pub chip: Chip,
    /// The largest rate of that chip.
    pub top_baud: TopBaud,
    /// Into the FPGA.
    pub rx: Pin,
    /// Out of the FPGA.
    pub tx: Pin,
}

/// The chip between UART and USB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chip {
    /// Name.
    pub name: String,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// The largest rate of that chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopBaud {
    /// Baud.
    pub value: u64,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// A pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Name in the package.
    pub pin: String,
    /// I/O standard.
    pub standard: String,
    /// Resistor in the FPGA.
    pub pull: Option<Pull>,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// A resistor in the FPGA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pull {
    /// To the supply.
    Up,
    /// To ground.
    Down,
}

/// Lights, the first ones first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leds {
    /// Pins.
    pub pins: Vec<String>,
    /// I/O standard.
    pub standard: String,
    /// Which level is light.
    pub polarity: Polarity,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// Which level means on or pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polarity {
    /// The level.
    pub active: Level,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// A logic level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 1.
    High,
    /// 0.
    Low,
}

/// A button that resets the accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Name in the package.
    pub pin: String,
    /// I/O standard.
    pub standard: String,
    /// Resistor in the FPGA.
    pub pull: Option<Pull>,
    /// Which level is pressed.
    pub polarity: Polarity,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// Options of the packer, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Options.
    pub options: Vec<String>,
    /// Confirming sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful.
    pub caveat: Option<String>,
}

/// How a bitstream gets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programmer {
    /// Board identifier of openFPGALoader, verbatim.
    pub openfpgaloader: String,
    /// Its option to load the FPGA, if that works.
    pub sram: Option<String>,
    /// Its option to write the flash, if that works.
    pub flash: Option<String>,
    /// Sources; the first is the program itself.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// A public file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name in this file.
    pub id: String,
    /// `owner/name` on GitHub, or the host of a page.
    pub repository: String,
    /// Path in it.
    pub path: String,
}

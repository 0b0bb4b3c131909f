//! The receipt of a verification: what was compared with what, and the hash of every stage from the model to the bitstream.
//!
//! Two verifications of the same inputs with the same tools give the same receipt but for the seconds. There is no receipt of a
//! verification that was broken off; one that found a difference says so in [`Receipt::equal`] and [`Receipt::mismatch`].

use serde::{Deserialize, Serialize};

/// Format of the file; another number for any change of meaning.
pub const VERSION: u32 = 1;

/// File name in the output folder.
pub const RECEIPT: &str = "receipt.json";

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`VERSION`].
    pub version: u32,
    /// Version of this program.
    pub systole: String,
    /// Whether all levels that ran gave the same bits, in the cycles of the schedule where they count them.
    pub equal: bool,
    /// The first difference.
    pub mismatch: Option<Mismatch>,
    /// What was verified.
    pub subject: Subject,
    /// Hashes, from the model to the bitstream.
    pub stages: Vec<Stage>,
    /// Levels that ran, each compared with the one before.
    pub levels: Vec<Level>,
    /// Levels that did not, and why.
    pub left_out: Vec<LeftOut>,
    /// Programs that took part, with versions.
    pub tools: Vec<String>,
}

/// Board, configuration and model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Model.
    pub model: String,
    /// Board.
    pub board: String,
    /// Its part.
    pub part: String,
    /// Configuration.
    pub arch: String,
    /// Its hash, as in the device.
    pub arch_hash: String,
    /// Core clock, MHz.
    pub core_mhz: f64,
    /// Rate of the UART.
    pub baud: u64,
    /// Clock cycles of one bit of the UART, in the simulation as in the device.
    pub cycles_per_bit: u64,
    /// Seed of the placement.
    pub seed: u64,
}

/// A stage and its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What it is: `model`, `integer graph`, `netlist`...
    pub stage: String,
    /// File name, where it is a file of the user or of the output folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256.
    pub sha256: String,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Name.
    pub level: String,
    /// What ran.
    pub what: String,
    /// The level before.
    pub compared_with: Option<String>,
    /// Images compared.
    pub images: usize,
    /// Whether every byte of every output is that of the level before; none for the first level, or if it was not compared.
    pub equal: Option<bool>,
    /// Cycles of one image by the schedule.
    pub cycles_predicted: u64,
    /// Cycles that it counted; none where nothing counts.
    pub cycles_measured: Option<u64>,
    /// What else there is to say, for example why it was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Seconds, builds included.
    pub seconds: f64,
}

/// A level that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Name.
    pub level: String,
    /// Reason.
    pub why: String,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Mismatch {
    /// A value of an output.
    #[error(
        "level `{level}`: image {image}, output {output}, value {index}: {found}, but {expected} at level `{with}`"
    )]
    Output {
        /// Where.
        level: String,
        /// The level before.
        with: String,
        /// Number of the image, from 0.
        image: usize,
        /// Number of the output, from 0.
        output: usize,
        /// Place in it.
        index: usize,
        /// What came out.
        found: i8,
        /// What came out before.
        expected: i8,
    },
    /// The number of values.
    #[error(
        "level `{level}`: image {image} has other outputs than at level `{with}`: {found} values instead of {expected}"
    )]
    Shape {
        /// Where.
        level: String,
        /// The level before.
        with: String,
        /// Number of the image, from 0.
        image: usize,
        /// Values of all outputs.
        found: usize,
        /// The same before.
        expected: usize,
    },
    /// A count of cycles.
    #[error(
        "level `{level}`: image {image}: {found} cycles until {until}, but {expected} by the schedule"
    )]
    Cycles {
        /// Where.
        level: String,
        /// Number of the image, from 0.
        image: usize,
        /// The end, or the start of an instruction.
        until: String,
        /// Counted.
        found: u64,
        /// Scheduled.
        expected: u64,
    },
    /// The device gave no answer, or reported a fault.
    #[error("level `{level}`: no result of image {image}: {reason}")]
    NoResult {
        /// Where.
        level: String,
        /// Number of the image, from 0.
        image: usize,
        /// What happened.
        reason: String,
    },
    /// The device did not take the program.
    #[error("level `{level}`: the program cannot be loaded: {reason}")]
    NotLoaded {
        /// Where.
        level: String,
        /// What happened.
        reason: String,
    },
    /// A setting of the PLL, which the simulation does not notice.
    #[error("level `{level}`: the PLL has {name} = {found}, but {expected} in the board top")]
    Pll {
        /// Where.
        level: String,
        /// Parameter.
        name: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A bitstream that was handed in and is not what the build gives, of a family without decoder.
    #[error(
        "level `{level}`: the bitstream has SHA-256 {found}, the build gives {expected}, and no tool decodes this family"
    )]
    Bitstream {
        /// Where.
        level: String,
        /// Of the file.
        found: String,
        /// Of the build.
        expected: String,
    },
    /// A bitstream that no device would take.
    #[error("level `{level}`: the bitstream is refused: {reason}")]
    Refused {
        /// Where.
        level: String,
        /// What the tool says.
        reason: String,
    },
}

impl Receipt {
    /// The text of the file.
    ///
    /// # Errors
    /// None that is known: no map has keys that are not texts.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            version: VERSION,
            systole: "0".into(),
            equal: false,
            mismatch: Some(Mismatch::Output {
                level: "netlist".into(),
                with: "board".into(),
                image: 1,
                output: 0,
                index: 7,
                found: -3,
                expected: 4,
            }),
            subject: Subject {
                model: "m".into(),
                board: "b".into(),
                part: "p".into(),
                arch: "a".into(),
                arch_hash: "0".into(),
                core_mhz: 24.0,
                baud: 3_000_000,
                cycles_per_bit: 8,
                seed: 1,
            },
            stages: vec![Stage {
                stage: "program".into(),
                file: None,
                sha256: "00".into(),
            }],
            levels: Vec::new(),
            left_out: Vec::new(),
            tools: Vec::new(),
        }
    }

    #[test]
    fn a_receipt_is_read_as_it_was_written() {
        let text = receipt().json().unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt());
        let more = text.replacen("\"version\"", "\"more\": 1, \"version\"", 1);
        assert!(serde_json::from_str::<Receipt>(&more).is_err());
    }

    #[test]
    fn a_mismatch_names_level_image_place_and_both_values() {
        let text = receipt().mismatch.unwrap().to_string();
        let expected = "level `netlist`: image 1, output 0, value 7: -3, but 4 at level `board`";
        assert_eq!(text, expected);
    }
}

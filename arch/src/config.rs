//! Configuration of one accelerator: read from TOML, checked, and hashed so that a program and a
//! bitstream can tell whether they fit.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Sizes and features of one generated accelerator. All sizes are run-time values of the generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arch {
    /// Name, for people.
    pub name: String,
    /// `R`: reduction lanes, bytes of one activation word. A power of two, 2 to 32.
    pub rows: usize,
    /// `C`: output channels computed at once. 2, or a multiple of 4, at most 32, and a multiple of `lanes`.
    pub cols: usize,
    /// `P`: post-processing lanes, outputs written per cycle. A power of two, 1 to 8, dividing `rows` and `cols`.
    pub lanes: usize,
    /// Words in the weight memory of each cell, one word holding one weight for each column of the group.
    /// A power of two, 16 to 4096.
    pub weight_depth: usize,
    /// Activation banks, 2 to 4.
    pub banks: usize,
    /// Words of `rows` bytes in one activation bank. A power of two, 16 up to 1 MiB per bank.
    pub bank_words: usize,
    /// Rows of `lanes` post-processing parameters (bias, multiplier, shift). A power of two, 16 to 4096.
    pub param_rows: usize,
    /// Tables of 256 entries for element-wise functions, 0 to 8.
    #[serde(default)]
    pub table_slots: usize,
    /// Words of 32 bits in the program memory. A power of two, 64 to 65536.
    pub program_words: usize,
    /// Hidden units of recurrent layers whose state is kept on chip, over all layers and directions: a power of two, 16 to 1024, or
    /// 0 for an accelerator without recurrent unit.
    #[serde(default)]
    pub recurrent_units: usize,
    /// How the multipliers of the array are built.
    #[serde(default)]
    pub multipliers: Multipliers,
    /// For the smallest devices: no residual operands (so no sums of two layers), and an instruction is loaded in place instead
    /// of being shifted in.
    #[serde(default)]
    pub lean: bool,
}

/// How the multipliers of the array are built. All kinds have the same latency and the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multipliers {
    /// Verilog `*`: the synthesis tool decides.
    #[default]
    Generic,
    /// Booth rows of adders, no DSP, on any family.
    Lut,
    /// ECP5 `MULT18X18D` for all.
    Ecp5Dsp,
    /// ECP5: two columns of each group on `MULT18X18D`, the others on carry cells.
    Ecp5Mixed,
    /// ECP5: one column of each group on `MULT18X18D`: the multiplier cells that stay free let the others be placed near what they feed.
    Ecp5Quarter,
    /// ECP5: carry cells for all, half of the look-up tables of `lut`.
    Ecp5Rows,
}

impl Multipliers {
    /// All kinds.
    pub const ALL: [Multipliers; 6] = [
        Multipliers::Generic,
        Multipliers::Lut,
        Multipliers::Ecp5Dsp,
        Multipliers::Ecp5Mixed,
        Multipliers::Ecp5Quarter,
        Multipliers::Ecp5Rows,
    ];

    /// Name in a configuration and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Multipliers::Generic => "generic",
            Multipliers::Lut => "lut",
            Multipliers::Ecp5Dsp => "ecp5-dsp",
            Multipliers::Ecp5Mixed => "ecp5-mixed",
            Multipliers::Ecp5Quarter => "ecp5-quarter",
            Multipliers::Ecp5Rows => "ecp5-rows",
        }
    }

    /// What it is, for manual and help.
    pub fn meaning(self) -> &'static str {
        match self {
            Multipliers::Generic => "Verilog `*`: the synthesis tool decides.",
            Multipliers::Lut => "Rows of adders, no multiplier cells.",
            Multipliers::Ecp5Dsp => "ECP5 `MULT18X18D` for all.",
            Multipliers::Ecp5Mixed => {
                "ECP5: two columns of each group on `MULT18X18D`, the others on carry cells."
            }
            Multipliers::Ecp5Quarter => {
                "ECP5: one column of each group on `MULT18X18D`: the multiplier cells that stay free let the others be placed near what they feed."
            }
            Multipliers::Ecp5Rows => "ECP5: carry cells for all, half of the LUTs of `lut`.",
        }
    }
}

/// Largest activation bank, bytes: byte addresses have 20 bits.
pub const MAX_BANK_BYTES: usize = 1 << crate::isa::width::ADDRESS;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ArchError {
    /// The text is not the TOML of a configuration.
    #[error(
        "{origin}: {}\n  hint: a configuration has the keys name, rows, cols, lanes, weight_depth, banks, bank_words, param_rows, table_slots, program_words, recurrent_units, multipliers, lean",
        explain(source)
    )]
    Toml {
        /// File or preset.
        origin: String,
        /// Position and cause.
        source: Box<toml::de::Error>,
    },
    /// A value is outside what the generator can build.
    #[error("{origin}: `{field} = {value}` is not possible\n  hint: `{field}` must be {rule}")]
    Value {
        /// File or preset.
        origin: String,
        /// Key.
        field: &'static str,
        /// What was given.
        value: usize,
        /// What is possible.
        rule: String,
    },
    /// No preset has this name.
    #[error(
        "no preset is named `{name}`\n  hint: presets: {known}; a path to a TOML file works as well"
    )]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}

/// The parser's message in words of the manual.
fn explain(source: &toml::de::Error) -> String {
    let text = source.to_string();
    text.trim_end()
        .replace("expected usize", "expected a whole number, 0 or more")
}

/// Presets that come with the crate: name and TOML text.
pub const PRESETS: &[(&str, &str)] = &[
    ("2x2", include_str!("../presets/2x2.toml")),
    ("4x4", include_str!("../presets/4x4.toml")),
    ("8x8", include_str!("../presets/8x8.toml")),
    ("16x8", include_str!("../presets/16x8.toml")),
    ("16x16", include_str!("../presets/16x16.toml")),
    ("32x32", include_str!("../presets/32x32.toml")),
    ("8x8-25f", include_str!("../presets/8x8-25f.toml")),
    ("4x8-12f", include_str!("../presets/4x8-12f.toml")),
    ("4x8-20k", include_str!("../presets/4x8-20k.toml")),
    ("2x2-lean", include_str!("../presets/2x2-lean.toml")),
];

impl Arch {
    /// Reads and checks a configuration; `origin` names the file in errors.
    ///
    /// # Errors
    /// Text that is no configuration (position and cause), or a value that is not possible.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, ArchError> {
        let arch: Arch = toml::from_str(text).map_err(|source| ArchError::Toml {
            origin: origin.into(),
            source: Box::new(source),
        })?;
        arch.check(origin)?;
        Ok(arch)
    }

    /// A configuration that comes with the crate.
    ///
    /// # Errors
    /// [`ArchError::UnknownPreset`], which lists the names there are.
    pub fn preset(name: &str) -> Result<Self, ArchError> {
        match PRESETS.iter().find(|(known, _)| *known == name) {
            Some((known, text)) => Self::from_toml(text, known),
            None => Err(ArchError::UnknownPreset {
                name: name.into(),
                known: PRESETS
                    .iter()
                    .map(|(known, _)| *known)
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// Checks every value; `origin` names the file in errors.
    ///
    /// # Errors
    /// [`ArchError::Value`] with the first key whose value the generator cannot build.
    pub fn check(&self, origin: &str) -> Result<(), ArchError> {
        let error = |field, value, rule| ArchError::Value {
            origin: origin.into(),
            field,
            value,
            rule,
        };
        for (field, value, low, high) in self.powers() {
            if !value.is_power_of_two() || !(low..=high).contains(&value) {
                let rule = format!("a power of two from {low} to {high}");
                return Err(error(field, value, rule));
            }
        }
        for (ok, field, value, rule) in self.other_rules() {
            if !ok {
                return Err(error(field, value, rule));
            }
        }
        Ok(())
    }

    /// Keys that hold a power of two: name, value, smallest, largest.
    fn powers(&self) -> [(&'static str, usize, usize, usize); 6] {
        let most_words = MAX_BANK_BYTES / self.rows.max(1);
        [
            ("rows", self.rows, 2, 32),
            ("lanes", self.lanes, 1, 8),
            ("weight_depth", self.weight_depth, 16, 4096),
            ("bank_words", self.bank_words, 16, most_words),
            ("param_rows", self.param_rows, 16, 4096),
            ("program_words", self.program_words, 64, 65536),
        ]
    }

    /// The other rules: whether it holds, key, value, rule.
    fn other_rules(&self) -> [(bool, &'static str, usize, String); 5] {
        let (cols, lanes, banks, tables) = (self.cols, self.lanes, self.banks, self.table_slots);
        let whole_groups = cols == 2 || (cols.is_multiple_of(4) && (4..=32).contains(&cols));
        let divisor = format!("a divisor of `rows` ({}) and `cols` ({cols})", self.rows);
        let units = self.recurrent_units;
        let divides = self.rows.is_multiple_of(lanes) && cols.is_multiple_of(lanes);
        [
            (
                whole_groups,
                "cols",
                cols,
                "2, or a multiple of 4 up to 32".into(),
            ),
            (divides, "lanes", lanes, divisor),
            ((2..=4).contains(&banks), "banks", banks, "2, 3 or 4".into()),
            (tables <= 8, "table_slots", tables, "0 to 8".into()),
            (
                units == 0 || units.is_power_of_two() && (16..=1024).contains(&units),
                "recurrent_units",
                units,
                "0, or a power of two from 16 to 1024".into(),
            ),
        ]
    }

    /// Columns that share one weight memory word: 4, or 2 in an array of two columns.
    pub fn group(&self) -> usize {
        self.cols.min(4)
    }

    /// `G`: groups of columns.
    pub fn groups(&self) -> usize {
        self.cols / self.group()
    }

    /// Lanes of the max-pooling unit and channels of a depthwise tile: `min(R, C)`.
    pub fn pool_lanes(&self) -> usize {
        self.rows.min(self.cols)
    }

    /// Most beats of one output vector: `C / P`.
    pub fn max_beats(&self) -> usize {
        self.cols / self.lanes
    }

    /// `U`: hidden units that the recurrent unit computes at once, `max(1, P / 4)`.
    pub fn units_at_once(&self) -> usize {
        (self.lanes / 4).max(1)
    }

    /// Rows of the state memory, `U` hidden units each.
    pub fn state_rows(&self) -> usize {
        self.recurrent_units / self.units_at_once()
    }

    /// Rows of the sum memory, `P` sums each: four for each hidden unit.
    pub fn sum_rows(&self) -> usize {
        4 * self.recurrent_units / self.lanes
    }

    /// Bytes of one activation bank.
    pub fn bank_bytes(&self) -> usize {
        self.bank_words * self.rows
    }

    /// Width of a byte address inside a bank, bits.
    pub fn bank_address_bits(&self) -> usize {
        bits(self.bank_bytes())
    }

    /// Width of a weight address, bits.
    pub fn weight_address_bits(&self) -> usize {
        bits(self.weight_depth)
    }

    /// Width of a partial sum inside the array: `16 + log2 R` bits hold `R` products of int8 values.
    pub fn partial_sum_bits(&self) -> usize {
        16 + bits(self.rows)
    }

    /// Width of the accumulators, bits (numerics, section 4).
    pub const ACCUMULATOR_BITS: usize = 35;

    /// Hash of everything that decides whether a program fits: first 8 bytes of SHA-256 over the canonical
    /// list of sizes. The name and the kind of multiplier do not take part: they change no result and no cycle.
    pub fn hash(&self) -> u64 {
        let text = self
            .sizes()
            .iter()
            .map(|(k, v)| format!("{k}={v};"))
            .chain(self.lean.then(|| "lean;".to_owned()))
            .collect::<String>();
        let digest = Sha256::digest(format!("systole {};{text}", crate::isa::VERSION));
        digest.iter().take(8).fold(0, |h, b| h << 8 | u64::from(*b))
    }

    /// The hash in 16 hexadecimal digits, as files and reports show it.
    pub fn hash_text(&self) -> String {
        format!("{:016x}", self.hash())
    }

    /// Name and value of each size, in the order of the configuration block that the device carries.
    pub fn sizes(&self) -> [(&'static str, usize); 10] {
        [
            ("rows", self.rows),
            ("cols", self.cols),
            ("lanes", self.lanes),
            ("weight_depth", self.weight_depth),
            ("banks", self.banks),
            ("bank_words", self.bank_words),
            ("param_rows", self.param_rows),
            ("table_slots", self.table_slots),
            ("program_words", self.program_words),
            ("recurrent_units", self.recurrent_units),
        ]
    }
}

/// Bits of an index below `count`: `ceil(log2 count)`.
pub fn bits(count: usize) -> usize {
    count.next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_multipliers_are_those_of_the_configuration() {
        for kind in Multipliers::ALL {
            let value = toml::Value::try_from(kind).unwrap();
            assert_eq!(value.as_str(), Some(kind.name()));
        }
    }

    #[test]
    fn presets_are_possible_and_differ() {
        let mut hashes: Vec<u64> = PRESETS
            .iter()
            .map(|(name, _)| Arch::preset(name).unwrap().hash())
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), PRESETS.len());
    }

    #[test]
    fn impossible_values_are_named() {
        let good = PRESETS[2].1;
        for (from, to, field) in [
            ("rows = 8", "rows = 7", "rows"),
            ("cols = 8", "cols = 6", "cols"),
            ("lanes = 4", "lanes = 3", "lanes"),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good);
            let error = Arch::from_toml(&text, "a.toml").unwrap_err().to_string();
            assert!(error.starts_with(&format!("a.toml: `{field} =")), "{error}");
        }
        assert!(
            Arch::from_toml("rows = 8\nbogus = 1", "a.toml")
                .unwrap_err()
                .to_string()
                .contains("bogus")
        );
    }
}

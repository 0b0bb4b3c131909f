//! The page of the configuration file and of the sizes that follow from it.

use super::{code, presets, table};
use crate::Multipliers;
use crate::config::{MAX_BANK_BYTES, PRESETS};

const KEYS: [(&str, &str, &str); 13] = [
    ("name", "text", "Name, for people."),
    (
        "rows",
        "power of two, 2 to 32",
        "`R`: reduction lanes, bytes of one activation word.",
    ),
    (
        "cols",
        "2, or a multiple of 4 up to 32",
        "`C`: output channels computed at once; a multiple of `lanes`.",
    ),
    (
        "lanes",
        "1, 2, 4 or 8",
        "`P`: post-processing lanes, results written per cycle; divides `rows` and `cols`.",
    ),
    (
        "weight_depth",
        "power of two, 16 to 4096",
        "Words in the weight memory of each cell; a word holds one weight for each column of the group.",
    ),
    ("banks", "2, 3 or 4", "Activation banks."),
    (
        "bank_words",
        "power of two, 16 up to 1 MiB per bank",
        "Words of `R` bytes in one activation bank.",
    ),
    (
        "param_rows",
        "power of two, 16 to 4096",
        "Rows of `P` post-processing parameters: bias, multiplier, shift.",
    ),
    (
        "table_slots",
        "0 to 8 (default 0)",
        "Tables of 256 entries for element-wise functions.",
    ),
    (
        "program_words",
        "power of two, 64 to 65536",
        "Words of 32 bits in the program memory.",
    ),
    (
        "recurrent_units",
        "0, or a power of two, 16 to 1024 (default 0)",
        "Hidden units of recurrent layers whose state is kept, over all layers and directions; 0: no recurrent unit.",
    ),
    (
        "multipliers",
        "see below (default `generic`)",
        "How the multipliers of the array are built. No kind changes a result or a cycle.",
    ),
    (
        "lean",
        "`true` or `false` (default `false`)",
        "For the smallest devices: no residual operands, so no sums of two layers and no pooling of results as they are written; instructions are loaded in place.",
    ),
];

const SIZES: [(&str, &str); 12] = [
    ("columns of a group", "`min(C, 4)`"),
    ("`G`, groups", "`C / columns of a group`"),
    ("lanes of the max-pooling unit", "`min(R, C)`"),
    ("most beats of a vector", "`C / P`"),
    ("bytes of a bank", "`bank_words * R`"),
    ("bits of a byte address", "`log2(bytes of a bank)`"),
    ("bits of a weight address", "`log2 weight_depth`"),
    ("bits of a partial sum", "`16 + log2 R`"),
    ("bits of an accumulator", "35"),
    ("`U`, hidden units at once", "`max(1, P / 4)`"),
    ("rows of the state memory", "`recurrent_units / U`"),
    ("rows of the sum memory", "`4 * recurrent_units / P`"),
];

pub(super) fn body() -> String {
    let example = PRESETS
        .iter()
        .find(|(name, _)| *name == "8x8")
        .map_or("", |(_, text)| text);
    let keys = KEYS.map(|(key, range, meaning)| vec![code(key), range.into(), meaning.into()]);
    let multipliers = Multipliers::ALL.map(|kind| vec![code(kind.name()), kind.meaning().into()]);
    let sizes = SIZES.map(|(name, formula)| vec![name.into(), formula.into()]);
    let hashes = presets()
        .into_iter()
        .map(|a| vec![code(&a.name), code(a.hash_text())]);
    format!(
        "One accelerator is described by one TOML file, for example the preset `8x8`:\n\n```toml\n{example}```\n\n## Keys\n\n{}\n\
A bank holds at most {MAX_BANK_BYTES} bytes, as byte addresses have 20 bits. Unknown keys are errors.\n\n## Multipliers\n\n{}\n## Sizes that follow\n\n{}\n\
## Hash\n\nThe first 8 bytes of SHA-256 over the version of the instruction set and all sizes. A program carries the hash of the configuration that it was compiled for, the device carries its own. \
`name` and `multipliers` do not take part: they change no result and no cycle.\n\n{}",
        table(&["key", "values", "meaning"], keys),
        table(&["value", "meaning"], multipliers),
        table(&["size", "formula"], sizes),
        table(&["preset", "hash"], hashes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arch;

    #[test]
    fn every_key_and_kind_is_listed() {
        let arch = Arch::preset("8x8").unwrap();
        let text = toml::to_string(&arch).unwrap();
        let keys: Vec<&str> = text.lines().filter_map(|l| l.split(" = ").next()).collect();
        assert_eq!(keys, KEYS.map(|(key, ..)| key));
        for kind in Multipliers::ALL.map(Multipliers::name) {
            let text = text.replace("\"generic\"", &format!("\"{kind}\""));
            Arch::from_toml(&text, kind).unwrap();
        }
    }
}

//! Configurations: what is accepted is consistent, what is refused is named.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole_arch::config::{MAX_BANK_BYTES, PRESETS, bits};
use systole_arch::isa::{self, width};
use systole_arch::map;
use systole_arch::{Arch, Multipliers};

const GOOD: &str = r#"name = "test"
rows = 8
cols = 8
lanes = 4
weight_depth = 2048
banks = 2
bank_words = 4096
param_rows = 512
table_slots = 2
program_words = 2048
"#;

/// Sizes around what is possible, so that many are refused and many are not.
fn any_arch() -> impl Strategy<Value = Arch> {
    let power =
        |most: u32| prop_oneof![9 => (0..=most).prop_map(|e| 1usize << e), 1 => 0usize..=70];
    let small = (
        power(6),
        prop_oneof![3 => (0usize..=9).prop_map(|g| 4 * g), 1 => 0usize..=40],
        power(4),
        power(13),
    );
    let large = (
        1usize..=5,
        power(19),
        power(13),
        0usize..=9,
        power(17),
        prop_oneof![Just(0), power(12)],
    );
    (small, large).prop_map(
        |(
            (rows, cols, lanes, weight_depth),
            (banks, bank_words, param_rows, table_slots, program_words, recurrent_units),
        )| Arch {
            name: "random".into(),
            rows,
            cols,
            lanes,
            weight_depth,
            banks,
            bank_words,
            param_rows,
            table_slots,
            program_words,
            recurrent_units,
            multipliers: Multipliers::default(),
            lean: false,
        },
    )
}

/// The largest value a field of the instruction can hold.
fn largest(field: isa::Field) -> usize {
    field.range().1 as usize
}

fn derived_sizes_are_consistent(a: &Arch) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.group() * a.groups(), a.cols);
    prop_assert_eq!(a.max_beats() * a.lanes, a.cols);
    prop_assert_eq!(a.pool_lanes() % a.lanes, 0);
    prop_assert!(a.pool_lanes() <= a.rows && a.pool_lanes() <= a.cols);
    prop_assert!(8 * a.group() <= 32, "a weight word is one word of the host");
    prop_assert_eq!(1usize << a.bank_address_bits(), a.bank_bytes());
    prop_assert_eq!(1usize << a.weight_address_bits(), a.weight_depth);
    prop_assert!(
        (1usize << (a.partial_sum_bits() - 1)) >= a.rows * 128 * 128,
        "R products fit"
    );
    prop_assert!(
        a.bank_words >= 2 && a.bank_bytes() >= 4,
        "two halves, whole words of the host"
    );
    Ok(())
}

fn fields_can_say_everything(a: &Arch) -> Result<(), TestCaseError> {
    prop_assert!(a.bank_address_bits() <= width::ADDRESS && a.bank_bytes() <= MAX_BANK_BYTES);
    prop_assert!(a.weight_address_bits() <= width::WEIGHT);
    prop_assert!(a.banks - 1 <= largest(isa::IN_BANK));
    prop_assert!(a.max_beats() - 1 <= largest(isa::BEATS));
    prop_assert!(
        a.max_beats() - 1 <= largest(isa::STALL),
        "a vector of one slot finds room for its beats"
    );
    prop_assert!(a.param_rows - 1 <= largest(isa::PARAM_ROW));
    prop_assert!(a.table_slots.saturating_sub(1) <= largest(isa::TABLE_SLOT));
    prop_assert!(a.sum_rows().saturating_sub(1) <= largest(isa::SUM_ROW));
    prop_assert!(a.state_rows().saturating_sub(1) <= largest(isa::STATE_ROW));
    prop_assert_eq!(a.sum_rows() * a.lanes, 4 * a.recurrent_units);
    prop_assert_eq!(a.state_rows() * a.units_at_once(), a.recurrent_units);
    Ok(())
}

fn offsets_fit_their_space(a: &Arch) -> Result<(), TestCaseError> {
    let last_weight = map::weight_offset(a, a.weight_depth - 1, a.rows - 1, a.groups() - 1);
    let last_parameter = map::parameter_offset(a, a.param_rows - 1, a.lanes - 1) + 1;
    for offset in [
        last_weight,
        last_parameter,
        (a.bank_bytes() / 4 - 1) as u32,
        a.program_words as u32 - 1,
    ] {
        prop_assert!(offset < 1 << 24);
    }
    prop_assert_eq!(last_parameter as usize, 2 * a.param_rows * a.lanes - 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_is_consistent(a in any_arch()) {
        if a.check("random").is_ok() {
            derived_sizes_are_consistent(&a)?;
            fields_can_say_everything(&a)?;
            offsets_fit_their_space(&a)?;
        }
    }

    #[test]
    fn what_is_refused_is_named(a in any_arch()) {
        if let Err(error) = a.check("random.toml") {
            let text = error.to_string();
            let named = a.sizes().into_iter().any(|(key, value)| text.starts_with(&format!("random.toml: `{key} = {value}` is not possible\n  hint: `{key}` must be ")));
            prop_assert!(named, "{}", text);
        }
    }

    #[test]
    fn text_and_back(a in any_arch()) {
        let text = toml::to_string(&a).map_err(|e| TestCaseError::fail(e.to_string()))?;
        match (a.check("x"), Arch::from_toml(&text, "x")) {
            (Ok(()), Ok(back)) => {
                prop_assert_eq!(back.hash(), a.hash());
                prop_assert_eq!(back, a);
            }
            (Err(one), Err(other)) => prop_assert_eq!(one.to_string(), other.to_string()),
            (check, read) => prop_assert!(false, "{:?} but {:?}", check, read),
        }
    }

    /// Programs of different machines never share a hash, but for name and multipliers.
    #[test]
    fn hash_follows_the_sizes(a in any_arch(), b in any_arch()) {
        prop_assert_eq!(a.hash() == b.hash(), a.sizes() == b.sizes());
    }
}

#[test]
fn every_possible_array_is_accepted() {
    let mut accepted = 0;
    for rows in 0..=40 {
        for cols in 0..=40 {
            for lanes in 0..=10 {
                let a = Arch {
                    rows,
                    cols,
                    lanes,
                    ..Arch::from_toml(GOOD, "good").unwrap()
                };
                accepted += usize::from(a.check("a").is_ok());
            }
        }
    }
    // Rows 2: 9 columns at P=1, 2: 18. Rows 4: and 8 at P=4: 26. Rows 8, 16, 32: and 4 at P=8: 30 each.
    assert_eq!(accepted, 18 + 26 + 3 * 30);
}

#[test]
fn hints_name_every_key() {
    let error = Arch::from_toml("bogus = 1", "a.toml")
        .unwrap_err()
        .to_string();
    for (key, _) in Arch::from_toml(GOOD, "good").unwrap().sizes() {
        assert!(error.contains(key), "{key}: {error}");
    }
}

#[test]
fn presets_are_named_like_their_files() {
    for (name, _) in PRESETS {
        assert_eq!(Arch::preset(name).unwrap().name, *name);
    }
    assert_eq!(bits(1), 0);
}

/// Broken configurations: what is replaced, by what, and the message without its hint.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "rows = 8",
        "rows = 7",
        "board.toml: `rows = 7` is not possible\n  hint: `rows` must be a power of two from 2 to 32",
    ),
    (
        "cols = 8",
        "cols = 6",
        "board.toml: `cols = 6` is not possible\n  hint: `cols` must be 2, or a multiple of 4 up to 32",
    ),
    (
        "lanes = 4",
        "lanes = 3",
        "board.toml: `lanes = 3` is not possible\n  hint: `lanes` must be a power of two from 1 to 8",
    ),
    (
        "rows = 8",
        "rows = 2",
        "board.toml: `lanes = 4` is not possible\n  hint: `lanes` must be a divisor of `rows` (2) and `cols` (8)",
    ),
    (
        "weight_depth = 2048",
        "weight_depth = 8192",
        "board.toml: `weight_depth = 8192` is not possible\n  hint: `weight_depth` must be a power of two from 16 to 4096",
    ),
    (
        "banks = 2",
        "banks = 5",
        "board.toml: `banks = 5` is not possible\n  hint: `banks` must be 2, 3 or 4",
    ),
    (
        "bank_words = 4096",
        "bank_words = 262144",
        "board.toml: `bank_words = 262144` is not possible\n  hint: `bank_words` must be a power of two from 16 to 131072",
    ),
    (
        "param_rows = 512",
        "param_rows = 8",
        "board.toml: `param_rows = 8` is not possible\n  hint: `param_rows` must be a power of two from 16 to 4096",
    ),
    (
        "table_slots = 2",
        "table_slots = 9",
        "board.toml: `table_slots = 9` is not possible\n  hint: `table_slots` must be 0 to 8",
    ),
    (
        "program_words = 2048",
        "program_words = 100",
        "board.toml: `program_words = 100` is not possible\n  hint: `program_words` must be a power of two from 64 to 65536",
    ),
    (
        "rows = 8\n",
        "",
        "board.toml: TOML parse error at line 1, column 1\n  |\n1 | name = \"test\"\n  | ^\nmissing field `rows`",
    ),
    (
        "rows = 8",
        "rows = \"eight\"",
        "board.toml: TOML parse error at line 2, column 8\n  |\n2 | rows = \"eight\"\n  |        ^^^^^^^\ninvalid type: string \"eight\", expected a whole number, 0 or more",
    ),
    (
        "rows = 8",
        "rows = -8",
        "board.toml: TOML parse error at line 2, column 8\n  |\n2 | rows = -8\n  |        ^^\ninvalid value: integer `-8`, expected a whole number, 0 or more",
    ),
    (
        "cols = 8",
        "cols = 8\nclos = 8",
        "board.toml: TOML parse error at line 4, column 1\n  |\n4 | clos = 8\n  | ^^^^\nunknown field `clos`, expected one of `name`, `rows`, `cols`, `lanes`, `weight_depth`, `banks`, `bank_words`, `param_rows`, `table_slots`, `program_words`, `recurrent_units`, `multipliers`, `lean`",
    ),
    (
        "cols = 8",
        "cols = 8\ncols = 8",
        "board.toml: TOML parse error at line 4, column 1\n  |\n4 | cols = 8\n  | ^^^^\nduplicate key",
    ),
    (
        "banks = 2",
        "banks 2",
        "board.toml: TOML parse error at line 6, column 7\n  |\n6 | banks 2\n  |       ^\nkey with no value, expected `=`",
    ),
    (
        "program_words = 2048",
        "program_words = 2048\nmultipliers = \"dsp\"",
        "board.toml: TOML parse error at line 11, column 15\n   |\n11 | multipliers = \"dsp\"\n   |               ^^^^^\nunknown variant `dsp`, expected one of `generic`, `lut`, `ecp5-dsp`, `ecp5-mixed`, `ecp5-quarter`, `ecp5-rows`",
    ),
];

#[test]
fn broken_configurations_name_file_and_key() {
    for (from, to, expected) in BROKEN {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        let error = Arch::from_toml(&text, "board.toml")
            .unwrap_err()
            .to_string();
        let message = error
            .split("\n  hint: a configuration has the keys")
            .next()
            .unwrap_or_default();
        assert_eq!(message.trim_end(), *expected, "{from} -> {to}");
    }
}

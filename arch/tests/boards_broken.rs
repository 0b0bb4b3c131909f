//! Board files that are not possible: each is refused, and the message names file, key and remedy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may

use systole_arch::boards::{Board, SHEETS};

/// Broken files: which one, what is replaced, by what, and what the message says.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    (
        "ulx3s.toml",
        "pin = \"M1\"",
        "pin = \"L4\"",
        "b.toml: `link.rx` and `link.tx` are both on pin L4\n  hint: look both up",
    ),
    (
        "ulx3s.toml",
        "pin = \"R1\"",
        "pin = \"B2\"",
        "b.toml: `reset` and `leds.pins[0]` are both on pin B2\n",
    ),
    (
        "ulx3s.toml",
        "pin = \"G2\"",
        "pin = \"Z2\"",
        "b.toml: `clock = Z2` is not possible\n  hint: `clock` must be a pin of CABGA381: one of 20 rows",
    ),
    (
        "icebreaker.toml",
        "pin = \"35\"",
        "pin = \"49\"",
        "b.toml: `clock = 49` is not possible\n  hint: `clock` must be a pin of sg48: a number from 1 to 48",
    ),
    (
        "ulx3s.toml",
        "part = \"LFE5U-85F\"",
        "part = \"LFE5U-86F\"",
        "b.toml: `variant.part = LFE5U-86F` is not possible\n  hint: `variant.part` must be one of LFE5U-12F, ",
    ),
    (
        "ulx3s.toml",
        "package = \"CABGA381\"",
        "package = \"CABGA256\"",
        "b.toml: `package = CABGA256` is not possible\n  hint: `package` must be one of CABGA381 for LFE5U-85F",
    ),
    (
        "ulx3s.toml",
        "speed = \"6\"",
        "speed = \"5\"",
        "b.toml: `speed = 5` is not possible\n  hint: `speed` must be one of 6, 7, 8 for LFE5U-85F",
    ),
    (
        "ulx3s.toml",
        "speed = \"6\"",
        "",
        "b.toml: `speed = nothing` is not possible\n",
    ),
    (
        "icebreaker.toml",
        "package = ",
        "speed = \"up\"\npackage = ",
        "b.toml: `speed = up` is not possible\n  hint: `speed` must be left out: iCE40UP5K has none",
    ),
    (
        "ulx3s.toml",
        "name = \"ulx3s-85f\"",
        "name = \"ULX3S\"",
        "b.toml: `variant.name = ULX3S` is not possible\n",
    ),
    (
        "ulx3s.toml",
        "standard = \"LVCMOS33\"",
        "standard = \"LVDS\"",
        "b.toml: `clock = LVDS` is not possible\n  hint: `clock` must be on one of LVCMOS33, ",
    ),
    (
        "icebreaker.toml",
        "pull = \"up\"",
        "pull = \"down\"",
        "b.toml: `link.rx = down` is not possible\n",
    ),
    (
        "icebreaker.toml",
        "pll = \"pad\"\n",
        "",
        "b.toml: `clock.pll = nothing` is not possible\n  hint: `clock.pll` must be given for iCE40",
    ),
    (
        "ulx3s.toml",
        "100_000_000",
        "500_000_000",
        "b.toml: core clock 500 MHz: EHXPLLL gives 10 to 400 MHz, not 500 MHz\n  hint: choose other `core.clocks`",
    ),
    (
        "icebreaker.toml",
        "hz = 12_000_000",
        "hz = 5_000_000",
        "b.toml: core clock 24 MHz: SB_PLL40 takes 10 to 133 MHz, not 5 MHz\n",
    ),
    (
        "icebreaker.toml",
        "[24_000_000",
        "[273_000_000",
        "b.toml: core clock 273 MHz: SB_PLL40 makes no 273 MHz of 12 MHz; the nearest is 270 MHz\n  hint: choose other",
    ),
    (
        "ulx3s.toml",
        "100_000_000",
        "20_000_000",
        "b.toml: core clock 20 MHz: 3000000 baud of 20 MHz leaves 7 clock cycles",
    ),
    (
        "ulx3s.toml",
        "baud = 3_000_000\n",
        "baud = 4_000_000\n",
        "b.toml: `link.baud = 4000000` is not possible\n  hint: `link.baud` must be 1 to `link.top_baud` (3000000)",
    ),
    (
        "ulx3s.toml",
        "100_000_000, 125_000_000, 150_000_000",
        "",
        "b.toml: `core.clocks = []` is not possible\n",
    ),
    (
        "ulx3s.toml",
        "preset = \"16x16\"",
        "preset = \"32x32\"",
        "b.toml: preset `32x32` does not fit LFE5U-85F: ",
    ),
    (
        "ulx3s.toml",
        "preset = \"16x16\"",
        "preset = \"17x17\"",
        "b.toml: `variant.preset = 17x17` is not possible\n  hint: `variant.preset` must be one of 2x2, ",
    ),
    (
        "ulx3s.toml",
        "preset = \"16x16\"\n",
        "",
        "b.toml: `variant.multipliers = ecp5-mixed` is not possible\n",
    ),
    (
        "tang-primer-20k.toml",
        "preset = \"4x8-20k\"",
        "preset = \"4x8-20k\"\nmultipliers = \"ecp5-dsp\"",
        "b.toml: preset `4x8-20k` does not fit GW2A-18C: it has no such multipliers\n",
    ),
    (
        "ulx3s.toml",
        "sources = [\"litex\", \"emard\", \"amaranth\"]",
        "sources = [\"litex\"]",
        "b.toml: `clock` has 1 independent sources\n  hint: name a public file of a second repository",
    ),
    (
        "ulx3s.toml",
        "sources = [\"emard-manual\", \"openfpgaloader\"]",
        "sources = [\"emard-manual\", \"emard\"]",
        "b.toml: `link.chip` has 1 independent sources\n",
    ),
    (
        "ulx3s.toml",
        "sources = [\"litex\", \"emard\", \"amaranth\"]",
        "sources = [\"latex\"]",
        "b.toml: `clock` names the source `latex`, which is not in the file\n  hint: add a [[source]] with id = \"latex\"; there are amaranth, ",
    ),
    (
        "ulx3s.toml",
        "[[source]]",
        "[[source]]\nid = \"idle\"\nrepository = \"a/b\"\npath = \"c\"\n\n[[source]]",
        "b.toml: the source `idle` is named by no fact\n",
    ),
    (
        "ulx3s.toml",
        "sram = \"--write-sram\"\nflash = \"--write-flash\"\n",
        "",
        "b.toml: `programmer.openfpgaloader = ulx3s` is not possible\n",
    ),
    (
        "ulx3s.toml",
        "id = \"emard\"",
        "id = \"litex\"",
        "b.toml: `source.id = litex` is not possible\n  hint: `source.id` must be different for each source",
    ),
    (
        "ulx3s.toml",
        "hz = 25_000_000\n",
        "hz = 25_000_000\npll = \"core\"\n",
        "b.toml: `clock.pll = core` is not possible\n",
    ),
    (
        "ulx3s.toml",
        "title =",
        "titel =",
        "b.toml: TOML parse error at line 2, column 1\n",
    ),
    (
        "ulx3s.toml",
        "active = \"high\"",
        "active = \"up\"",
        "b.toml: TOML parse error",
    ),
    (
        "ulx3s.toml",
        "pull = \"up\"",
        "pulls = \"up\"",
        "b.toml: TOML parse error",
    ),
];

#[test]
fn broken_files_name_file_key_and_remedy() {
    for (file, from, to, expected) in BROKEN {
        let (_, good) = SHEETS.iter().find(|(name, _)| name == file).unwrap();
        let text = good.replacen(from, to, 1);
        assert_ne!(text, *good, "{from}");
        let error = match Board::from_toml(&text, "b.toml") {
            Ok(_) => panic!("{file} with {to} is accepted"),
            Err(error) => error.to_string(),
        };
        assert!(error.starts_with(expected), "{from} -> {to}: {error}");
        assert!(error.contains("\n  hint: "), "{error}");
    }
}

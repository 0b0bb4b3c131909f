//! Boards: every file is possible, what it says follows through to clocks, constraints and presets, and what is not
//! possible is named.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::PathBuf;

use systole_arch::Arch;
use systole_arch::boards::part::{Family, PARTS};
use systole_arch::boards::{Board, SHEETS, boards, room};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_file_is_possible_and_comes_with_the_crate() {
    let all = boards().unwrap();
    let mut names: Vec<&str> = all.iter().map(Board::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len(), "names are unique");
    for name in names {
        assert_eq!(Board::named(name).unwrap().name(), name);
    }
    let mut files: Vec<String> = std::fs::read_dir(path("../bitstreams/boards"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut sheets: Vec<&str> = SHEETS.iter().map(|(file, _)| *file).collect();
    sheets.sort_unstable();
    assert_eq!(files, sheets);
}

#[test]
fn unknown_boards_are_told_which_there_are() {
    let error = Board::named("ulx4s").unwrap_err().to_string();
    assert!(
        error.starts_with("no board is named `ulx4s`\n  hint: boards: ulx3s-85f, "),
        "{error}"
    );
}

#[test]
fn every_part_is_on_a_board() {
    let all = boards().unwrap();
    for part in PARTS {
        assert!(all.iter().any(|b| b.part == part), "{}", part.name);
    }
}

/// Constraint files of all boards. `SYSTOLE_BLESS=1` writes them anew.
#[test]
fn constraints_are_as_before() {
    for board in boards().unwrap() {
        let file = format!(
            "tests/constraints/{}.{}",
            board.name(),
            board.part.family.extension()
        );
        if std::env::var_os("SYSTOLE_BLESS").is_some() {
            std::fs::write(path(&file), board.constraints()).unwrap();
        }
        let before = std::fs::read_to_string(path(&file))
            .unwrap_or_default()
            .replace("\r\n", "\n");
        assert_eq!(board.constraints(), before, "{file}");
    }
}

#[test]
fn nextpnr_is_told_the_part() {
    for (name, expected) in [
        ("ulx3s-85f", "--85k --package CABGA381 --speed 6"),
        ("ice40-hx8k", "--hx8k --package ct256"),
        (
            "tang-nano-9k",
            "--device GW1NR-LV9QN88PC6/I5 --vopt family=GW1N-9C",
        ),
        (
            "tang-primer-20k",
            "--device GW2A-LV18PG256C8/I7 --vopt family=GW2A-18C",
        ),
    ] {
        let board = Board::named(name).unwrap();
        assert_eq!(board.nextpnr_arguments().join(" "), expected);
    }
}

/// 75 % of the LUTs, all of the memories and multipliers.
#[test]
fn presets_fit_with_room_for_routing() {
    let mut with_preset = 0;
    for board in boards().unwrap() {
        let Some(arch) = board.arch() else { continue };
        with_preset += 1;
        let [luts, others @ ..] = room::rows(&arch, board.part).unwrap();
        assert!(luts.1 * 100 <= luts.2 * 75, "{}: {luts:?}", board.name());
        for row in others {
            assert!(row.1 <= row.2, "{}: {row:?}", board.name());
        }
    }
    assert!(with_preset >= 4, "{with_preset}");
}

/// The table of small boards in `docs/adding-a-board.md`: board, array, lanes, weight_depth, bank_words, param_rows,
/// table_slots, program_words, recurrent_units, multipliers.
#[test]
fn small_configurations_of_the_guide_fit() {
    let guide = std::fs::read_to_string(path("../docs/adding-a-board.md")).unwrap();
    let (_, section) = guide.split_once("## Small boards").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut read = 0;
    for line in rows {
        let cells: Vec<&str> = line
            .trim_matches('|')
            .split('|')
            .map(|c| c.trim().trim_matches('`'))
            .collect();
        let [
            board,
            array,
            lanes,
            weights,
            words,
            params,
            tables,
            program,
            units,
            kind,
            luts,
            flip_flops,
            rams,
            dsps,
            placed,
        ] = cells[..]
        else {
            panic!("{line}")
        };
        let (rows, cols) = array.split_once('x').unwrap();
        let (kind, lean) = match kind.split_once("`, ") {
            Some((kind, "lean")) => (kind, true),
            _ => (kind, false),
        };
        let text = format!(
            "name = \"g\"\nrows = {rows}\ncols = {cols}\nlanes = {lanes}\nweight_depth = {weights}\nbanks = 2\nbank_words = {words}\n\
             param_rows = {params}\ntable_slots = {tables}\nprogram_words = {program}\nrecurrent_units = {units}\nmultipliers = \"{kind}\"\nlean = {lean}\n"
        );
        let arch = Arch::from_toml(&text, line).unwrap();
        let board = Board::named(board).unwrap();
        assert_eq!(room::shortage(&arch, board.part), None, "{line}");
        let needed = room::rows(&arch, board.part)
            .unwrap()
            .map(|row| row.1.to_string());
        assert_eq!(
            needed.each_ref().map(String::as_str),
            [luts, flip_flops, rams, dsps, placed],
            "{line}"
        );
        read += 1;
    }
    assert_eq!(read, 5);
    // What the guide says of the board that holds none.
    let arch = Arch {
        recurrent_units: 0,
        table_slots: 0,
        weight_depth: 128,
        bank_words: 512,
        param_rows: 64,
        program_words: 256,
        multipliers: systole_arch::Multipliers::Lut,
        ..Arch::preset("2x2").unwrap()
    };
    let board = Board::named("icebreaker").unwrap();
    let [luts, flip_flops, .., cells] = room::rows(&arch, board.part).unwrap();
    assert_eq!(
        (luts.1 * 100 / luts.2 + 1, flip_flops.1, cells.1, cells.2),
        (97, 5_743, 8_987, 5_280)
    );
}

/// A board without preset is one that no preset fits, with no kind of multiplier.
#[test]
fn boards_without_preset_hold_none() {
    for board in boards().unwrap().iter().filter(|b| b.arch().is_none()) {
        for (preset, _) in systole_arch::config::PRESETS {
            for multipliers in systole_arch::Multipliers::ALL {
                let arch = Arch {
                    multipliers,
                    ..Arch::preset(preset).unwrap()
                };
                let short = room::shortage(&arch, board.part);
                assert!(short.is_some(), "{} holds {preset}", board.name());
            }
        }
    }
}

#[test]
fn core_clocks_and_rates_are_as_the_file_says() {
    for board in boards().unwrap() {
        let clocks = board.core_clocks();
        assert_eq!(
            clocks.len(),
            board.sheet.core.clocks.len(),
            "{}",
            board.name()
        );
        for clock in clocks {
            assert!(clock.pll.is_allowed(), "{}", board.name());
            assert_eq!(
                clock.hz,
                clock.wanted_hz,
                "{}: chosen so that they are exact",
                board.name()
            );
            assert!(clock.uart.error_ppm <= 20_000);
        }
        let sheet = &board.sheet;
        assert_eq!(
            sheet.clock.pll.is_some(),
            board.part.family == Family::Ice40
        );
    }
}

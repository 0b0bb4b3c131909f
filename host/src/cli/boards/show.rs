//! Everything that is known of one board, for people.

use super::performance::Performance;
use super::{percent, primitive, table};
use crate::cli::manifest::{Entry, Manifest};
use comfy_table::Table;
use systole_arch::Arch;
use systole_arch::boards::frequency::mhz;
use systole_arch::boards::{Board, room};
use systole_arch::config::PRESETS;

pub(super) fn show(board: &Board, manifest: &Manifest) {
    let (sheet, part) = (&board.sheet, board.part);
    let speed = sheet
        .speed
        .as_ref()
        .map_or(String::new(), |s| format!(", speed {s}"));
    println!("{}: {}", board.name(), sheet.title);
    println!(
        "{} {}, {}{speed}",
        part.family.name(),
        part.name,
        sheet.package
    );
    println!("nextpnr {}", board.nextpnr_arguments().join(" "));
    println!(
        "\nlink: UART by {}, {} baud of at most {}",
        sheet.link.chip.name, sheet.link.baud, sheet.link.top_baud.value
    );
    println!(
        "host: systole run ... --device serial:PORT,{} (no permission, no such port: docs/link.md)",
        sheet.link.baud
    );
    let programmer = &sheet.programmer;
    for (what, option) in [("load", &programmer.sram), ("keep", &programmer.flash)] {
        if let Some(option) = option {
            println!(
                "{what}: openFPGALoader --board {} {option} FILE",
                programmer.openfpgaloader
            );
        }
    }
    println!("\n{}\n\n{}", pins(board), clocks(board));
    println!("\n{}", resources(board));
    if let Some(performance) = Performance::of(board, manifest) {
        println!("\n{}", speed_of(&performance));
    }
    for line in bitstreams(board, manifest) {
        println!("{line}");
    }
    for (title, lines) in [
        ("not confirmed or left out", &sheet.open),
        ("doubtful", &caveats(board)),
    ] {
        if !lines.is_empty() {
            println!("\n{title}:");
            lines.iter().for_each(|line| println!("- {line}"));
        }
    }
    println!("\nsources:");
    for source in &sheet.source {
        println!("- {} {}", source.repository, source.path);
    }
}

fn pins(board: &Board) -> Table {
    let mut table = table(&["port", "pin", "standard", "resistor", "means"]);
    let sheet = &board.sheet;
    let level = |active| format!("{active:?}").to_lowercase();
    for port in board.ports() {
        let pull = port
            .pull
            .map_or(String::new(), |pull| format!("{pull:?}").to_lowercase());
        let means = match port.key.split('.').next() {
            Some("clock") => format!("{} MHz", mhz(sheet.clock.hz)),
            Some("reset") => sheet.reset.as_ref().map_or(String::new(), |r| {
                format!("button, pressed is {}", level(r.polarity.active))
            }),
            Some("leds") => format!("lights when {}", level(sheet.leds.polarity.active)),
            _ => String::new(),
        };
        table.add_row([&port.name, port.pin, port.standard, &pull, &means]);
    }
    table
}

fn clocks(board: &Board) -> Table {
    let mut table = table(&["core clock", "PLL", "UART divisor", "rate is off by"]);
    for clock in board.core_clocks() {
        let settings = clock.pll.parameters().into_iter();
        let settings: Vec<String> = settings
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        table.add_row([
            format!("{} MHz", mhz(clock.hz)),
            format!("{} {}", primitive(board), settings.join(" ")),
            clock.uart.cycles.to_string(),
            format!("{:.2} %", clock.uart.error_ppm as f64 / 1e4),
        ]);
    }
    table
}

fn resources(board: &Board) -> String {
    let part = board.part.name;
    let Some(arch) = board.arch() else {
        return format!(
            "{part} holds no preset{}\nsmaller configurations: docs/adding-a-board.md, small boards",
            smallest(board)
        );
    };
    let rows = room::rows(&arch, board.part).into_iter().flatten();
    let mut table = table(&["estimate", "needed", "there", "used"]);
    for (what, need, have, _) in rows {
        let cells = [
            what.to_owned(),
            need.to_string(),
            have.to_string(),
            format!("{} %", percent(need, have)),
        ];
        table.add_row(cells);
    }
    format!("preset {}\n{table}", arch.name)
}

/// Clock rate and what it makes.
fn speed_of(performance: &Performance) -> String {
    let [.., clock, fmax, gmacs, from] = performance.cells();
    format!("clock {clock} MHz, fmax {fmax} MHz ({from}), {gmacs} GMAC/s at fmax")
}

/// One line for each bitstream of the manifest.
fn bitstreams(board: &Board, manifest: &Manifest) -> Vec<String> {
    let line = |entry: &Entry| {
        let placed = entry.placed(board.part.family);
        let logic = if placed.cells.is_some() {
            "cells"
        } else {
            "LUTs"
        };
        let flip_flops = placed
            .flip_flops
            .map_or(String::new(), |n| format!(", {n} flip-flops"));
        format!(
            "built: {} at {} MHz, fmax {:.1} MHz with seed {}; {} {logic}{flip_flops}, {} block RAMs, {} multipliers",
            entry.arch,
            entry.core_mhz,
            entry.fmax_mhz,
            entry.seed,
            placed.logic(),
            placed.block_rams,
            placed.multipliers,
        )
    };
    manifest.of_board(board).map(line).collect()
}

/// What the smallest preset is short of.
fn smallest(board: &Board) -> String {
    let (name, _) = PRESETS.first().copied().unwrap_or_default();
    let short = Arch::preset(name)
        .ok()
        .and_then(|arch| room::shortage(&arch, board.part));
    short.map_or(String::new(), |short| format!("; `{name}`: {short}"))
}

/// What the facts of the file say against themselves.
fn caveats(board: &Board) -> Vec<String> {
    let sheet = &board.sheet;
    let link = &sheet.link;
    let mut all = vec![
        ("clock", &sheet.clock.caveat),
        ("link.chip", &link.chip.caveat),
        ("link.top_baud", &link.top_baud.caveat),
        ("link.rx", &link.rx.caveat),
        ("link.tx", &link.tx.caveat),
        ("leds", &sheet.leds.caveat),
        ("leds.polarity", &sheet.leds.polarity.caveat),
    ];
    if let Some(reset) = &sheet.reset {
        all.extend([
            ("reset", &reset.caveat),
            ("reset.polarity", &reset.polarity.caveat),
        ]);
    }
    if let Some(pack) = &sheet.pack {
        all.push(("pack", &pack.caveat));
    }
    let line =
        |(key, caveat): (&str, &Option<String>)| Some(format!("{key}: {}", caveat.as_ref()?));
    all.into_iter().filter_map(line).collect()
}

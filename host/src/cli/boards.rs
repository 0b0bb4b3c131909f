//! `systole boards`: which boards there are, and everything that is known of one.

use super::Verdict;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Value, json};
use systole_arch::Arch;
use systole_arch::boards::frequency::mhz;
use systole_arch::boards::{Board, boards, room};
use systole_arch::config::PRESETS;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Board to show; all of them, one in a line, if it is not given.
    name: Option<String>,
    /// Print JSON.
    #[arg(long, conflicts_with = "constraints")]
    json: bool,
    /// Print the constraint file for nextpnr: .lpf, .pcf or .cst.
    #[arg(long, requires = "name")]
    constraints: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match &arguments.name {
        Some(name) => {
            let board = Board::named(name)?;
            match (arguments.json, arguments.constraints) {
                (true, _) => println!("{}", serde_json::to_string_pretty(&record(&board))?),
                (_, true) => print!("{}", board.constraints()),
                _ => show(&board),
            }
        }
        None => {
            let all = boards()?;
            match arguments.json {
                true => {
                    let list: Vec<Value> = all.iter().map(record).collect();
                    println!("{}", serde_json::to_string_pretty(&list)?);
                }
                false => println!(
                    "{}\nresources are estimates, clocks those of the board file: nothing is measured",
                    list(&all)
                ),
            }
        }
    }
    Ok(Verdict::Done)
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !head.is_empty() {
        table.set_header(head.to_vec());
    }
    table
}

fn list(all: &[Board]) -> Table {
    let head = [
        "board",
        "part",
        "LUTs",
        "RAMs",
        "DSPs",
        "preset",
        "MACs",
        "LUTs used",
        "clock, MHz",
        "GMAC/s at it",
    ];
    let mut table = table(&head);
    for column in [2, 3, 4, 6, 7, 8, 9] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for board in all {
        let mut row = vec![board.name().to_owned(), board.part.name.to_owned()];
        let sizes =
            room::device(board.part).map_or([0; 3], |d| [d.luts, d.block_rams, d.multipliers]);
        row.extend(sizes.map(|n| n.to_string()));
        row.extend(performance(board));
        table.add_row(row);
    }
    table
}

/// Preset, multiply-adds in a cycle, share of the LUTs, default clock, what that makes; by the estimates.
fn performance(board: &Board) -> [String; 5] {
    let clock = board.core_clocks().first().map_or(0, |clock| clock.hz);
    let Some(arch) = board.arch() else {
        let nothing = || "-".to_owned();
        return ["none".into(), nothing(), nothing(), mhz(clock), nothing()];
    };
    let macs = arch.rows * arch.cols;
    let share = room::rows(&arch, board.part).map_or(String::new(), |[luts, ..]| {
        format!("{} %", percent(luts.1, luts.2))
    });
    let rate = macs as f64 * clock as f64 / 1e9;
    [
        arch.name,
        macs.to_string(),
        share,
        mhz(clock),
        format!("{rate:.1}"),
    ]
}

fn percent(part: usize, whole: usize) -> usize {
    (100 * part).div_ceil(whole.max(1))
}

fn show(board: &Board) {
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

/// Name of the PLL primitive; that of an iCE40 depends on where its clock comes from.
fn primitive(board: &Board) -> String {
    use systole_arch::boards::sheet::PllInput;
    let name = board.part.pll.primitive;
    match board.sheet.clock.pll {
        Some(PllInput::Core) => format!("{name}_CORE"),
        Some(PllInput::Pad) => format!("{name}_PAD"),
        None => name.into(),
    }
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

fn record(board: &Board) -> Value {
    let device = room::device(board.part);
    let estimate = board.arch().and_then(|arch| room::rows(&arch, board.part)).map(|rows| {
        let row = |(what, need, have, usable): room::Row| json!({ "resource": what, "needed": need, "there": have, "usable": usable });
        rows.map(row)
    });
    let clocks: Vec<Value> = board.core_clocks().iter().map(|clock| {
        let parameters: serde_json::Map<String, Value> = clock.pll.parameters().into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        json!({ "hz": clock.hz, "primitive": primitive(board), "parameters": parameters, "uart_cycles": clock.uart.cycles, "uart_error_ppm": clock.uart.error_ppm })
    }).collect();
    json!({
        "name": board.name(),
        "family": board.part.family,
        "part": board.part.name,
        "preset": board.variant.preset,
        "multipliers": board.variant.multipliers,
        "nextpnr": board.nextpnr_arguments(),
        "luts": device.map(|d| d.luts),
        "flip_flops": device.map(|d| d.flip_flops),
        "block_rams": device.map(|d| d.block_rams),
        "dsps": device.map(|d| d.multipliers),
        "estimate": estimate,
        "core_clocks": clocks,
        "sheet": board.sheet,
    })
}

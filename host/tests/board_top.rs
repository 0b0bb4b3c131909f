//! Board tops in the simulator: lint, reset without initial values, lights, and a program that goes in and out through the
//! pins of the UART with the bits of the CPU reference.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use std::sync::Arc;

use systole::compiler::compile;
use systole::device::{Cpu, Device, Linked, UartLine, board_design};
use systole::link::{Link, LinkError, Settings, Transport};
use systole::testing::tiny;
use systole_arch::boards::{Board, boards};
use systole_arch::map::{self, Space};
use systole_arch::{Arch, Multipliers};
use systole_hdl::board::BoardTop;
use systole_sim::verilator::EMITTED;
use systole_sim::{BuildOptions, Design, Error, Model, lint};

fn arch() -> Arch {
    let preset = Arch::preset("2x2").unwrap();
    Arch {
        name: "small".into(),
        table_slots: 0,
        recurrent_units: 0,
        multipliers: Multipliers::Generic,
        ..preset
    }
}

fn top(board: &str) -> BoardTop {
    let board = Board::named(board).unwrap();
    BoardTop::new(&board, &arch(), None).unwrap().fast()
}

/// The model of a design, unless there is no simulator.
fn model(design: &Design) -> Option<Model> {
    match Model::build(design, &BuildOptions::default()) {
        Err(Error::ToolMissing { .. }) => {
            eprintln!("SKIPPED: board tops: Verilator or a C++ compiler is not installed");
            None
        }
        model => Some(model.unwrap()),
    }
}

fn registers(link: &mut Link, register: map::Register) -> u32 {
    let address = Space::Registers.address(register.offset);
    link.read_words(address, 1).unwrap()[0]
}

#[test]
fn every_board_top_is_clean() {
    for board in boards().unwrap() {
        for hz in [None, Some(board.sheet.clock.hz)] {
            let Ok(top) = BoardTop::new(&board, &arch(), hz) else {
                // An oscillator too slow for the rate of the link.
                assert!(hz.is_some(), "{}", board.name());
                continue;
            };
            match lint(&board_design(&top).unwrap(), EMITTED) {
                Err(Error::ToolMissing { .. }) => return eprintln!("SKIPPED: lint of board tops"),
                warnings => assert_eq!(warnings.unwrap(), [], "{}", board.name()),
            }
        }
    }
}

/// Runs the program on a design through the pins; whether the results are those of the CPU.
fn runs(design: &Design, top: &BoardTop, seed: u32) -> Option<bool> {
    let model = model(design)?;
    let arch = arch();
    let graph = Arc::new(tiny());
    let program = compile(&graph, &arch).unwrap();
    let top = top.clone();
    let open = move |_: &Arch| -> Result<Box<dyn Transport>, _> {
        let instance = model.instantiate_random(seed)?;
        Ok(Box::new(UartLine::new(instance, &top)))
    };
    let settings = Settings {
        retries: 2,
        ..Settings::default()
    };
    let device = Linked::new("board top", settings, Box::new(open));
    let mut reference = Cpu::new(graph).prepare(&program).unwrap();
    let Ok(mut session) = device.prepare(&program) else {
        return Some(false);
    };
    for seed in 0..3u8 {
        let value = |i: usize| (i as u8).wrapping_mul(73 + 2 * seed) as i8;
        let inputs = [(0..6 * 6 * 3).map(value).collect()];
        let expected = reference.run(&inputs).unwrap();
        let Ok(result) = session.run(&inputs) else {
            return Some(false);
        };
        let counters = result.counters.unwrap();
        if (result.outputs, counters.cycles) != (expected.outputs, program.cycles()) {
            return Some(false);
        }
    }
    Some(true)
}

#[test]
fn a_program_runs_through_the_pins() {
    // A button that is high when pressed, one that is low, none, and no PLL.
    for board in ["ulx3s-85f", "icebreaker", "ice40-hx8k"] {
        let top = top(board);
        assert_ne!(
            runs(&board_design(&top).unwrap(), &top, 0),
            Some(false),
            "{board}"
        );
    }
    let board = Board::named("tang-nano-9k").unwrap();
    let direct = BoardTop::new(&board, &arch(), Some(27_000_000)).unwrap();
    assert_eq!((direct.pll, direct.uart.cycles), (None, 9));
    assert_ne!(
        runs(&board_design(&direct).unwrap(), &direct, 0),
        Some(false)
    );
}

/// The text without initial values of registers and memories, but for the twin of the PLL: the reset alone has to do.
fn without_initial_values(design: &mut Design) -> usize {
    let mut removed = 0;
    for (_, text) in &mut design.sources {
        let (mut kept, mut inside) = (String::new(), false);
        for line in text.lines() {
            let initial = line.starts_with("  initial ") && !line.contains("waiting");
            removed += usize::from(initial);
            inside |= initial && line.ends_with("begin");
            if !initial && !inside {
                kept += line;
                kept.push('\n');
            }
            inside &= line != "  end";
        }
        *text = kept;
    }
    removed
}

#[test]
fn the_reset_needs_no_initial_values() {
    let top = top("ulx3s-85f");
    let mut design = board_design(&top).unwrap();
    assert!(without_initial_values(&mut design) > 50);
    let Some(model) = model(&design) else { return };
    for seed in 1..24 {
        // Whatever is in the flip-flops, the board begins in reset.
        let mut line = UartLine::new(model.instantiate_random(seed).unwrap(), &top);
        for cycles in [0, 64] {
            line.pass(cycles).unwrap();
            assert_eq!(line.lights(), 0, "seed {seed}");
        }
    }
    for seed in [1, 77, 4711] {
        assert_ne!(runs(&design, &top, seed), Some(false), "seed {seed}");
    }
}

/// The reset begins without a clock edge and ends 257 cycles after its cause, in step with the clock.
#[test]
fn the_reset_needs_no_clock_to_begin() {
    let text = top("ulx3s-85f").sources().unwrap().remove(1).1;
    let from = text.find("module core_reset").unwrap();
    let length = text[from..].find("endmodule").unwrap() + "endmodule".len();
    let design = Design::new("core_reset", &text[from..from + length])
        .input("clock", 1)
        .input("permitted", 1)
        .output("reset", 1);
    let Some(model) = model(&design) else { return };
    let [permitted, reset] = ["permitted", "reset"].map(|name| model.port(name).unwrap());
    for seed in 1..9 {
        let mut instance = model.instantiate_random(seed).unwrap();
        // An asynchronous clear acts on a level in a chip, in a simulator on an edge: what clears must have been high before.
        instance.poke(permitted, 1).unwrap();
        instance.run(3).unwrap();
        for _ in 0..2 {
            for level in [1, 0] {
                instance.poke(permitted, level).unwrap();
                instance.eval().unwrap();
            }
            assert_eq!(instance.peek(reset).unwrap(), 1, "no edge yet");
            instance.run(5).unwrap();
            instance.poke(permitted, 1).unwrap();
            let mut cycles = 0;
            while instance.peek(reset).unwrap() == 1 && cycles < 1000 {
                instance.run(1).unwrap();
                cycles += 1;
            }
            assert_eq!(
                cycles, 259,
                "two of them to be in step, one for the register of the reset"
            );
        }
    }
}

/// The checks above can fail: each of these errors in the board top is seen.
#[test]
fn planted_errors_are_seen() {
    let top = top("ulx3s-85f");
    for (what, with) in [
        (
            ".reset(hold), .uart_rx(uart_rx)",
            ".reset(1'b0), .uart_rx(uart_rx)",
        ),
        ("uart_rx(uart_rx)", "uart_rx(!uart_rx)"),
        ("permitted(locked && !reset)", "permitted(locked && reset)"),
    ] {
        let mut design = board_design(&top).unwrap();
        without_initial_values(&mut design);
        let text = &mut design.sources[1].1;
        assert!(text.contains(what), "{what}");
        *text = text.replace(what, with);
        assert_ne!(runs(&design, &top, 77), Some(true), "{what}");
    }
}

#[test]
fn lights_button_session_and_line_errors() {
    let top = top("ulx3s-85f");
    let Some(model) = model(&board_design(&top).unwrap()) else {
        return;
    };
    let mut line = UartLine::new(model.instantiate().unwrap(), &top);
    line.pass(64).unwrap();
    assert_eq!(line.lights(), 0, "dark in reset");
    line.pass(600).unwrap();
    assert_eq!(line.lights(), 1, "ready");
    // A break and a byte without a stop bit.
    line.hold(false, 400);
    line.hold(true, 100);
    line.hold(false, 40);
    line.hold(true, 100);
    let mut link = Link::connect(Box::new(line), Settings::default()).unwrap();
    assert_eq!(registers(&mut link, map::LINE_ERRORS), 2);
    assert_eq!(registers(&mut link, map::SESSION), 0);
    let session = Space::Registers.address(map::SESSION.offset);
    link.write_words(session, &[0x1234_5678]).unwrap();
    assert_eq!(registers(&mut link, map::SESSION), 0x1234_5678);
    // A second word is another register's, which may not be written.
    let refused = link.write_words(session, &[1, 2]);
    assert!(matches!(refused, Err(LinkError::Refused { .. })));
}

#[test]
fn the_button_ends_the_session_and_all_else() {
    let top = top("ulx3s-85f");
    let Some(model) = model(&board_design(&top).unwrap()) else {
        return;
    };
    let mut line = UartLine::new(model.instantiate().unwrap(), &top);
    let session = Space::Registers.address(map::SESSION.offset).to_le_bytes();
    let write = |number: u8, value: u8| {
        let payload = [session, [value, 0, 0, 1]].concat();
        systole_arch::frame::encode(systole_arch::frame::Type::Write, number, &payload)
    };
    line.pass(600).unwrap();
    line.send(&write(0, 7)).unwrap();
    assert_eq!(
        line.receive(10).unwrap()[1],
        systole_arch::frame::Type::Done as u8
    );
    line.press();
    line.pass(10).unwrap();
    assert_eq!(line.lights(), 0, "dark while pressed");
    line.send(&write(1, 8)).unwrap();
    assert!(line.receive(10).unwrap().is_empty(), "silent while pressed");
    line.press();
    line.pass(1000).unwrap();
    assert_eq!(line.lights(), 1);
    let mut link = Link::connect(Box::new(line), Settings::default()).unwrap();
    assert_eq!(registers(&mut link, map::SESSION), 0);
}

#[test]
fn the_command_writes_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let emit = |more: &[&str]| {
        let mut systole = command::systole();
        systole.args(["emit", "accelerator", "--board"]).args(more);
        command::said(systole.arg("-o").arg(folder.path()))
    };
    let (code, _, error) = emit(&["ulx3s-85f", "--arch", "2x2", "--mhz", "125"]);
    assert_eq!(code, 0, "{error}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("accelerator.v").contains("module accelerator ("));
    let top = read("board_top.v");
    for needle in [
        "module board_top (",
        "EHXPLLL",
        "core clock 125 MHz",
        "42 clock cycles",
    ] {
        assert!(top.contains(needle), "{needle}");
    }
    let constraints = Board::named("ulx3s-85f").unwrap().constraints();
    assert_eq!(read("board_top.lpf"), constraints);
    for (arguments, needle) in [
        (&["icebreaker"][..], "no preset fits"),
        (&["ulx4s"], "ulx3s-85f"),
        (
            &["ulx3s-85f", "--arch", "2x2", "--mhz", "999"],
            "EHXPLLL gives",
        ),
        (
            &["ulx3s-85f", "--arch", "2x2", "--mhz", "25"],
            "misses 3000000 baud",
        ),
    ] {
        let (code, _, error) = emit(arguments);
        assert_eq!(code, 1, "{arguments:?}: {error}");
        assert!(error.contains(needle) && error.contains("hint"), "{error}");
    }
}

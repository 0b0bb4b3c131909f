//! Boards behind pseudo-terminals, opened as serial ports: right results, and one clear error for each thing that goes wrong.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod command;

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use systole::board_process::{BoardProcess, COMMAND, Event, FaultPlan, ModelBoard, Pty, serve};
use systole::compiler::{compile, compile_keeping_states};
use systole::device::{Cpu, Device, DeviceError, Linked, Session};
use systole::link::{
    DeviceModel, FaultRates, LinkError, PortError, Serial, SerialSettings, Settings, Transport,
    TransportError,
};
use systole::program::Program;
use systole::testing::{lenet, recurrent};
use systole_arch::Arch;
use systole_quant::integer::Cell;

const LSTM: Cell = Cell::Lstm {
    cell_fraction_bits: 12,
};

/// A model of a board in a thread.
struct Bench {
    path: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<FaultPlan>>,
}

impl Bench {
    fn new(arch: &Arch, mut faults: FaultPlan) -> Self {
        let pty = Pty::open().unwrap();
        let path = pty.path().to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let (arch, end) = (arch.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            serve(pty, &mut ModelBoard::new(&arch), &mut faults, &end).unwrap();
            faults
        });
        Bench {
            path,
            stop,
            thread: Some(thread),
        }
    }

    fn device(&self, retries: u32) -> Linked {
        device(&self.path, retries)
    }

    /// What went wrong.
    fn end(mut self) -> FaultPlan {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn device(path: &str, retries: u32) -> Linked {
    let path = path.to_owned();
    let open = move |_: &Arch| -> Result<Box<dyn Transport>, DeviceError> {
        Ok(Box::new(Serial::open(&path, SerialSettings::default())?))
    };
    let settings = Settings {
        retries,
        ..Settings::default()
    };
    Linked::new("serial", settings, Box::new(open))
}

fn inputs(program: &Program, seed: u8) -> Vec<Vec<i8>> {
    let value = |i: usize| {
        (i as u8)
            .wrapping_mul(73)
            .wrapping_add(seed.wrapping_mul(41)) as i8
    };
    let elements = program.inputs.iter().map(|b| b.placement.shape.elements());
    elements
        .map(|count| (0..count).map(value).collect())
        .collect()
}

/// The small LeNet for an array of 4 x 4, and what the CPU makes of an input.
fn network() -> (Program, Box<dyn Session>) {
    let graph = Arc::new(lenet(3));
    let program = compile(&graph, &Arch::preset("4x4").unwrap()).unwrap();
    let reference = Cpu::new(graph).prepare(&program).unwrap();
    (program, reference)
}

/// A port that is open before the board's other events have a chance to matter.
fn prepared(bench: &Bench, program: &Program) -> Box<dyn Session> {
    bench.device(40).prepare(program).unwrap()
}

fn link_error(result: Result<impl Sized, DeviceError>) -> LinkError {
    match result {
        Err(DeviceError::Link(error)) => *error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("no error"),
    }
}

#[test]
fn results_are_those_of_the_cpu() {
    let (program, mut reference) = network();
    let bench = Bench::new(&program.arch, FaultPlan::none());
    for _ in 0..2 {
        // One host after another.
        let mut session = prepared(&bench, &program);
        for seed in 0..3 {
            let inputs = inputs(&program, seed);
            let result = session.run(&inputs).unwrap();
            assert_eq!(result.outputs, reference.run(&inputs).unwrap().outputs);
            assert_eq!(result.counters.unwrap().starts, program.starts);
        }
    }
}

#[test]
fn a_second_host_is_refused() {
    let (program, _) = network();
    let bench = Bench::new(&program.arch, FaultPlan::none());
    let first = prepared(&bench, &program);
    let Err(DeviceError::Port(error)) = bench.device(1).prepare(&program) else {
        panic!("two hosts at once");
    };
    assert!(matches!(error, PortError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("fuser"), "{error}");
    drop(first);
    prepared(&bench, &program);
}

#[test]
fn ports_that_cannot_be_had_say_why() {
    let open = |port: &str| Serial::open(port, SerialSettings::default()).err().unwrap();
    let missing = open("/dev/ttyNOWHERE7");
    assert!(matches!(missing, PortError::Missing { .. }), "{missing}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let unusable = open(path);
    assert!(matches!(unusable, PortError::Unusable { .. }), "{unusable}");
    // Root may open everything.
    Command::new("chmod").args(["000", path]).status().unwrap();
    let denied = open(path);
    if std::fs::File::open(path).is_err() {
        assert!(matches!(denied, PortError::Denied { .. }), "{denied}");
    } else {
        eprintln!("SKIPPED: permission denied: this user may open every file");
    }
}

#[test]
fn another_bitstream_is_named() {
    let (program, _) = network();
    let other = Arch {
        weight_depth: 2048,
        ..Arch::preset("8x8").unwrap()
    };
    let bench = Bench::new(&other, FaultPlan::none());
    let error = link_error(bench.device(40).prepare(&program));
    assert!(
        matches!(error, LinkError::Configuration { field: "rows", .. }),
        "{error}"
    );
    // All sizes equal, and still another design.
    let twin = Arch {
        multipliers: systole_arch::Multipliers::Generic,
        ..program.arch.clone()
    };
    if twin.hash() != program.arch.hash() {
        let bench = Bench::new(&twin, FaultPlan::none());
        let error = link_error(bench.device(40).prepare(&program));
        assert!(matches!(error, LinkError::Configuration { .. }), "{error}");
    }
}

/// Bytes of one session of one run: where events can be placed.
fn bytes_of_a_session() -> u64 {
    let (program, _) = network();
    // Nothing is in the way of counting but that it happens at the byte named.
    let at = |bytes: u64| {
        let plan = FaultPlan::new(FaultRates::default(), &[(bytes, Event::Garbage(0))], 1);
        let bench = Bench::new(&program.arch, plan);
        prepared(&bench, &program)
            .run(&inputs(&program, 1))
            .unwrap();
        bench.end().happened.len()
    };
    let (mut low, mut high) = (0, 1 << 20);
    while high - low > 512 {
        let middle = (low + high) / 2;
        *(if at(middle) == 1 { &mut low } else { &mut high }) = middle;
    }
    low
}

/// The outcome of a session with one event, and how long it took.
fn with_event(event: Event, at: u64, retries: u32) -> (Result<bool, DeviceError>, Duration) {
    let (program, mut reference) = network();
    let plan = FaultPlan::new(FaultRates::default(), &[(at, event)], at);
    let bench = Bench::new(&program.arch, plan);
    let begin = Instant::now();
    let inputs = inputs(&program, 2);
    let result = bench
        .device(retries)
        .prepare(&program)
        .and_then(|mut session| {
            let first = session.run(&inputs);
            // Whatever happened, a session that still has a board gives right results afterwards.
            if let (Err(error), Event::Restart) = (&first, event) {
                println!("restart at {at}: {error}");
                let second = session.run(&inputs)?;
                assert_eq!(
                    second.outputs,
                    reference.run(&inputs).unwrap().outputs,
                    "{at}"
                );
            }
            Ok(first?.outputs == reference.run(&inputs)?.outputs)
        });
    (result, begin.elapsed())
}

#[test]
fn restarts_cables_and_garbage_at_any_byte() {
    let total = bytes_of_a_session();
    assert!(total > 20_000, "{total}");
    let mut noticed = [0; 4];
    for n in 0..24u64 {
        // Evenly over the session; the last ones in the run and in the answers.
        let at = if n < 16 {
            total * n / 16
        } else {
            total - (n - 15) * 150
        };
        for (kind, event) in [Event::Restart, Event::Pull, Event::Cut, Event::Garbage(200)]
            .into_iter()
            .enumerate()
        {
            if event == Event::Cut && n % 4 != 1 {
                continue;
            }
            let (result, time) = with_event(event, at, 8);
            assert!(
                time < Duration::from_secs(30),
                "{event:?} at {at}: {time:?}"
            );
            match result {
                Ok(equal) => assert!(equal, "{event:?} at {at}: a wrong result"),
                Err(DeviceError::Link(error)) => {
                    noticed[kind] += 1;
                    match (*error, event) {
                        (LinkError::Transport(_), Event::Pull) => {}
                        (LinkError::Lost { .. } | LinkError::NoAnswer { .. }, Event::Cut) => {}
                        (LinkError::Restarted | LinkError::OutOfStep { .. }, Event::Restart) => {}
                        (error, _) => panic!("{event:?} at {at}: {error}"),
                    }
                }
                // The port is gone before it is open.
                Err(DeviceError::Port(_)) if event == Event::Pull => noticed[kind] += 1,
                Err(error) => panic!("{event:?} at {at}: {error}"),
            }
        }
    }
    println!("noticed: {noticed:?}");
    assert!(
        noticed[0] >= 20 && noticed[1] >= 20 && noticed[2] >= 4 && noticed[3] == 0,
        "{noticed:?}"
    );
}

/// States that a restart destroyed are never used: the error says that they are lost.
#[test]
fn kept_states_are_lost_with_the_board() {
    let graph = Arc::new(recurrent(LSTM, [4, 8, 16], false, 5));
    let arch = Arch::preset("8x8").unwrap();
    let program = compile_keeping_states(&graph, &arch).unwrap();
    for at in (9_000..12_000).step_by(250) {
        let plan = FaultPlan::new(FaultRates::default(), &[(at, Event::Restart)], 1);
        let bench = Bench::new(&arch, plan);
        let mut session = prepared(&bench, &program);
        let mut reference = Cpu::new(graph.clone()).prepare(&program).unwrap();
        let mut failures = Vec::new();
        for seed in 0..8 {
            let inputs = inputs(&program, seed);
            let expected = reference.run(&inputs).unwrap().outputs;
            match session.run(&inputs) {
                Ok(result) => {
                    assert!(failures.is_empty(), "{at}: went on after {failures:?}");
                    assert_eq!(result.outputs, expected, "{at}, run {seed}");
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        if let Some((first, later)) = failures.split_first() {
            assert!(first.contains("reset"), "{first}");
            assert!(
                later.iter().all(|error| error.contains("states")),
                "{later:?}"
            );
            session.reset_states();
            let mut reference = Cpu::new(graph.clone()).prepare(&program).unwrap();
            let inputs = inputs(&program, 9);
            let result = session.run(&inputs).unwrap();
            assert_eq!(result.outputs, reference.run(&inputs).unwrap().outputs);
        }
    }
}

/// A board that can be made silent and restarted.
#[derive(Clone)]
struct Switched(Rc<RefCell<(DeviceModel, bool)>>);

impl Transport for Switched {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let (model, silent) = &mut *self.0.borrow_mut();
        if *silent { Ok(()) } else { model.send(bytes) }
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let (model, silent) = &mut *self.0.borrow_mut();
        if *silent {
            Ok(Vec::new())
        } else {
            model.receive(want)
        }
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.0.borrow_mut().0.pass(cycles)
    }
}

/// A run that failed before it began leaves the states alone; if the board is reset before the next one, they are lost.
#[test]
fn kept_states_do_not_outlive_a_reset_after_a_failure() {
    let graph = Arc::new(recurrent(LSTM, [4, 8, 16], false, 5));
    let arch = Arch::preset("8x8").unwrap();
    let program = compile_keeping_states(&graph, &arch).unwrap();
    let board = Switched(Rc::new(RefCell::new((DeviceModel::new(&arch), false))));
    let line = board.clone();
    let open = move |_: &Arch| Ok(Box::new(line.clone()) as Box<dyn Transport>);
    let settings = Settings {
        retries: 1,
        ..Settings::default()
    };
    let device = Linked::new("switched", settings, Box::new(open));
    let mut session = device.prepare(&program).unwrap();
    let inputs = inputs(&program, 3);
    session.run(&inputs).unwrap();
    board.0.borrow_mut().1 = true;
    let silent = link_error(session.run(&inputs));
    assert!(matches!(silent, LinkError::NoAnswer { .. }), "{silent}");
    *board.0.borrow_mut() = (DeviceModel::new(&arch), false);
    for _ in 0..2 {
        let lost = session.run(&inputs);
        assert!(matches!(lost, Err(DeviceError::StatesLost)), "{lost:?}");
    }
    session.reset_states();
    let mut reference = Cpu::new(graph).prepare(&program).unwrap();
    let expected = reference.run(&inputs).unwrap().outputs;
    assert_eq!(session.run(&inputs).unwrap().outputs, expected);
}

fn board_process(arch: &Arch) -> BoardProcess {
    let program = assert_cmd::cargo::cargo_bin!("systole");
    let arch = serde_json::to_string(arch).unwrap();
    BoardProcess::spawn(program, &[COMMAND, &arch, "--model"]).unwrap()
}

fn signal(process: &BoardProcess, name: &str) {
    let id = process.id().to_string();
    assert!(
        Command::new("kill")
            .args([name, &id])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_board_that_stops_answering_and_one_that_dies() {
    let (program, mut reference) = network();
    let inputs = inputs(&program, 4);
    let expected = reference.run(&inputs).unwrap().outputs;
    for (kind, limit) in [("-STOP", 90), ("-KILL", 5)] {
        let process = board_process(&program.arch);
        let mut session = device(process.path(), 40).prepare(&program).unwrap();
        assert_eq!(session.run(&inputs).unwrap().outputs, expected);
        signal(&process, kind);
        let begin = Instant::now();
        // Frozen, the terminal takes some bytes and then no more; dead, it is gone.
        let error = session.run(&inputs).unwrap_err().to_string();
        assert!(error.contains("hint"), "{error}");
        assert!(
            begin.elapsed() < Duration::from_secs(limit),
            "{kind}: {:?}",
            begin.elapsed()
        );
        println!("{kind}: {:?}: {error}", begin.elapsed());
    }
}

#[test]
fn the_command_names_ports_and_rates_that_are_wrong() {
    let base = [
        "run", "m.onnx", "--calib", "c.npz", "--test", "t.npz", "--device",
    ];
    for (device, needle) in [
        ("quantum", "serial:PORT"),
        ("serial:", "serial:PORT"),
        ("serial:/dev/ttyUSB0,fast", "whole number"),
    ] {
        let (code, _, error) = command::said(command::systole().args(base).arg(device));
        assert_eq!(code, 2, "{device}: {error}");
        assert!(error.contains(needle), "{device}: {error}");
    }
}

/// An example through the command: bits and cycles are compared there.
fn example(name: &str, more: &[&str]) -> (i32, String, String) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(name);
    let mut systole = command::systole();
    systole.arg("run").arg(folder.join(format!("{name}.onnx")));
    systole.arg("--calib").arg(folder.join("calib.npz"));
    systole.arg("--test").arg(folder.join("test.npz"));
    let arguments = ["--arch", "4x4", "--images", "2", "--jobs", "1"];
    command::said(systole.args(arguments).args(more))
}

#[test]
fn the_command_runs_networks_on_boards() {
    let process = board_process(&Arch::preset("4x4").unwrap());
    let serial = format!("serial:{}", process.path());
    for device in ["pty", &serial] {
        for (name, scale) in [("lenet_mnist", "1/255"), ("word_language", "1")] {
            let (code, text, error) = example(name, &["--input-scale", scale, "--device", device]);
            if code == 1 && error.contains("was not found") {
                eprintln!("SKIPPED: {name} on {device}: {error}");
                continue;
            }
            assert_eq!(code, 0, "{name} on {device}: {error}");
            assert!(
                text.contains("equal with the CPU reference, 2 images"),
                "{text}"
            );
            assert!(text.contains("measured: equal"), "{text}");
        }
    }
}

//! The whole 16x16 system in the simulator, driven through its byte link: cycles in a second, for each C++ compiler.
//!
//! Once one simulation alone, once one on each core, as `systole run` does it.
//!
//! The compiler is chosen by the variable `CXX`, so every measurement is a process of its own; the compilers take turns.

use std::process::Command;
use std::sync::Barrier;
use std::time::Instant;
use std::{cell::RefCell, env, rc::Rc};

use anyhow::Context;
use systole::compiler::compile;
use systole::device::{SimulatedLine, accelerator_design};
use systole::link::{Board, Settings, Transport, TransportError};
use systole::program::Program;
use systole::testing::resnet8;
use systole_arch::Arch;
use systole_benches::clock::{Spread, Threads};
use systole_benches::compare::verdict;
use systole_benches::machine;
use systole_sim::{BuildOptions, Model};

/// Runs of the program in one process, and processes for each compiler.
const RUNS: usize = 3;
const TURNS: usize = 5;

/// Compilers, and the cycles in a second that we want of them.
const GOALS: [(&str, f64); 2] = [("g++", 0.5e6), ("clang++", 1.0e6)];

/// A line whose cycles can be read while a board uses it.
struct Counted(Rc<RefCell<SimulatedLine>>);

impl Transport for Counted {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.0.borrow_mut().send(bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        self.0.borrow_mut().receive(want)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.0.borrow_mut().pass(cycles)
    }
}

/// A simulated board with ResNet-8 in it.
struct System {
    line: Rc<RefCell<SimulatedLine>>,
    board: Board,
    program: Program,
}

impl System {
    fn new() -> anyhow::Result<Self> {
        let arch = Arch::preset("16x16")?;
        let program = compile(&resnet8(1), &arch)?;
        let model = Model::build(&accelerator_design(&arch)?, &BuildOptions::default())?;
        let mut instance = model.instantiate()?;
        instance.reset(8)?;
        let line = Rc::new(RefCell::new(SimulatedLine::new(instance)));
        let counted = Box::new(Counted(line.clone()));
        let mut board = Board::connect(counted, &arch, Settings::default())?;
        board.load(&program)?;
        Ok(System {
            line,
            board,
            program,
        })
    }

    /// Runs the program once; returns the cycles that were simulated.
    fn run(&mut self) -> anyhow::Result<f64> {
        let before = self.line.borrow().cycles();
        let run = self.board.run()?;
        anyhow::ensure!(
            run.cycles == self.program.cycles(),
            "cycles are not as predicted"
        );
        Ok((self.line.borrow().cycles() - before) as f64)
    }
}

/// Prints, for each run, cycles in a second of processor time alone, and of wall time of one simulation on each core.
fn measure() -> anyhow::Result<()> {
    let mut system = System::new()?;
    for _ in 0..RUNS {
        let (cycles, time) = Threads::One.measure(|| system.run())?;
        println!("{} {}", cycles / time.cpu, side_by_side()?);
    }
    Ok(())
}

/// Cycles in a second of wall time, all cores together.
fn side_by_side() -> anyhow::Result<f64> {
    let cores = std::thread::available_parallelism()?.get();
    let begin = Barrier::new(cores);
    let one = || {
        let system = System::new();
        begin.wait();
        let (mut system, start) = (system?, Instant::now());
        let mut cycles = 0.0;
        for _ in 0..RUNS {
            cycles += system.run()?;
        }
        Ok((cycles, start.elapsed().as_secs_f64()))
    };
    let measured = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(one)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, anyhow::Result<(f64, f64)>>| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("a simulation failed")))
        };
        threads
            .into_iter()
            .map(join)
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let cycles: f64 = measured.iter().map(|(cycles, _)| cycles).sum();
    let longest = measured.iter().fold(0.0, |longest, (_, s)| s.max(longest));
    Ok(cycles / longest)
}

/// What one process measured.
struct Speeds {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

fn turn(compiler: &str, speeds: &mut Speeds) -> anyhow::Result<()> {
    let output = Command::new(env::current_exe()?)
        .arg("--measure")
        .env("CXX", compiler)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut numbers = line.split(' ').map(str::parse::<f64>);
        let mut next = || numbers.next().context("a number is missing");
        speeds.cpu.push(next()??);
        speeds.wall.push(next()??);
    }
    Ok(())
}

/// Whether the compiler is there; says so if it is not.
fn present(compiler: &str) -> bool {
    let answer = Command::new(compiler).arg("--version").output();
    let present = answer.is_ok_and(|output| output.status.success());
    if !present {
        println!("SKIPPED: {compiler} not found");
    }
    present
}

fn main() -> anyhow::Result<()> {
    if env::args().any(|argument| argument == "--measure") {
        return measure();
    }
    println!("\nSimulation of the 16x16 system, ResNet-8 over the byte link");
    machine::describe();
    if let Err(error) = systole_sim::tools::find("verilator") {
        println!("SKIPPED: {error}");
        return Ok(());
    }
    let compilers = GOALS.into_iter().filter(|(compiler, _)| present(compiler));
    let mut rows: Vec<_> = compilers
        .map(|goal| {
            (
                goal,
                Speeds {
                    cpu: Vec::new(),
                    wall: Vec::new(),
                },
            )
        })
        .collect();
    for _ in 0..TURNS {
        for ((compiler, _), speeds) in &mut rows {
            turn(compiler, speeds)?;
        }
    }
    println!(
        "\n{:<10} {:>38} {:>19}  {:>10}",
        "compiler", "Mcycles in a second of processor time", "of wall, all cores", "goal"
    );
    for ((compiler, goal), speeds) in &rows {
        let cpu = Spread::of(speeds.cpu.iter().map(|speed| speed / 1e6));
        let wall = Spread::of(speeds.wall.iter().map(|speed| speed / 1e6));
        println!(
            "{compiler:<10} {:>22.2} ({:>4.2} to {:>4.2}) {:>19.2}  {:>6.1} {}",
            cpu.median,
            cpu.low,
            cpu.high,
            wall.median,
            goal / 1e6,
            verdict(wall.median >= goal / 1e6)
        );
    }
    if let [(_, first), (_, second)] = rows.as_slice() {
        let ratios = first.cpu.iter().zip(&second.cpu).map(|(a, b)| b / a);
        println!("clang++ / g++: {:.2}x", Spread::of(ratios).median);
    }
    machine::describe();
    Ok(())
}

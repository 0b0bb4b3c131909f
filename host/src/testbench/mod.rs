//! A self-checking Verilog test bench for a generated accelerator.
//!
//! It replays a recorded session over the byte link: who are you, a program with weights, an input; run; counters,
//! start of every instruction, result. The expected answers come from the interpreter behind the device model, which
//! shares no code with the hardware.

mod network;
mod recorder;
mod recurrent;

use std::fmt::Write as _;

use crate::compiler::{CompileError, compile};
use crate::link::{Board, LinkError, Settings};
use crate::program::Program;
use network::network;
use recorder::{Recorder, Tape};
pub use recurrent::recurrent_data;
use systole_arch::Arch;
use systole_quant::integer::random::Random;

/// Name of the test bench module.
pub const TOP: &str = "accelerator_tb";

/// Why there is no test bench.
#[derive(Debug, thiserror::Error)]
pub enum TestbenchError {
    /// The configuration does not hold the network.
    #[error(
        "the configuration {arch} is too small for the network of the test bench: {source}\n  hint: emit it without --testbench"
    )]
    Compile {
        /// Name of the configuration.
        arch: String,
        /// What is too small.
        source: Box<CompileError>,
    },
    /// The device model and the driver disagree: a defect of ours.
    #[error(
        "the session could not be recorded, which is a defect of systole; please report it: {0}"
    )]
    Link(#[from] LinkError),
}

/// Files of the test bench: its Verilog and the two directions of the recorded session. With `stalls` both sides of
/// the line pause at random.
///
/// # Errors
/// As [`TestbenchError`] says.
pub fn accelerator_testbench(
    arch: &Arch,
    seed: u64,
    stalls: bool,
) -> Result<Vec<(String, String)>, TestbenchError> {
    let too_small = |source| TestbenchError::Compile {
        arch: arch.name.clone(),
        source: Box::new(source),
    };
    let program = compile(&network(seed), arch).map_err(too_small)?;
    let tape = record(&program, seed)?;
    let request = |(byte, waits): &(u8, bool)| {
        format!("{:03x}\n", usize::from(*waits) << 8 | usize::from(*byte))
    };
    let requests: String = tape.requests.iter().map(request).collect();
    let answers = tape.answers.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{byte:02x}");
        text
    });
    Ok(vec![
        (format!("{TOP}.v"), bench(&program, &tape, seed, stalls)),
        ("accelerator_requests.hex".to_owned(), requests),
        ("accelerator_answers.hex".to_owned(), answers),
    ])
}

/// One session: connect, load, write the input, run, read counters and result.
fn record(program: &Program, seed: u64) -> Result<Tape, LinkError> {
    let (recorder, tape) = Recorder::new(&program.arch);
    // The same bench every time.
    let settings = Settings {
        session: 1,
        ..Settings::default()
    };
    let mut board = Board::connect(Box::new(recorder), &program.arch, settings)?;
    board.load(program)?;
    let mut random = Random::new(seed.wrapping_add(1));
    for binding in &program.inputs {
        let elements = binding.placement.shape.elements();
        let values: Vec<i8> = (0..elements)
            .map(|_| random.signed(-128, 127) as i8)
            .collect();
        board.write_tensors(&[(&binding.placement, &values)])?;
    }
    board.run()?;
    for binding in &program.outputs {
        board.read_tensor(&binding.placement)?;
    }
    drop(board);
    Ok(tape.take())
}

fn bench(program: &Program, tape: &Tape, seed: u64, stalls: bool) -> String {
    TEMPLATE
        .replace("{arch}", &program.arch.name)
        .replace("{cycles}", &program.cycles().to_string())
        .replace("{requests}", &tape.requests.len().to_string())
        .replace("{answers}", &tape.answers.len().to_string())
        .replace("{stalls}", &u8::from(stalls).to_string())
        .replace(
            "{random}",
            &((seed as u32).wrapping_mul(0x9e37_79b9) | 1).to_string(),
        )
        // With stalls each side gets through in half of the cycles; a byte takes a few cycles of the device.
        .replace(
            "{patience}",
            &(20_000
                + 32 * (tape.requests.len() + tape.answers.len()) as u64
                + 2 * program.cycles())
            .to_string(),
        )
}

const TEMPLATE: &str = include_str!("accelerator_tb.v");

//! The same random vectors in Rust and in Verilog: the test that every block gets.
//!
//! The block is simulated in Rust; inputs and outputs of every cycle are written down and replayed by a
//! self-checking testbench in each Verilog simulator that is installed: `iverilog`, and Verilator
//! (`verilator_bin` on the path or in `VERILATOR_ROOT`/bin), whose linter also has to find nothing.
//! The vectors run in Verilator only if `SYSTOLE_CROSSCHECK_VERILATOR` is set: compiling costs seconds a block.

mod testbench;
mod tools;

use std::path::PathBuf;

use rust_hdl::core::prelude::Block;

use super::emit::{EmitError, emit};
use super::sim::{Port, Sim, SimError, has_clock};
use super::value::{low_bits, sign_extend};

/// Why Rust and Verilog were not found equal.
#[derive(Debug, thiserror::Error)]
pub enum CrosscheckError {
    /// The block does not become Verilog.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The block does not simulate.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// A tool refused the Verilog, or the outputs differ.
    #[error("{tool} on {folder}: {output}")]
    Tool {
        /// Which tool.
        tool: &'static str,
        /// Where the files are.
        folder: PathBuf,
        /// What it said.
        output: String,
    },
    /// Files could not be written or a tool not be started.
    #[error("{folder}: {source}")]
    Io {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Inputs and outputs of one cycle, lanes in the order of the ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// Inputs, applied before the clock edge.
    pub inputs: Vec<i64>,
    /// Outputs, settled with these inputs, before the clock edge.
    pub outputs: Vec<i64>,
}

/// What was run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Simulators in which the Verilog agreed. Empty if none is installed.
    pub agreed: Vec<&'static str>,
    /// Cycles compared.
    pub cycles: usize,
}

type Shape<B> = dyn FnMut(&mut B, u64, &mut Random);

/// A cross-check of one block.
pub struct Crosscheck<B: Block> {
    name: String,
    block: B,
    cycles: usize,
    seed: u64,
    shape: Option<Box<Shape<B>>>,
}

impl<B: Block> Crosscheck<B> {
    /// Checks the block that `build` makes, as module `name`.
    pub fn new(name: &str, build: impl FnOnce() -> B) -> Self {
        Crosscheck {
            name: name.to_owned(),
            block: build(),
            cycles: 1000,
            seed: 1,
            shape: None,
        }
    }

    /// Number of cycles (1000 unless told).
    pub fn cycles(mut self, cycles: usize) -> Self {
        self.cycles = cycles;
        self
    }

    /// Seed of the random inputs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Corrects the random inputs of each cycle: gets the block (whose inputs are already set: assign
    /// `block.reset.next = cycle < 2`), the cycle and the source of random numbers.
    pub fn shape(mut self, shape: impl FnMut(&mut B, u64, &mut Random) + 'static) -> Self {
        self.shape = Some(Box::new(shape));
        self
    }

    /// Simulates in Rust, then in every Verilog simulator found. Says so on stderr if there is none.
    pub fn run(self) -> Result<Outcome, CrosscheckError> {
        let verilog = emit(&self.name, &self.block)?;
        let name = self.name.clone();
        let has_clock = has_clock(&self.block);
        let (ports, vectors) = self.vectors()?;
        let bench = testbench::Testbench::new(&name, has_clock, &ports, &vectors);
        let agreed = tools::run_all(&name, &verilog, &bench)?;
        if agreed.is_empty() {
            eprintln!(
                "SKIPPED: {name}: neither iverilog nor verilator found, Verilog not compared"
            );
        }
        Ok(Outcome {
            agreed,
            cycles: vectors.len(),
        })
    }

    /// The vectors alone.
    pub fn vectors(mut self) -> Result<(Vec<Port>, Vec<Vector>), SimError> {
        let mut random = Random::new(self.seed);
        let mut sim = Sim::new(self.block);
        let ports = sim.ports().to_vec();
        let mut vectors = Vec::with_capacity(self.cycles);
        for cycle in 0..self.cycles as u64 {
            let inputs: Vec<_> = ports
                .iter()
                .filter(|p| p.input)
                .map(|p| random.value(p))
                .collect();
            sim.set_inputs(&inputs);
            if let Some(shape) = &mut self.shape {
                shape(&mut sim.block, cycle, &mut random);
            }
            sim.settle()?;
            vectors.push(Vector {
                inputs: sim.inputs(),
                outputs: sim.outputs(),
            });
            sim.tick()?;
        }
        Ok((ports, vectors))
    }
}

/// Small generator of random numbers (xorshift*), the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator; equal seeds give equal numbers.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit` (at least 1).
    pub fn below(&mut self, limit: u64) -> u64 {
        (self.bits() >> 8) % limit.max(1)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A value for a port: often an end of its range, else anything.
    fn value(&mut self, port: &Port) -> i64 {
        let ends = [0, 1, -1, i64::MAX, i64::MIN];
        let top = 1i64 << (port.width - 1);
        let raw = match self.below(16) {
            0 => top,
            1 => top - 1,
            2 => ends[self.below(5) as usize],
            _ => self.bits() as i64,
        };
        match port.signed {
            true => sign_extend(raw, port.width),
            false => low_bits(raw, port.width),
        }
    }
}

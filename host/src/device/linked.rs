//! A device behind the framed byte link: the simulated RTL today, boards by the same code.

use super::{Device, DeviceError, RunResult, Session, check_faults, check_inputs};
use crate::link::{Board, Settings, Transport};
use crate::program::{Placement, Program};
use systole_arch::Arch;

/// Opens a line to a device of the given configuration.
pub type Open = Box<dyn Fn(&Arch) -> Result<Box<dyn Transport>, DeviceError>>;

/// Any device that is reached through a [`Transport`].
pub struct Linked {
    name: &'static str,
    open: Open,
    settings: Settings,
}

impl Linked {
    /// `open` is called once for each program.
    #[must_use]
    pub fn new(name: &'static str, settings: Settings, open: Open) -> Self {
        Linked {
            name,
            open,
            settings,
        }
    }
}

impl Device for Linked {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        let transport = (self.open)(&program.arch)?;
        let mut board = Board::connect(transport, &program.arch, self.settings)?;
        board.load(program)?;
        Ok(Box::new(LinkedSession {
            board,
            program: program.clone(),
        }))
    }
}

struct LinkedSession {
    board: Board,
    program: Program,
}

impl Session for LinkedSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        check_inputs(&self.program, inputs)?;
        let bindings = self.program.inputs.iter().zip(inputs);
        let tensors: Vec<_> = bindings
            .map(|(binding, values)| (&binding.placement, values.as_slice()))
            .collect();
        self.board.write_tensors(&tensors)?;
        self.board.write_states(&self.program.states)?;
        let run = self.board.run()?;
        check_faults(&run)?;
        let mut outputs = Vec::with_capacity(self.program.outputs.len());
        for binding in &self.program.outputs {
            outputs.push(self.board.read_tensor(&binding.placement)?);
        }
        Ok(RunResult {
            outputs,
            counters: Some(run.into()),
        })
    }

    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        Ok(self.board.read_tensor(placement)?)
    }
}

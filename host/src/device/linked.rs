//! A device behind the framed byte link: the simulated RTL today, boards by the same code.

use super::states::{Begin, check_same_states};
use super::{Device, DeviceError, RunResult, Session, check_faults, check_inputs};
use crate::link::{Board, LinkError, Settings, Transport};
use crate::program::{Placement, Program, StateBinding};
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
            begin: Begin::Initial,
            loaded: true,
        }))
    }
}

struct LinkedSession {
    board: Board,
    program: Program,
    begin: Begin,
    /// Whether the program is in the device; not if loading it was interrupted.
    loaded: bool,
}

impl Session for LinkedSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        check_inputs(&self.program, inputs)?;
        let result = self.attempt(inputs);
        if result.is_err() {
            // Whether the device still holds what it held is looked at before the next run.
            self.loaded = false;
        }
        result.map_err(|error| self.explained(error))
    }

    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        let values = self.board.read_tensor(placement)?;
        self.board.confirm()?;
        Ok(values)
    }

    fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, DeviceError> {
        let units = self.board.read_units(state)?;
        self.board.confirm()?;
        Ok(units)
    }

    fn reset_states(&mut self) {
        self.begin = Begin::Initial;
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        check_same_states(&self.program, program)?;
        self.loaded = false;
        self.board.load(program)?;
        self.loaded = true;
        self.program = program.clone();
        Ok(())
    }
}

impl LinkedSession {
    /// Loads the program after a failure. If the device was reset meanwhile, its states are gone too.
    fn reload(&mut self) -> Result<(), DeviceError> {
        if self.board.confirm().is_err() {
            self.begin.lost(&self.program);
            self.board.begin_again()?;
        }
        self.board.load(&self.program)?;
        self.loaded = true;
        Ok(())
    }

    /// What a device reports that was reset while it was loaded is no bug of anybody: it ran what it was left with.
    fn explained(&mut self, error: DeviceError) -> DeviceError {
        let reported = match &error {
            DeviceError::Fault { .. } => true,
            DeviceError::Link(link) => matches!(
                **link,
                LinkError::Watchdog { .. } | LinkError::Refused { .. }
            ),
            _ => false,
        };
        match reported.then(|| self.board.confirm()) {
            Some(Err(line)) => line.into(),
            _ => error,
        }
    }

    fn attempt(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        if !self.loaded {
            self.reload()?;
        }
        let bindings = self.program.inputs.iter().zip(inputs);
        let tensors: Vec<_> = bindings
            .map(|(binding, values)| (&binding.placement, values.as_slice()))
            .collect();
        self.board.write_tensors(&tensors)?;
        if self.begin.run(&self.program)? {
            self.board.write_states(&self.program.states)?;
        }
        let run = self.board.run()?;
        check_faults(&run)?;
        let mut outputs = Vec::with_capacity(self.program.outputs.len());
        for binding in &self.program.outputs {
            outputs.push(self.board.read_tensor(&binding.placement)?);
        }
        // Last: a reset at any time before is seen here.
        self.board.confirm()?;
        self.begin.done();
        Ok(RunResult {
            outputs,
            counters: Some(run.into()),
        })
    }
}

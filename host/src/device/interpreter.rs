//! The interpreter as a device.

use super::states::{Begin, check_same_states};
use super::{Device, DeviceError, RunResult, Session, check_faults, check_inputs};
use crate::interpreter::Machine;
use crate::program::{Placement, Program, StateBinding};

/// Executes encoded programs on a model of the memories.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interpreter;

impl Device for Interpreter {
    fn name(&self) -> &'static str {
        "interpreter"
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        let mut machine = Machine::new(&program.arch);
        machine.memories.load(program)?;
        Ok(Box::new(InterpreterSession {
            machine,
            program: program.clone(),
            begin: Begin::Initial,
        }))
    }
}

struct InterpreterSession {
    machine: Machine,
    program: Program,
    begin: Begin,
}

impl Session for InterpreterSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        check_inputs(&self.program, inputs)?;
        for (binding, values) in self.program.inputs.iter().zip(inputs) {
            self.machine
                .memories
                .write_tensor(&binding.placement, values)?;
        }
        if self.begin.run(&self.program)? {
            for state in &self.program.states {
                self.machine.memories.write_state(state)?;
            }
        }
        let run = self.machine.run()?;
        check_faults(&run)?;
        self.begin.done();
        let read = |binding: &crate::program::Binding| {
            self.machine.memories.read_tensor(&binding.placement)
        };
        let outputs = self
            .program
            .outputs
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        Ok(RunResult {
            outputs,
            counters: Some(run.into()),
        })
    }

    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        Ok(self.machine.memories.read_tensor(placement)?)
    }

    fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, DeviceError> {
        Ok(self.machine.memories.read_units(state)?)
    }

    fn reset_states(&mut self) {
        self.begin = Begin::Initial;
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        check_same_states(&self.program, program)?;
        self.machine.memories.load(program)?;
        self.program = program.clone();
        Ok(())
    }
}

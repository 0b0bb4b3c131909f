//! Everything that can execute a program, behind one trait: the CPU reference, the interpreter, the simulated RTL.
//!
//! The same tests and the same commands run on all of them, and all of them must return the same bytes.

mod cpu;
mod error;
mod gates;
mod interpreter;
mod linked;
mod pins;
mod rtl;
mod simulated_line;
mod states;
mod stream;
mod uart_line;

#[cfg(test)]
mod tests;

pub use cpu::Cpu;
pub use error::DeviceError;
pub use gates::{Gates, level_name};
pub use interpreter::Interpreter;
pub use linked::{Linked, Open};
pub use pins::Pins;
pub use rtl::{Generate, Rtl, accelerator_design};
pub use simulated_line::SimulatedLine;
pub use states::read_states;
pub use stream::{Stream, StreamError};
pub use uart_line::{UartLine, board_design};

use crate::program::{Placement, Program, StateBinding};

/// Something that can be given programs.
pub trait Device {
    /// Name on the command line.
    fn name(&self) -> &'static str;

    /// Loads a program.
    ///
    /// # Errors
    /// The device cannot be had, or the program does not fit it.
    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError>;
}

/// A device with a program in it.
pub trait Session {
    /// Executes the program once. `inputs` holds one tensor in NHWC order for each of [`Program::inputs`]. Recurrent layers
    /// begin with their initial states; in a program that keeps states ([`Program::keeps_states`]) every run but the first
    /// begins with the states that the run before it left in the device.
    ///
    /// # Errors
    /// Wrong inputs, a fault of the device, a lost line. After a fault or a lost line nobody knows the states:
    /// [`DeviceError::StatesLost`] until [`Session::reset_states`].
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError>;

    /// Reads any tensor as it lies in memory after the last run, in NHWC order. Memory is reused while a program
    /// runs: only outputs are sure to be intact.
    ///
    /// # Errors
    /// A placement that does not exist, a lost line.
    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError>;

    /// Reads what the state memory holds of a recurrent layer after the last run: cell states of an LSTM, wide hidden states
    /// of a GRU, nothing of an RNN.
    ///
    /// # Errors
    /// A layer that the device does not know, a lost line.
    fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, DeviceError>;

    /// The next run begins with initial states.
    fn reset_states(&mut self);

    /// Takes another program that keeps its states in the same places: the same network for chunks of another length
    /// ([`systole_quant::integer::IntGraph::with_steps`]). The states stay.
    ///
    /// # Errors
    /// [`DeviceError::OtherStates`]; the program does not fit, a lost line.
    fn load(&mut self, program: &Program) -> Result<(), DeviceError>;
}

/// What one run gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunResult {
    /// One tensor in NHWC order for each of [`Program::outputs`].
    pub outputs: Vec<Vec<i8>>,
    /// Counters; `None` on a device without cycles.
    pub counters: Option<Counters>,
}

/// Counters of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counters {
    /// Cycles from the run command to `END`.
    pub cycles: u64,
    /// Start of each instruction, `END` included.
    pub starts: Vec<u64>,
    /// Vectors that the address generator issued.
    pub slots: u64,
    /// Beats that post-processing wrote.
    pub beats: u64,
}

impl From<crate::interpreter::Run> for Counters {
    fn from(run: crate::interpreter::Run) -> Self {
        Counters {
            cycles: run.cycles,
            starts: run.starts,
            slots: run.slots,
            beats: run.beats,
        }
    }
}

/// One tensor for each input, each of the right size.
fn check_inputs(program: &Program, inputs: &[Vec<i8>]) -> Result<(), DeviceError> {
    if inputs.len() != program.inputs.len() {
        return Err(DeviceError::InputCount {
            expected: program.inputs.len(),
            found: inputs.len(),
        });
    }
    for (binding, values) in program.inputs.iter().zip(inputs) {
        let expected = binding.placement.shape.elements();
        if values.len() != expected {
            return Err(DeviceError::InputLength {
                name: binding.name.clone(),
                expected,
                found: values.len(),
            });
        }
    }
    Ok(())
}

/// Names the faults of a run, if there are any.
fn check_faults(run: &crate::interpreter::Run) -> Result<(), DeviceError> {
    if run.faults == crate::interpreter::Faults::NONE {
        return Ok(());
    }
    Err(DeviceError::Fault {
        faults: run.faults.to_string(),
        cycles: run.cycles,
    })
}

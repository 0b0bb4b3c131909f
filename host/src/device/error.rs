//! Why a device could not do its work.

use thiserror::Error;

/// One variant for each cause.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// Not as many inputs as the program has.
    #[error("the program has {expected} inputs, {found} were given")]
    InputCount {
        /// Inputs of the program.
        expected: usize,
        /// Inputs given.
        found: usize,
    },
    /// An input of the wrong size.
    #[error("input `{name}` has {expected} elements, {found} were given")]
    InputLength {
        /// Name of the input.
        name: String,
        /// Elements of its shape.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// The machine noticed that something is wrong.
    #[error(
        "the device reports faults after {cycles} cycles: {faults}\n  hint: this is a bug in the compiler or in the hardware; please report it with the model"
    )]
    Fault {
        /// Names and meanings.
        faults: String,
        /// Cycle counter.
        cycles: u64,
    },
    /// A tensor that this device does not keep.
    #[error("the CPU reference keeps no tensor at byte {address} of bank {bank}")]
    Tensor {
        /// Bank.
        bank: usize,
        /// Byte address.
        address: usize,
    },
    /// A run failed, and with it the states that the next one would begin with.
    #[error(
        "the states of recurrent layers are lost, because the run before failed\n  hint: begin the signal anew: reset the states"
    )]
    StatesLost,
    /// Two programs that cannot hand states to each other.
    #[error(
        "the program `{name}` does not keep its states where the loaded program does\n  hint: both must be one network, compiled for one configuration to keep states"
    )]
    OtherStates {
        /// Name of the new program.
        name: String,
    },
    /// States of a layer that this device does not keep.
    #[error("the CPU reference keeps no states of layer `{layer}`")]
    NoState {
        /// Layer.
        layer: String,
    },
    /// The network cannot be fed in chunks.
    #[error(transparent)]
    Chunk(#[from] systole_quant::integer::ChunkError),
    /// The interpreter refuses.
    #[error(transparent)]
    Interpreter(#[from] crate::interpreter::InterpreterError),
    /// The CPU reference refuses.
    #[error(transparent)]
    Reference(Box<systole_quant::reference::ReferenceError>),
    /// The link to the device failed.
    #[error(transparent)]
    Link(Box<crate::link::LinkError>),
    /// A port could not be opened.
    #[error(transparent)]
    Port(#[from] crate::link::PortError),
    /// A simulated board could not be started.
    #[error("the process of the simulated board cannot be started: {reason}")]
    BoardProcess {
        /// What happened.
        reason: String,
    },
    /// The simulation failed.
    #[error(transparent)]
    Simulation(Box<systole_sim::Error>),
    /// No accelerator could be generated.
    #[error("cannot generate the accelerator `{arch}`: {reason}")]
    Generate {
        /// Configuration name.
        arch: String,
        /// Cause.
        reason: String,
    },
}

macro_rules! boxed {
    ($($variant:ident $cause:ty;)*) => { $(
        impl From<$cause> for DeviceError {
            fn from(cause: $cause) -> Self {
                DeviceError::$variant(Box::new(cause))
            }
        }
    )* };
}

boxed! {
    Reference systole_quant::reference::ReferenceError;
    Link crate::link::LinkError;
    Simulation systole_sim::Error;
}

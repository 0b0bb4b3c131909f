//! Why a program cannot be loaded or executed.

use thiserror::Error;

/// A program that does not fit the memories, or would not end in reasonable time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InterpreterError {
    /// A part of the program is larger than the memory it belongs in.
    #[error(
        "the program has {found} {what}, the configuration `{arch}` has room for {room}\n  hint: compile the model for this configuration"
    )]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// Configuration name.
        arch: String,
        /// How many there are.
        found: usize,
        /// How many fit.
        room: usize,
    },
    /// A pass would take longer than any compiled one.
    #[error(
        "instruction {instruction} issues {slots} slots; the interpreter stops at {limit}\n  hint: the program is damaged; compile the model again"
    )]
    Endless {
        /// Index of the instruction.
        instruction: usize,
        /// Slots it asks for.
        slots: u128,
        /// Most slots of one run.
        limit: u64,
    },
    /// A tensor lies outside the activation memory.
    #[error(
        "byte {address} of bank {bank} does not exist: `{arch}` has {banks} banks of {bytes} bytes\n  hint: the program is damaged; compile the model again"
    )]
    Placement {
        /// Bank of the placement.
        bank: usize,
        /// First byte outside.
        address: usize,
        /// Configuration name.
        arch: String,
        /// Banks there are.
        banks: usize,
        /// Bytes of each.
        bytes: usize,
    },
    /// The number of values differs from the shape of the tensor.
    #[error("a tensor of {expected} values was given {found} values")]
    Length {
        /// Values of the shape.
        expected: usize,
        /// Values given.
        found: usize,
    },
}

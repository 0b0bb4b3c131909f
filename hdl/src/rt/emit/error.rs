//! Why a block cannot become Verilog with the meaning it has in Rust.

/// What the emitter refuses, and where. `block` is the path of the instance from the top.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message of each variant says what its fields are
pub enum EmitError {
    /// A name that is neither a signal, a loop variable, a `Size` nor an enum variant.
    #[error(
        "{block}: `{name}` is no signal, loop variable or enum variant; \
         a plain Rust field is written `bits_of(self._field)`, in an index use a `Size`"
    )]
    UnknownName { block: String, name: String },

    /// An index that is not a constant after the loops are unrolled.
    #[error("{block}: cannot evaluate the index `{index}`: {reason}")]
    BadIndex {
        block: String,
        index: String,
        reason: String,
    },

    /// A construct of rust-hdl that has no exact meaning here.
    #[error("{block}: {what} cannot be emitted; {instead}")]
    Unsupported {
        block: String,
        what: String,
        instead: String,
    },

    /// A value that would have to be exact but exceeds 64 bits.
    #[error(
        "{block}: a value compared, shifted right or cast may need {width} bits, more than 64: {expression}"
    )]
    TooWide {
        block: String,
        width: u32,
        expression: String,
    },

    /// A shift by a negative amount is possible.
    #[error("{block}: the shift amount may be negative: {expression}")]
    NegativeShift { block: String, expression: String },

    /// A signal without a driver.
    #[error("{block}: `{signal}` is never assigned; assign it in `update`")]
    Undriven { block: String, signal: String },

    /// A signal that some paths leave alone.
    #[error(
        "{block}: `{signal}` is not assigned on every path, which would be a latch; \
         assign a default first (registers: `dff_setup!`)"
    )]
    Latch { block: String, signal: String },

    /// A signal read before the assignment it is read for.
    #[error(
        "{block}: `{signal}` is read before it is assigned in the statements that compute it; reorder them"
    )]
    ReadBeforeWrite { block: String, signal: String },

    /// An assignment to something that is not driven from here.
    #[error("{block}: `{signal}` cannot be assigned here: it is {what}")]
    NotAssignable {
        block: String,
        signal: String,
        what: &'static str,
    },

    /// A field named like a Verilog keyword.
    #[error("{block}: the field `{name}` is a Verilog keyword; rename it")]
    Keyword { block: String, name: String },

    /// A block without a description.
    #[error("{block}: has no Verilog; put #[hdl_gen] on its `update` or write `hdl()`")]
    NoLogic { block: String },
}

//! Why a graph cannot be compiled for a configuration, and what to change.

use systole_arch::isa::FieldRange;
use systole_quant::integer::GraphError;

use super::schedule::Hazard;

/// One cause; `layer` is a name in the imported model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompileError {
    /// The integer graph breaks a rule.
    #[error("the integer graph is not valid: {0}")]
    Graph(#[from] GraphError),
    /// A number of a pass does not fit its instruction field.
    #[error(
        "layer '{layer}': {source}\n  hint: the layer is larger than the instruction format allows; use a smaller input or split the layer"
    )]
    Field {
        /// Layer.
        layer: String,
        /// Field and value.
        source: FieldRange,
    },
    /// Activations that live at the same time do not fit the banks.
    #[error(
        "layer '{layer}': the tensors that live at this point need {needed} bytes in at most {banks} banks of {available} bytes, and no arrangement fits\n  \
         hint: enlarge `bank_words` (now {bank_words}) or `banks` (now {banks})"
    )]
    Activations {
        /// Layer with the largest need.
        layer: String,
        /// Bytes that live at the same time.
        needed: usize,
        /// Bytes of one bank.
        available: usize,
        /// Banks.
        banks: usize,
        /// Words of a bank.
        bank_words: usize,
    },
    /// The weights do not fit the array.
    #[error(
        "layer '{layer}': weights need {needed} steps up to here, the array holds {available}\n  hint: enlarge `weight_depth` (now {available})"
    )]
    Weights {
        /// First layer that does not fit.
        layer: String,
        /// Steps of all layers up to this one.
        needed: usize,
        /// `weight_depth`.
        available: usize,
    },
    /// Biases and multipliers do not fit.
    #[error(
        "layer '{layer}': biases and multipliers need {needed} rows up to here, there are {available}\n  hint: enlarge `param_rows` (now {available})"
    )]
    Parameters {
        /// First layer that does not fit.
        layer: String,
        /// Rows of all layers up to this one.
        needed: usize,
        /// `param_rows`.
        available: usize,
    },
    /// More different tables than slots.
    #[error(
        "layer '{layer}': the network needs {needed} different tables up to here, there are {available}\n  hint: enlarge `table_slots` (now {available})"
    )]
    Tables {
        /// First layer that does not fit.
        layer: String,
        /// Tables of all layers up to this one.
        needed: usize,
        /// `table_slots`.
        available: usize,
    },
    /// A residual operand, and hardware without.
    #[error(
        "layer '{layer}' adds the output of another layer, and a lean accelerator has no residual operands\n  hint: leave out `lean` in the configuration"
    )]
    Lean {
        /// Layer.
        layer: String,
    },
    /// The states and sums of recurrent layers do not fit.
    #[error(
        "layer '{layer}': recurrent layers need {needed} hidden units up to here, the configuration has {available}\n  hint: enlarge `recurrent_units` (now {available})"
    )]
    RecurrentUnits {
        /// First layer that does not fit.
        layer: String,
        /// Hidden units of all recurrent layers up to this one.
        needed: usize,
        /// `recurrent_units`.
        available: usize,
    },
    /// States cannot be kept: the first step of this layer comes after the whole signal.
    #[error(
        "layer '{layer}' runs from the last step to the first, so its state cannot be kept for the next run\n  hint: run whole sequences, or train the model with forward layers only"
    )]
    KeptReverse {
        /// Layer.
        layer: String,
    },
    /// The program memory is too small.
    #[error(
        "the program has {needed} words, the program memory {available}\n  hint: enlarge `program_words` (now {available})"
    )]
    ProgramWords {
        /// Words of the program.
        needed: usize,
        /// `program_words`.
        available: usize,
    },
    /// More instructions than the device keeps timestamps of.
    #[error(
        "the program has {needed} instructions, the device keeps timestamps of {available}: use a network of fewer layers"
    )]
    Instructions {
        /// Instructions, `END` included.
        needed: usize,
        /// Timestamps of the device.
        available: usize,
    },
    /// The scheduler found no legal start; a defect of the compiler.
    #[error(
        "no legal schedule: {0}\n  hint: this is a defect of the compiler, please report it with the model"
    )]
    Schedule(#[from] Hazard),
    /// A pass reads or writes in a way the machine cannot; a defect of the compiler.
    #[error(
        "layer '{layer}': {what}\n  hint: this is a defect of the compiler, please report it with the model"
    )]
    Internal {
        /// Layer.
        layer: String,
        /// What went wrong.
        what: &'static str,
    },
}

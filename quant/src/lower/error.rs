//! Why a float graph cannot be lowered.

use thiserror::Error;

/// One reason, with model and node by name.
#[derive(Debug, Clone, PartialEq, Error)]
#[allow(missing_docs)]
pub enum LowerError {
    #[error(
        "{model}: node '{node}' ({op}) has no counterpart on the accelerator\n  hint: {remedy}"
    )]
    Unsupported {
        model: String,
        node: String,
        op: &'static str,
        remedy: String,
    },
    #[error(
        "{model}: node '{node}' ({op}): the axes {found} of its operand are not {expected}\n  hint: {remedy}"
    )]
    Axes {
        model: String,
        node: String,
        op: &'static str,
        found: String,
        expected: &'static str,
        remedy: &'static str,
    },
    #[error(
        "{model}: node '{node}' ({op}): {what} must be a constant\n  hint: export the model with constant parameters"
    )]
    NotConstant {
        model: String,
        node: String,
        op: &'static str,
        what: &'static str,
    },
    #[error(
        "{model}: node '{node}' ({op}) reads tensor '{tensor}', which is not an activation computed before it\n  hint: the model is damaged, export it again"
    )]
    NotActivation {
        model: String,
        node: String,
        op: &'static str,
        tensor: String,
    },
    #[error(
        "{model}: node '{node}': {what} contains NaN or an infinity\n  hint: the model is damaged or was not trained"
    )]
    NotFinite {
        model: String,
        node: String,
        what: &'static str,
    },
    #[error(
        "{model}: input '{input}' has shape {shape:?}, expected a batch of 1 and 1 to 3 further axes, none of them empty\n  hint: export the model for one sample of at most 3 axes"
    )]
    InputShape {
        model: String,
        input: String,
        shape: Vec<usize>,
    },
    #[error(
        "{model}: output '{output}' is not computed from the inputs\n  hint: remove the output from the model"
    )]
    ConstantOutput { model: String, output: String },
}

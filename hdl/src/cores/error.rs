//! What can be wrong with the options of a core.

use systole_arch::Multipliers;

use crate::rt::EmitError;

/// Why a core cannot be generated. The message names the option of `systole emit` and what is possible.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// A value outside what the generator can build.
    #[error("--{option} {value} is not possible\n  hint: --{option} must be {possible}")]
    Option {
        /// Option, without the dashes.
        option: &'static str,
        /// What was asked for.
        value: usize,
        /// What can be built.
        possible: String,
    },
    /// Vendor multipliers of a width that does not exist.
    #[error(
        "multipliers {multipliers:?} exist for 8 bits only, not for --data-bits {data_bits}\n  hint: use the generic ones"
    )]
    Multipliers {
        /// The kind asked for.
        multipliers: Multipliers,
        /// The width asked for.
        data_bits: usize,
    },
    /// A dimension that the array cannot cut into whole pieces.
    #[error(
        "{dimension} = {value} does not fit\n  hint: it must be a multiple of --{option} {unit}"
    )]
    NotMultiple {
        /// Dimension of the job.
        dimension: &'static str,
        /// Its size.
        value: usize,
        /// Option that gives the unit.
        option: &'static str,
        /// The unit.
        unit: usize,
    },
    /// The kernel does not fit into the image.
    #[error(
        "--kernel {kernel} does not fit into the image of {height} x {width} with --pad {pad} on every side\n  hint: make the kernel smaller or the pad larger"
    )]
    KernelTooLarge {
        /// Side of the kernel.
        kernel: usize,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// Border on every side.
        pad: usize,
    },
    /// A memory that is too deep.
    #[error(
        "the {memory} memory would need {needed} words, at most {limit} are possible\n  hint: make {remedy} smaller"
    )]
    TooDeep {
        /// Which memory.
        memory: &'static str,
        /// Words needed.
        needed: usize,
        /// Words possible.
        limit: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// The generator refuses a block: a defect of ours.
    #[error("the generator refused the core, which is a defect of systole; please report it: {0}")]
    Emit(#[from] EmitError),
}

/// Checks one option.
pub(super) fn check(
    option: &'static str,
    value: usize,
    fits: bool,
    possible: &str,
) -> Result<(), CoreError> {
    match fits {
        true => Ok(()),
        false => Err(CoreError::Option {
            option,
            value,
            possible: possible.to_owned(),
        }),
    }
}

/// Deepest memory of a core: what a large FPGA can hold, and what its counters can count.
pub(super) const DEEPEST: usize = 1 << 16;

/// Checks the depth of a memory.
pub(super) fn check_depth(
    memory: &'static str,
    needed: usize,
    remedy: &'static str,
) -> Result<(), CoreError> {
    match needed <= DEEPEST {
        true => Ok(()),
        false => Err(CoreError::TooDeep {
            memory,
            needed,
            limit: DEEPEST,
            remedy,
        }),
    }
}

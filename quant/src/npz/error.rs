//! What can be wrong with a data file.

/// Why data could not be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum DataError {
    #[error("{file}: cannot be read: {source}\n  hint: give the path of an .npz file")]
    Read {
        file: String,
        source: std::io::Error,
    },
    #[error(
        "{file}: not a valid .npz file: {reason}\n  hint: write it with numpy.savez or numpy.savez_compressed"
    )]
    Malformed { file: String, reason: String },
    #[error("{file}: array '{array}' cannot be read: {reason}\n  hint: write the file again")]
    Array {
        file: String,
        array: String,
        reason: String,
    },
    #[error(
        "{file}: no array '{wanted}': the file holds {found}\n  hint: name the array with `--inputs-key` or `--labels-key`"
    )]
    MissingArray {
        file: String,
        wanted: String,
        found: String,
    },
    #[error("{file}: '{array}' holds no samples\n  hint: give at least one sample, better 100")]
    Empty { file: String, array: String },
    #[error(
        "{file}: '{labels}' has {found} entries for {expected} samples of '{inputs}'\n  hint: both must describe the same samples; another array is chosen with `--labels-key`"
    )]
    LabelCount {
        file: String,
        inputs: String,
        labels: String,
        found: usize,
        expected: usize,
    },
    #[error(
        "{file}: '{array}' holds {found}, expected {expected}\n  hint: convert the array with numpy.astype, or choose another one with `--labels-key`"
    )]
    ElementType {
        file: String,
        array: String,
        found: String,
        expected: &'static str,
    },
    #[error(
        "{file}: '{array}' contains {found} in sample {sample}\n  hint: inputs must be finite numbers; clean the data"
    )]
    NotFinite {
        file: String,
        array: String,
        found: f32,
        sample: usize,
    },
    #[error(
        "{file}: samples of '{array}' have shape {found:?}, the model's input expects {expected:?}\n  hint: provide data of that shape (HW, HWC and CHW images are converted)"
    )]
    Shape {
        file: String,
        array: String,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error(
        "input scale '{text}' is not a positive number or fraction\n  hint: write for example 1/255"
    )]
    Scale { text: String },
}

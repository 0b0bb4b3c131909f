//! Inputs, labels and reference outputs of a data file.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{ArrayD, Axis};

use super::archive::Npz;
use super::error::DataError;
use super::layout;
use super::scale::InputScale;
use crate::float::{IntType, Value};

/// Names of arrays, where they differ from the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetKeys {
    /// Inputs; default `x`, else `inputs`, `images`, `data`.
    pub inputs: Option<String>,
    /// Labels; default `y`, else `labels`, `targets`.
    pub labels: Option<String>,
}

/// Samples with what is known about them. The first axis of `inputs` and `labels` counts samples.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Name of the file, for messages.
    pub file: String,
    /// Name of the input array.
    pub inputs_key: String,
    /// Inputs as stored, converted to f32, not scaled.
    pub inputs: ArrayD<f32>,
    /// Whether they are stored as unsigned bytes, with values above 1: an image as it comes from a file.
    pub holds_bytes: bool,
    /// Class indices `[N]` or sequences `[N, length]`, if the file has any.
    pub labels: Option<ArrayD<i64>>,
    /// Number of valid entries of each label sequence (array `length`).
    pub lengths: Option<Vec<usize>>,
    /// Outputs another runtime computed (arrays `ref` and `ref_*`).
    pub references: BTreeMap<String, ArrayD<f32>>,
}

const INPUT_KEYS: &[&str] = &["x", "inputs", "images", "data"];
const LABEL_KEYS: &[&str] = &["y", "labels", "targets"];

impl Dataset {
    /// Reads a data file.
    ///
    /// # Errors
    /// The file cannot be read, or has no inputs, or inputs and labels do not match.
    pub fn load(path: &Path, keys: &DatasetKeys) -> Result<Self, DataError> {
        Dataset::from_npz(&Npz::open(path)?, keys)
    }

    /// Recognises the arrays of a file.
    ///
    /// # Errors
    /// As [`Dataset::load`].
    pub fn from_npz(npz: &Npz, keys: &DatasetKeys) -> Result<Self, DataError> {
        let inputs_key = match &keys.inputs {
            Some(key) => key.clone(),
            None => find(npz, INPUT_KEYS, |_| true).ok_or_else(|| npz.missing("x"))?,
        };
        let inputs = real(npz.array(&inputs_key)?);
        let samples = inputs.shape().first().copied().unwrap_or(0);
        if inputs.is_empty() {
            return Err(DataError::Empty {
                file: npz.file.clone(),
                array: inputs_key,
            });
        }
        check_finite(npz, &inputs_key, &inputs)?;
        // One of several arrays under usual names may be something else (class names, say); a lone one of another
        // length is a mistake that must not pass in silence.
        let matching = |value: &Value| value.shape().first() == Some(&samples);
        let labels_key = keys
            .labels
            .clone()
            .or_else(|| find(npz, LABEL_KEYS, matching))
            .or_else(|| find(npz, LABEL_KEYS, |_| true));
        let labels = match labels_key {
            Some(key) => Some(labels(npz, &key, &inputs_key, samples)?),
            None => None,
        };
        let references = npz
            .arrays
            .iter()
            .filter(|(name, _)| *name == "ref" || name.starts_with("ref_"));
        let lengths = npz.arrays.get("length").and_then(Value::as_int);
        Ok(Dataset {
            file: npz.file.clone(),
            holds_bytes: bytes(npz.array(&inputs_key)?),
            inputs_key,
            inputs,
            labels,
            lengths: lengths.map(|tensor| {
                tensor
                    .data
                    .iter()
                    .map(|&length| length.max(0) as usize)
                    .collect()
            }),
            references: references
                .map(|(name, value)| (name.clone(), real(value)))
                .collect(),
        })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.inputs.shape().first().copied().unwrap_or(0)
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `limit` inputs, scaled, each in the shape of the model's input (batch 1 in front).
    ///
    /// # Errors
    /// The samples cannot be brought into that shape; the message names both shapes.
    pub fn samples(
        &self,
        input_shape: &[usize],
        scale: InputScale,
        limit: usize,
    ) -> Result<Vec<ArrayD<f32>>, DataError> {
        let convert = |sample: ndarray::ArrayViewD<'_, f32>| {
            let scaled = sample.mapv(|value| scale.apply(value));
            layout::fit(scaled, input_shape).ok_or_else(|| DataError::Shape {
                file: self.file.clone(),
                array: self.inputs_key.clone(),
                found: sample.shape().to_vec(),
                expected: input_shape.to_vec(),
            })
        };
        if self.inputs.ndim() == 0 {
            return Ok(Vec::new());
        }
        self.inputs
            .axis_iter(Axis(0))
            .take(limit)
            .map(convert)
            .collect()
    }
}

/// The first of some names under which there is a suitable array.
fn find(npz: &Npz, names: &[&str], suitable: impl Fn(&Value) -> bool) -> Option<String> {
    let fits = |name: &&&str| npz.arrays.get(**name).is_some_and(&suitable);
    names.iter().find(fits).map(|name| name.to_string())
}

fn labels(npz: &Npz, key: &str, inputs: &str, samples: usize) -> Result<ArrayD<i64>, DataError> {
    let value = npz.array(key)?;
    let found = value.shape().first().copied().unwrap_or(0);
    if found != samples {
        return Err(DataError::LabelCount {
            file: npz.file.clone(),
            inputs: inputs.into(),
            labels: key.into(),
            found,
            expected: samples,
        });
    }
    value
        .as_int()
        .map(|tensor| tensor.data.clone())
        .ok_or_else(|| DataError::ElementType {
            file: npz.file.clone(),
            array: key.into(),
            found: value.element_type().to_string(),
            expected: "integer labels",
        })
}

fn check_finite(npz: &Npz, key: &str, inputs: &ArrayD<f32>) -> Result<(), DataError> {
    let per_sample: usize = inputs.shape().iter().skip(1).product();
    match inputs
        .iter()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        None => Ok(()),
        Some((index, &found)) => Err(DataError::NotFinite {
            file: npz.file.clone(),
            array: key.into(),
            found,
            sample: index / per_sample.max(1),
        }),
    }
}

fn real(value: &Value) -> ArrayD<f32> {
    match value {
        Value::Float(array) => array.clone(),
        Value::Int(tensor) => tensor.data.mapv(|value| value as f32),
    }
}

/// Whether an array holds unsigned bytes that are more than a mask.
fn bytes(value: &Value) -> bool {
    value.as_int().is_some_and(|tensor| {
        tensor.kind == IntType::U8 && tensor.data.iter().any(|&value| value > 1)
    })
}

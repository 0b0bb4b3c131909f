//! From an ONNX file to an integer network.

use std::path::Path;

use anyhow::Context;
use systole_quant::calibrate::Dataset;
use systole_quant::float::Graph;
use systole_quant::import::{ImportOptions, import_bytes, import_file};
use systole_quant::lower::lower;
use systole_quant::quantize::{Options, Quantized};

/// Imports a model from a file, or from memory under a name; refuses what the accelerator cannot do before any data is
/// looked at.
pub(crate) fn import(
    name: &Path,
    bytes: Option<&[u8]>,
    options: &ImportOptions,
) -> anyhow::Result<Graph> {
    let model = match bytes {
        Some(bytes) => import_bytes(bytes, &name.to_string_lossy(), options)?,
        None => import_file(name, options)?,
    };
    lower(&model)?;
    Ok(model)
}

/// Calibrates on real data and fixes every integer; says aloud which layers lose much.
pub(crate) fn quantize(
    model: &Graph,
    data: &Dataset,
    options: &Options,
) -> anyhow::Result<Quantized> {
    let quantized = systole_quant::quantize::quantize(model, data, options)
        .with_context(|| format!("cannot quantize {}", model.name))?;
    for warning in &quantized.warnings {
        tracing::warn!("{warning}");
    }
    Ok(quantized)
}

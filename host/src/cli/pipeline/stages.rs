//! From an ONNX file to an integer network.

use std::path::Path;

use systole_quant::calibrate::{Dataset, Method, Statistics, calibrate};
use systole_quant::float::Graph;
use systole_quant::import::{ImportOptions, import_bytes, import_file};
use systole_quant::integer::IntGraph;
use systole_quant::lower::{LoweredGraph, lower};

/// An integer network and how close each of its layers is to the float network.
pub(crate) struct Quantized {
    /// The integer network.
    pub(crate) graph: IntGraph,
    /// Signal to noise of each layer, decibels.
    pub(crate) sqnr_db: Vec<Option<f64>>,
}

/// Imports a model from a file, or from memory under a name.
pub(crate) fn import(name: &Path, bytes: Option<&[u8]>) -> anyhow::Result<Graph> {
    let options = ImportOptions::default();
    Ok(match bytes {
        Some(bytes) => import_bytes(bytes, &name.to_string_lossy(), &options)?,
        None => import_file(name, &options)?,
    })
}

/// Calibrates on real data and fixes every integer.
pub(crate) fn quantize(model: &Graph, data: &Dataset, method: Method) -> anyhow::Result<Quantized> {
    let lowered = lower(model)?;
    let statistics = calibrate(model, &lowered, data, method)?;
    integers(&lowered, &statistics)
}

/// Ranges to integers.
fn integers(lowered: &LoweredGraph, statistics: &[Statistics]) -> anyhow::Result<Quantized> {
    // The one place where the quantizer of the `quant` crate is plugged in.
    anyhow::bail!(
        "`{}`: {} tensors are calibrated; this version has no quantizer",
        lowered.name,
        statistics.len()
    )
}

/// Reads a `.sysq` file.
pub(crate) fn load_graph(path: &Path) -> anyhow::Result<IntGraph> {
    // The one place where the reader of the `quant` crate is plugged in.
    anyhow::bail!(
        "{}: this version cannot read integer networks",
        path.display()
    )
}

/// The bytes of a `.sysq` file.
pub(crate) fn encode_graph(graph: &IntGraph) -> anyhow::Result<Vec<u8>> {
    // The one place where the writer of the `quant` crate is plugged in.
    anyhow::bail!(
        "`{}`: this version cannot write integer networks",
        graph.name
    )
}

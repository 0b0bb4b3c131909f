//! `.sysq` files: a quantized model on disk.
//!
//! ```text
//! "SYSQ"  version  header bytes  header (JSON)  weights and biases, layer by layer  CRC-32 of all before
//! ```
//!
//! Numbers are 32-bit little endian. The header is the graph without the weights and biases of its convolutions and
//! recurrent layers, and counts them, so that every cut is noticed before anything is read. A weight is one byte, a bias
//! is 8. A convolution has one section, a recurrent layer two: the input part and the recurrent part.

mod error;
mod reader;

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{IntGraph, LayerOp};
pub use error::FileError;
use reader::Reader;

const MAGIC: &[u8; 4] = b"SYSQ";
/// Version of the file format.
pub const FILE_VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Its layers have neither weights nor biases.
    graph: IntGraph,
    /// For each weight tensor, in the order of the layers.
    sections: Vec<Section>,
}

/// How many values follow for one weight tensor.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    weights: usize,
    bias: usize,
}

impl IntGraph {
    /// The graph as the bytes of a `.sysq` file.
    ///
    /// # Errors
    /// The graph is not valid, so that it could not be read again.
    pub fn encode(&self) -> Result<Vec<u8>, FileError> {
        let origin = || self.name.clone();
        self.validate().map_err(|source| FileError::Graph {
            origin: origin(),
            source: Box::new(source),
        })?;
        let mut graph = self.clone();
        let tensors: Vec<(Vec<i8>, Vec<i64>)> = parameters(&mut graph)
            .map(|(weights, bias)| (std::mem::take(weights), std::mem::take(bias)))
            .collect();
        let sections = tensors.iter().map(|(weights, bias)| Section {
            weights: weights.len(),
            bias: bias.len(),
        });
        let header = Header {
            sections: sections.collect(),
            graph,
        };
        let json = serde_json::to_vec(&header).map_err(|source| FileError::Header {
            origin: origin(),
            source,
        })?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FILE_VERSION.to_le_bytes());
        bytes.extend((json.len() as u32).to_le_bytes());
        bytes.extend(json);
        for (weights, bias) in tensors {
            bytes.extend(weights.iter().map(|&w| w as u8));
            bytes.extend(bias.iter().flat_map(|b| b.to_le_bytes()));
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of a `.sysq` file; `origin` names it in errors. Hostile bytes give an error, never a panic; the
    /// graph that is returned is valid.
    ///
    /// # Errors
    /// One for each kind of damage, see [`FileError`].
    pub fn decode(bytes: &[u8], origin: &str) -> Result<Self, FileError> {
        if !bytes.starts_with(MAGIC) {
            return Err(FileError::Magic {
                origin: origin.into(),
            });
        }
        let mut reader = Reader::new(bytes, origin);
        reader.take(MAGIC.len())?;
        let found = reader.word()?;
        if found != FILE_VERSION {
            return Err(FileError::Version {
                origin: origin.into(),
                found,
                expected: FILE_VERSION,
            });
        }
        let length = reader.word()? as usize;
        let json = reader.take(length)?;
        let header = serde_json::from_slice(json).map_err(|source| FileError::Header {
            origin: origin.into(),
            source,
        })?;
        let graph = reader.graph(header)?;
        graph.validate().map_err(|source| FileError::Graph {
            origin: origin.into(),
            source: Box::new(source),
        })?;
        Ok(graph)
    }

    /// Writes a file: completely, or not at all.
    ///
    /// # Errors
    /// The graph is not valid, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        let bytes = self.encode()?;
        let io = |source| FileError::Write {
            origin: path.display().to_string(),
            source,
        };
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        file.write_all(&bytes).map_err(io)?;
        file.persist(path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged: see [`FileError`].
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let origin = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| FileError::Read {
            origin: origin.clone(),
            source,
        })?;
        Self::decode(&bytes, &origin)
    }
}

/// Weights with their biases, in the order of the layers.
fn parameters(graph: &mut IntGraph) -> impl Iterator<Item = (&mut Vec<i8>, &mut Vec<i64>)> {
    graph
        .layers
        .iter_mut()
        .flat_map(|layer| match &mut layer.op {
            LayerOp::Conv(conv) => vec![(&mut conv.weights, &mut conv.bias)],
            LayerOp::Recurrent(op) => vec![
                (&mut op.input.weights, &mut op.input.bias),
                (&mut op.recurrent.weights, &mut op.recurrent.bias),
            ],
            _ => Vec::new(),
        })
}

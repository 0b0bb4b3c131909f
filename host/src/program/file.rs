//! `.sysp` files: a compiled program on disk.
//!
//! ```text
//! "SYSP"  version  header bytes  header (JSON)  instructions  weights  parameters  tables  CRC-32 of all before
//! ```
//!
//! Numbers are 32-bit little endian. Instructions are their words; a parameter is its bias in 8 bytes, `M` in 2, `s` in
//! 1; weights and tables are bytes. The header counts them, so that every cut is noticed before anything is read.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use systole_arch::{Arch, Instruction, isa};
use systole_quant::integer::HostOp;

use super::{Binding, LayerPlan, Parameter, Program, ProgramError, StateBinding};

const MAGIC: &[u8; 4] = b"SYSP";
/// Version of the file format.
pub const FILE_VERSION: u32 = 4;
const PARAMETER_BYTES: usize = 11;
const TABLE_BYTES: usize = 256;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    arch: Arch,
    instructions: usize,
    weights: usize,
    parameters: usize,
    tables: usize,
    starts: Vec<u64>,
    inputs: Vec<Binding>,
    outputs: Vec<Binding>,
    layers: Vec<LayerPlan>,
    host_ops: Vec<Vec<HostOp>>,
    states: Vec<StateBinding>,
    keeps_states: bool,
}

impl Program {
    /// The program as the bytes of a `.sysp` file.
    ///
    /// # Errors
    /// The header cannot be written as JSON (a scale that is no number).
    pub fn encode(&self) -> Result<Vec<u8>, ProgramError> {
        let header = Header {
            name: self.name.clone(),
            arch: self.arch.clone(),
            instructions: self.instructions.len(),
            weights: self.weights.len(),
            parameters: self.parameters.len(),
            tables: self.tables.len(),
            starts: self.starts.clone(),
            inputs: self.inputs.clone(),
            outputs: self.outputs.clone(),
            layers: self.layers.clone(),
            host_ops: self.host_ops.clone(),
            states: self.states.clone(),
            keeps_states: self.keeps_states,
        };
        let origin = || self.name.clone();
        let json = serde_json::to_vec(&header).map_err(|source| ProgramError::Header {
            origin: origin(),
            source,
        })?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FILE_VERSION.to_le_bytes());
        bytes.extend((json.len() as u32).to_le_bytes());
        bytes.extend(json);
        let words = self
            .instructions
            .iter()
            .flat_map(|instruction| instruction.words);
        bytes.extend(words.flat_map(u32::to_le_bytes));
        bytes.extend(self.weights.iter().map(|&w| w as u8));
        for p in &self.parameters {
            bytes.extend(p.bias.to_le_bytes());
            bytes.extend(p.m.to_le_bytes());
            bytes.push(p.s);
        }
        bytes.extend(self.tables.iter().flatten().map(|&entry| entry as u8));
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of a `.sysp` file; `origin` names it in errors. Hostile bytes give an error, never a panic.
    ///
    /// # Errors
    /// One for each kind of damage, see [`ProgramError`].
    pub fn decode(bytes: &[u8], origin: &str) -> Result<Self, ProgramError> {
        let mut reader = Reader {
            bytes,
            at: 0,
            origin,
        };
        if !bytes.starts_with(MAGIC) {
            return Err(ProgramError::Magic {
                origin: origin.into(),
            });
        }
        reader.take(MAGIC.len())?;
        let found = reader.word()?;
        if found != FILE_VERSION {
            return Err(ProgramError::Version {
                origin: origin.into(),
                found,
                expected: FILE_VERSION,
            });
        }
        let length = reader.word()? as usize;
        let json = reader.take(length)?;
        let header: Header =
            serde_json::from_slice(json).map_err(|source| ProgramError::Header {
                origin: origin.into(),
                source,
            })?;
        let program = reader.sections(header)?;
        program.validate(origin)?;
        Ok(program)
    }

    /// Writes a file: completely, or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ProgramError> {
        let bytes = self.encode()?;
        let io = |source| ProgramError::Write {
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
    /// The file cannot be read, or is damaged: see [`ProgramError`].
    pub fn load(path: &Path) -> Result<Self, ProgramError> {
        let origin = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| ProgramError::Read {
            origin: origin.clone(),
            source,
        })?;
        Self::decode(&bytes, &origin)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    origin: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ProgramError> {
        let end = self.at.saturating_add(count);
        let part = self
            .bytes
            .get(self.at..end)
            .ok_or_else(|| self.truncated(end))?;
        self.at = end;
        Ok(part)
    }

    fn truncated(&self, expected: usize) -> ProgramError {
        ProgramError::Truncated {
            origin: self.origin.into(),
            found: self.bytes.len(),
            expected,
        }
    }

    fn word(&mut self) -> Result<u32, ProgramError> {
        Ok(little_endian(self.take(4)?) as u32)
    }

    fn sections(mut self, header: Header) -> Result<Program, ProgramError> {
        let sizes = [
            header.instructions.saturating_mul(isa::WORDS * 4),
            header.weights,
            header.parameters.saturating_mul(PARAMETER_BYTES),
            header.tables.saturating_mul(TABLE_BYTES),
        ];
        let end = sizes
            .iter()
            .fold(self.at, |end, &size| end.saturating_add(size))
            .saturating_add(4);
        if end > self.bytes.len() {
            return Err(self.truncated(end));
        }
        if end < self.bytes.len() {
            return Err(ProgramError::Trailing {
                origin: self.origin.into(),
                extra: self.bytes.len() - end,
            });
        }
        let [instructions, weights, parameters, tables] = [0, 1, 2, 3].map(|n| self.take(sizes[n]));
        let found = crc32fast::hash(&self.bytes[..self.at]);
        let expected = self.word()?;
        if found != expected {
            return Err(ProgramError::Checksum {
                origin: self.origin.into(),
                found,
                expected,
            });
        }
        let signed = |bytes: &[u8]| bytes.iter().map(|&b| b as i8).collect::<Vec<i8>>();
        Ok(Program {
            name: header.name,
            arch: header.arch,
            instructions: instructions?
                .chunks_exact(isa::WORDS * 4)
                .map(instruction)
                .collect(),
            starts: header.starts,
            weights: signed(weights?),
            parameters: parameters?
                .chunks_exact(PARAMETER_BYTES)
                .map(parameter)
                .collect(),
            tables: tables?.chunks_exact(TABLE_BYTES).map(signed).collect(),
            inputs: header.inputs,
            outputs: header.outputs,
            layers: header.layers,
            host_ops: header.host_ops,
            states: header.states,
            keeps_states: header.keeps_states,
        })
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn instruction(bytes: &[u8]) -> Instruction {
    let mut words = [0; isa::WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = little_endian(bytes) as u32;
    }
    Instruction { words }
}

fn parameter(bytes: &[u8]) -> Parameter {
    let (bias, rest) = bytes.split_at(8);
    let (m, s) = rest.split_at(2);
    Parameter {
        bias: little_endian(bias) as i64,
        m: little_endian(m) as u16,
        s: little_endian(s) as u8,
    }
}

//! Reads all numeric arrays of an `.npz` file.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::DataError;
use super::npy;
use crate::float::Value;

/// The numeric arrays of a file, by name.
#[derive(Debug, Clone)]
pub struct Npz {
    /// Name of the file, for messages.
    pub file: String,
    /// Arrays by name; every numeric type is brought to f32 or i64.
    pub arrays: BTreeMap<String, Value>,
    /// Arrays that hold something else (texts, objects).
    pub skipped: Vec<String>,
}

impl Npz {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(path).map_err(|source| DataError::Read {
            file: path.display().to_string(),
            source,
        })?;
        Npz::from_bytes(&bytes, &file)
    }

    /// Reads a file that is in memory; `file` is its name for messages.
    ///
    /// # Errors
    /// As [`Npz::open`].
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self, DataError> {
        let no_archive = |_| DataError::Malformed {
            file: file.into(),
            reason: "it is no zip archive, or it is cut short".into(),
        };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(no_archive)?;
        let mut npz = Npz {
            file: file.into(),
            arrays: BTreeMap::new(),
            skipped: Vec::new(),
        };
        let mut room = most_bytes(bytes.len());
        for index in 0..archive.len() {
            let (name, value) =
                member(&mut archive, index, &mut room).map_err(|(array, reason)| {
                    DataError::Array {
                        file: file.into(),
                        array,
                        reason,
                    }
                })?;
            match value {
                Some(value) => {
                    npz.arrays.insert(name, value);
                }
                None => npz.skipped.push(name),
            }
        }
        Ok(npz)
    }

    /// An array by name.
    ///
    /// # Errors
    /// There is none; the message lists those there are.
    pub fn array(&self, name: &str) -> Result<&Value, DataError> {
        self.arrays.get(name).ok_or_else(|| self.missing(name))
    }

    pub(super) fn missing(&self, wanted: &str) -> DataError {
        let describe = |(name, value): (&String, &Value)| format!("{name}{:?}", value.shape());
        DataError::MissingArray {
            file: self.file.clone(),
            wanted: wanted.into(),
            found: match self.arrays.is_empty() {
                true => "no numeric arrays".into(),
                false => self
                    .arrays
                    .iter()
                    .map(describe)
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        }
    }
}

/// Compression makes a file at most about 1032 times smaller; whatever claims more is a trap.
fn most_bytes(compressed: usize) -> u64 {
    (compressed as u64)
        .saturating_mul(1032)
        .saturating_add(1024)
}

/// Reads one member and decodes it; an error comes with the name of the array.
fn member(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    room: &mut u64,
) -> Result<(String, Option<Value>), (String, String)> {
    let unnamed = |error: ZipError| (format!("number {index}"), error.to_string());
    let mut file = archive.by_index(index).map_err(unnamed)?;
    let name = file
        .name()
        .strip_suffix(".npy")
        .unwrap_or(file.name())
        .to_owned();
    let refuse = |reason: String| (name.clone(), reason);
    let mut bytes = Vec::new();
    let read = file.by_ref().take(*room + 1).read_to_end(&mut bytes);
    read.map_err(|error| refuse(error.to_string()))?;
    *room = room
        .checked_sub(bytes.len() as u64)
        .ok_or_else(|| refuse("the archive unpacks to more than is possible".into()))?;
    if !file.name().ends_with(".npy") {
        return Ok((name, None));
    }
    let value = npy::decode(&bytes).map_err(refuse)?;
    Ok((name, value))
}

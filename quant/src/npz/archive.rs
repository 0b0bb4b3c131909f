//! Reads all numeric arrays of an `.npz` file.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpzError, ReadableElement};

use super::error::DataError;
use crate::float::{IntTensor, IntType, Value};

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
        let malformed = |error: ReadNpzError| DataError::Malformed {
            file: file.into(),
            reason: error.to_string(),
        };
        let no_archive = |_| DataError::Malformed {
            file: file.into(),
            reason: "it is no zip archive, or it is cut short".into(),
        };
        let mut reader = NpzReader::new(Cursor::new(bytes)).map_err(no_archive)?;
        let mut npz = Npz {
            file: file.into(),
            arrays: BTreeMap::new(),
            skipped: Vec::new(),
        };
        for name in reader.names().map_err(malformed)? {
            match read_any(&mut reader, &name) {
                Ok(Some(value)) => {
                    npz.arrays.insert(name, value);
                }
                Ok(None) => npz.skipped.push(name),
                Err(reason) => {
                    return Err(DataError::Array {
                        file: file.into(),
                        array: name,
                        reason,
                    });
                }
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

type Reader<'r, R> = &'r mut NpzReader<R>;

/// Tries the element types one after the other; `None` if it is none of them.
fn read_any<R: Read + Seek>(reader: Reader<'_, R>, name: &str) -> Result<Option<Value>, String> {
    let integers = |data: ArrayD<i64>, kind| Some(Value::Int(IntTensor { data, kind }));
    macro_rules! try_integers {
        ($($element:ty => $kind:ident),*) => {
            $(if let Some(array) = read::<$element, R>(reader, name)? {
                return Ok(integers(array.mapv(i64::from), IntType::$kind));
            })*
        };
    }
    if let Some(array) = read::<f32, R>(reader, name)? {
        return Ok(Some(Value::Float(array)));
    }
    if let Some(array) = read::<f64, R>(reader, name)? {
        return Ok(Some(Value::Float(array.mapv(|value| value as f32))));
    }
    try_integers!(u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, i64 => I64, bool => Bool);
    Ok(None)
}

/// Reads an array if it holds elements of type `T`.
fn read<T: ReadableElement, R: Read + Seek>(
    reader: Reader<'_, R>,
    name: &str,
) -> Result<Option<ArrayD<T>>, String> {
    match reader.by_name::<OwnedRepr<T>, IxDyn>(name) {
        Ok(array) => Ok(Some(array)),
        Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

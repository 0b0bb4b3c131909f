//! One array in NumPy's own format.
//!
//! Read here, not by a library: the file is not trusted, and every size is compared with the bytes that are there before
//! memory is asked for.

use half::f16;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use super::npy_header::Header;
use crate::float::{IntTensor, IntType, Value};

/// Most axes of an array, as in NumPy itself.
const MOST_AXES: usize = 32;

/// Decodes an array; `None` if its elements are no numbers that are read here (texts, objects, records).
pub(super) fn decode(bytes: &[u8]) -> Result<Option<Value>, String> {
    let (header, data) = Header::split(bytes)?;
    let Some((order, code)) = header.element() else {
        return Ok(None);
    };
    let array = Array {
        header: &header,
        data,
        swapped: order == '>',
    };
    let integers = |kind, data| Some(Value::Int(IntTensor { data, kind }));
    let real = |data| Some(Value::Float(data));
    Ok(match code {
        "f2" => real(array.read(|b| f16::from_le_bytes(b).to_f32())?),
        "f4" => real(array.read(f32::from_le_bytes)?),
        "f8" => real(array.read(|b| f64::from_le_bytes(b) as f32)?),
        "b1" => integers(IntType::Bool, array.read(|[b]| i64::from(b != 0))?),
        "u1" => integers(IntType::U8, array.read(|[b]| i64::from(b))?),
        "i1" => integers(IntType::I8, array.read(|[b]| i64::from(b as i8))?),
        "u2" => integers(IntType::U16, array.read(|b| u16::from_le_bytes(b).into())?),
        "i2" => integers(IntType::I16, array.read(|b| i16::from_le_bytes(b).into())?),
        "u4" => integers(IntType::U32, array.read(|b| u32::from_le_bytes(b).into())?),
        "i4" => integers(IntType::I32, array.read(|b| i32::from_le_bytes(b).into())?),
        "i8" => integers(IntType::I64, array.read(i64::from_le_bytes)?),
        _ => None,
    })
}

struct Array<'a> {
    header: &'a Header,
    data: &'a [u8],
    swapped: bool,
}

impl Array<'_> {
    /// Every element of `N` bytes, converted; the number of bytes must be right.
    fn read<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Result<ArrayD<T>, String> {
        let shape = &self.header.shape;
        if shape.len() > MOST_AXES {
            return Err(format!(
                "it has {} axes, at most {MOST_AXES} are possible",
                shape.len()
            ));
        }
        let bytes = shape.iter().try_fold(N, |n, &dim| n.checked_mul(dim));
        if bytes != Some(self.data.len()) {
            let found = self.data.len();
            return Err(format!(
                "shape {shape:?} of {N} bytes each does not fit its {found} bytes"
            ));
        }
        let values = self.data.chunks_exact(N).map(|chunk| {
            let mut element = [0; N];
            element.copy_from_slice(chunk);
            if self.swapped {
                element.reverse();
            }
            convert(element)
        });
        let layout = IxDyn(shape).set_f(self.header.fortran_order);
        ArrayD::from_shape_vec(layout, values.collect()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn orders_and_types() {
        let row = npy(
            "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }\n",
            &[1, 0, 2, 0, 3, 0, 255, 255],
        );
        let Ok(Some(Value::Int(row))) = decode(&row) else {
            panic!()
        };
        assert_eq!((row.data[[0, 1]], row.data[[1, 1]]), (2, -1));
        let column = npy(
            "{\"shape\": (2,2), \"fortran_order\": True, \"descr\": \">u2\"}",
            &[0, 1, 0, 2, 0, 3, 0, 4],
        );
        let Ok(Some(Value::Int(column))) = decode(&column) else {
            panic!()
        };
        assert_eq!(column.data[[0, 1]], 3);
        let scalar = npy(
            "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
            &1.5f32.to_le_bytes(),
        );
        let Ok(Some(Value::Float(scalar))) = decode(&scalar) else {
            panic!()
        };
        assert_eq!(scalar.ndim(), 0);
        let text = npy(
            "{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}",
            &[0; 4],
        );
        assert!(matches!(decode(&text), Ok(None)));
    }

    /// Found by fuzzing: a header of gigabytes, an array of gigabytes, in a file of a few bytes.
    #[test]
    fn sizes_are_checked_before_memory_is_asked_for() {
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend(0x6b73_0000u32.to_le_bytes());
        assert!(decode(&long).unwrap_err().contains("cut short"));
        for shape in [
            "(4000000000, 4000000000)",
            "(99999999999,)",
            "(0, 3)",
            "(1,)",
        ] {
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
            assert!(decode(&npy(&header, &[0; 8])).is_err(), "{shape}");
        }
    }
}

//! Tensors stored in a model file.

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use rten_onnx::onnx::{DataLocation, DataType, TensorProto};

use super::error::ImportError;
use crate::float::ops::{MAX_ELEMENTS, checked_size};
use crate::float::{ElementType, IntTensor, IntType, Value};

/// Our type for an ONNX element type, `None` if there is none.
pub(super) fn element_type(data_type: DataType) -> Option<ElementType> {
    Some(ElementType::Int(match data_type {
        DataType::FLOAT | DataType::FLOAT16 | DataType::BFLOAT16 | DataType::DOUBLE => {
            return Some(ElementType::Float);
        }
        DataType::BOOL => IntType::Bool,
        DataType::UINT8 => IntType::U8,
        DataType::INT8 => IntType::I8,
        DataType::UINT16 => IntType::U16,
        DataType::INT16 => IntType::I16,
        DataType::UINT32 => IntType::U32,
        DataType::INT32 => IntType::I32,
        DataType::UINT64 => IntType::U64,
        DataType::INT64 => IntType::I64,
        _ => return None,
    }))
}

/// Decodes a stored tensor. `file` and `name` are for messages.
pub(super) fn value(proto: &TensorProto, file: &str, name: &str) -> Result<Value, ImportError> {
    let (file, tensor) = (file.to_string(), name.to_string());
    if proto.data_location == Some(DataLocation::EXTERNAL) || !proto.external_data.is_empty() {
        return Err(ImportError::ExternalData { file, tensor });
    }
    let data_type = proto.data_type.unwrap_or(DataType(0));
    let Some(element) = element_type(data_type) else {
        return Err(ImportError::TensorType {
            file,
            tensor,
            found: data_type.to_string(),
        });
    };
    let dims: Option<Vec<usize>> = proto
        .dims
        .iter()
        .map(|&dim| usize::try_from(dim).ok())
        .collect();
    let Some((shape, size)) =
        dims.and_then(|shape| checked_size(&shape).ok().map(|size| (shape, size)))
    else {
        let shape = proto.dims.clone();
        return Err(ImportError::TensorSize {
            file,
            tensor,
            shape,
            limit: MAX_ELEMENTS,
        });
    };
    let mismatch = |found: String, expected: String| ImportError::TensorData {
        file: file.clone(),
        tensor: tensor.clone(),
        found,
        expected,
    };
    let data = match raw(proto) {
        Some(bytes) => {
            let width = width(data_type);
            if bytes.len() != size * width {
                let found = format!("{} bytes", bytes.len());
                return Err(mismatch(
                    found,
                    format!("{} bytes for {shape:?} {data_type}", size * width),
                ));
            }
            from_raw(&bytes, data_type)
        }
        None => from_fields(proto, data_type),
    };
    if data.len() != size {
        return Err(mismatch(
            format!("{} values", data.len()),
            format!("{size} values for {shape:?} {data_type}"),
        ));
    }
    if let Data::Float(values) = &data {
        check_finite(values, &file, &tensor)?;
    }
    data.into_value(&shape, element)
        .ok_or_else(|| mismatch("a wrong number of values".into(), format!("{size}")))
}

/// Flat elements.
enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Data::Float(values) => values.len(),
            Data::Int(values) => values.len(),
        }
    }

    fn into_value(self, shape: &[usize], element: ElementType) -> Option<Value> {
        match (self, element) {
            (Data::Float(values), _) => ArrayD::from_shape_vec(IxDyn(shape), values)
                .ok()
                .map(Value::Float),
            (Data::Int(values), ElementType::Int(kind)) => {
                let values = values.into_iter().map(|value| kind.wrap(value)).collect();
                let data = ArrayD::from_shape_vec(IxDyn(shape), values).ok()?;
                Some(Value::Int(IntTensor { data, kind }))
            }
            (Data::Int(_), ElementType::Float) => None,
        }
    }
}

/// The packed bytes, unless the typed fields hold the data.
fn raw(proto: &TensorProto) -> Option<Vec<u8>> {
    let bytes = proto.raw_data.as_ref()?.borrow();
    let typed = proto.float_data.len()
        + proto.int32_data.len()
        + proto.int64_data.len()
        + proto.double_data.len();
    (!bytes.is_empty() || typed == 0).then(|| bytes.clone())
}

/// Bytes of one element in packed data.
fn width(data_type: DataType) -> usize {
    match data_type {
        DataType::BOOL | DataType::UINT8 | DataType::INT8 => 1,
        DataType::UINT16 | DataType::INT16 | DataType::FLOAT16 | DataType::BFLOAT16 => 2,
        DataType::FLOAT | DataType::UINT32 | DataType::INT32 => 4,
        _ => 8,
    }
}

/// Little-endian elements.
fn from_raw(bytes: &[u8], data_type: DataType) -> Data {
    match data_type {
        DataType::FLOAT => Data::Float(chunks(bytes, f32::from_le_bytes)),
        DataType::FLOAT16 => Data::Float(chunks(bytes, |b| f16::from_le_bytes(b).to_f32())),
        DataType::BFLOAT16 => Data::Float(chunks(bytes, |b| bf16::from_le_bytes(b).to_f32())),
        DataType::DOUBLE => Data::Float(chunks(bytes, |b| f64::from_le_bytes(b) as f32)),
        DataType::BOOL | DataType::UINT8 => {
            Data::Int(chunks(bytes, |b| u8::from_le_bytes(b).into()))
        }
        DataType::INT8 => Data::Int(chunks(bytes, |b| i8::from_le_bytes(b).into())),
        DataType::UINT16 => Data::Int(chunks(bytes, |b| u16::from_le_bytes(b).into())),
        DataType::INT16 => Data::Int(chunks(bytes, |b| i16::from_le_bytes(b).into())),
        DataType::UINT32 => Data::Int(chunks(bytes, |b| u32::from_le_bytes(b).into())),
        DataType::INT32 => Data::Int(chunks(bytes, |b| i32::from_le_bytes(b).into())),
        _ => Data::Int(chunks(bytes, i64::from_le_bytes)),
    }
}

fn chunks<const N: usize, T>(bytes: &[u8], decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|chunk| decode(*chunk))
        .collect()
}

/// The typed fields: each element type has its field in `onnx.proto`; 16-bit floats are stored as bits.
fn from_fields(proto: &TensorProto, data_type: DataType) -> Data {
    let bits = |convert: fn(u16) -> f32| {
        Data::Float(
            proto
                .int32_data
                .iter()
                .map(|&bits| convert(bits as u16))
                .collect(),
        )
    };
    match data_type {
        DataType::FLOAT => Data::Float(proto.float_data.clone()),
        DataType::DOUBLE => Data::Float(
            proto
                .double_data
                .iter()
                .map(|&value| value as f32)
                .collect(),
        ),
        DataType::FLOAT16 => bits(|bits| f16::from_bits(bits).to_f32()),
        DataType::BFLOAT16 => bits(|bits| bf16::from_bits(bits).to_f32()),
        DataType::INT64 => Data::Int(proto.int64_data.clone()),
        _ => Data::Int(proto.int32_data.iter().map(|&value| value.into()).collect()),
    }
}

/// Refuses NaN and infinite weights. A single infinite value is a legal bound (Clip, Pad).
fn check_finite(values: &[f32], file: &str, tensor: &str) -> Result<(), ImportError> {
    let bad = |value: &f32| value.is_nan() || (value.is_infinite() && values.len() > 1);
    match values.iter().position(bad) {
        None => Ok(()),
        Some(index) => Err(ImportError::NotFinite {
            file: file.into(),
            tensor: tensor.into(),
            found: values[index],
            index,
        }),
    }
}

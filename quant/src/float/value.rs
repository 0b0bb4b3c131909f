//! The values that flow through a float graph.
//!
//! Networks compute in f32; everything integer (shapes, indices, quantized tensors, masks) is held as i64 with
//! the type it was declared with, so that one implementation serves all integer widths.

use std::fmt;

use ndarray::ArrayD;

/// A tensor value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Real numbers. f16, bf16 and f64 are converted to f32 at import.
    Float(ArrayD<f32>),
    /// Integers and booleans of any width.
    Int(IntTensor),
}

/// Integers held as i64 together with their declared type.
#[derive(Debug, Clone, PartialEq)]
pub struct IntTensor {
    /// The elements; each lies in the range of `kind`.
    pub data: ArrayD<i64>,
    /// The declared type.
    pub kind: IntType,
}

/// The declared type of an integer tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum IntType {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
}

/// The kind of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// f32.
    Float,
    /// An integer or boolean type.
    Int(IntType),
}

impl IntType {
    /// Smallest and largest value. For `U64` the upper end is that of i64, in which all integers are held.
    pub fn range(self) -> (i64, i64) {
        match self {
            IntType::Bool => (0, 1),
            IntType::U8 => (0, 255),
            IntType::I8 => (-128, 127),
            IntType::U16 => (0, 65_535),
            IntType::I16 => (-32_768, 32_767),
            IntType::U32 => (0, u32::MAX as i64),
            IntType::I32 => (i32::MIN as i64, i32::MAX as i64),
            IntType::U64 => (0, i64::MAX),
            IntType::I64 => (i64::MIN, i64::MAX),
        }
    }

    /// Brings the result of integer arithmetic back into this type, as two's complement hardware does.
    pub fn wrap(self, value: i64) -> i64 {
        match self {
            IntType::Bool => i64::from(value != 0),
            IntType::U8 => value as u8 as i64,
            IntType::I8 => value as i8 as i64,
            IntType::U16 => value as u16 as i64,
            IntType::I16 => value as i16 as i64,
            IntType::U32 => value as u32 as i64,
            IntType::I32 => value as i32 as i64,
            IntType::U64 | IntType::I64 => value,
        }
    }
}

impl Value {
    /// Dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        match self {
            Value::Float(array) => array.shape(),
            Value::Int(tensor) => tensor.data.shape(),
        }
    }

    /// The kind of the elements.
    pub fn element_type(&self) -> ElementType {
        match self {
            Value::Float(_) => ElementType::Float,
            Value::Int(tensor) => ElementType::Int(tensor.kind),
        }
    }

    /// The array, if this value is real.
    pub fn as_float(&self) -> Option<&ArrayD<f32>> {
        match self {
            Value::Float(array) => Some(array),
            Value::Int(_) => None,
        }
    }

    /// The integers, if this value is integer.
    pub fn as_int(&self) -> Option<&IntTensor> {
        match self {
            Value::Float(_) => None,
            Value::Int(tensor) => Some(tensor),
        }
    }

    /// An i64 tensor, the type of shapes and indices.
    pub fn int64(data: ArrayD<i64>) -> Value {
        Value::Int(IntTensor {
            data,
            kind: IntType::I64,
        })
    }

    /// All zeros.
    pub fn zeros(element: ElementType, shape: &[usize]) -> Value {
        match element {
            ElementType::Float => Value::Float(ArrayD::zeros(shape)),
            ElementType::Int(kind) => Value::Int(IntTensor {
                data: ArrayD::zeros(shape),
                kind,
            }),
        }
    }
}

impl From<ArrayD<f32>> for Value {
    fn from(array: ArrayD<f32>) -> Self {
        Value::Float(array)
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ElementType::Float => f.write_str("float32"),
            ElementType::Int(IntType::Bool) => f.write_str("bool"),
            ElementType::Int(IntType::U8) => f.write_str("uint8"),
            ElementType::Int(IntType::I8) => f.write_str("int8"),
            ElementType::Int(IntType::U16) => f.write_str("uint16"),
            ElementType::Int(IntType::I16) => f.write_str("int16"),
            ElementType::Int(IntType::U32) => f.write_str("uint32"),
            ElementType::Int(IntType::I32) => f.write_str("int32"),
            ElementType::Int(IntType::U64) => f.write_str("uint64"),
            ElementType::Int(IntType::I64) => f.write_str("int64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_is_twos_complement() {
        assert_eq!(IntType::U8.wrap(256 + 7), 7);
        assert_eq!(IntType::I8.wrap(128), -128);
        assert_eq!(IntType::Bool.wrap(-3), 1);
        assert_eq!(IntType::I64.wrap(i64::MIN), i64::MIN);
    }

    #[test]
    fn wrap_keeps_the_range_ends() {
        for kind in [
            IntType::U8,
            IntType::I8,
            IntType::U16,
            IntType::I16,
            IntType::U32,
            IntType::I32,
        ] {
            let (low, high) = kind.range();
            assert_eq!((kind.wrap(low), kind.wrap(high)), (low, high));
            assert_eq!(kind.wrap(high + 1), low);
        }
    }
}

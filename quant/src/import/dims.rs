//! Shapes of the model's inputs: what the file leaves open is filled in or refused.

use std::collections::BTreeMap;

use rten_onnx::onnx::{DataType, Dimension, ValueInfoProto};

use super::ImportOptions;
use super::error::ImportError;
use super::tensor::element_type;
use crate::float::ElementType;
use crate::float::ops::{MAX_ELEMENTS, checked_size};

/// Element type and shape of an input.
pub(super) struct InputType {
    pub(super) element: ElementType,
    pub(super) shape: Vec<usize>,
}

/// The size of each symbol: overrides, then the batch for every symbol that is the first dimension of an input.
pub(super) fn symbols(
    inputs: &[&ValueInfoProto],
    options: &ImportOptions,
) -> BTreeMap<String, usize> {
    let first = |input: &&ValueInfoProto| symbol(dimensions(input)?.first()?).map(str::to_string);
    let mut sizes: BTreeMap<_, _> = inputs
        .iter()
        .filter_map(first)
        .map(|name| (name, options.batch))
        .collect();
    sizes.extend(options.dims.clone());
    sizes
}

/// The static type of an input.
pub(super) fn input_type(
    file: &str,
    input: &ValueInfoProto,
    options: &ImportOptions,
    symbols: &BTreeMap<String, usize>,
) -> Result<InputType, ImportError> {
    let name = input.name.clone().unwrap_or_default();
    let refuse = |found: String| ImportError::InputType {
        file: file.into(),
        input: name.clone(),
        found,
    };
    let tensor = input
        .r#type
        .as_ref()
        .and_then(|kind| kind.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| refuse("no tensor type".into()))?;
    let data_type = tensor.elem_type.unwrap_or(DataType(0));
    let element =
        element_type(data_type).ok_or_else(|| refuse(format!("element type {data_type}")))?;
    let dims = dimensions(input).ok_or_else(|| refuse("no shape".into()))?;
    let mut shape = Vec::with_capacity(dims.len());
    for (axis, dim) in dims.iter().enumerate() {
        let key = format!("{name}.{axis}");
        let known = options
            .dims
            .get(&key)
            .or_else(|| symbols.get(symbol(dim)?))
            .copied();
        let fixed = dim.dim_value.and_then(|size| usize::try_from(size).ok());
        let batch = (axis == 0).then_some(options.batch);
        shape.push(
            fixed
                .or(known)
                .or(batch)
                .ok_or_else(|| ImportError::DynamicDimension {
                    file: file.into(),
                    input: name.clone(),
                    axis,
                    symbol: symbol(dim).unwrap_or("unnamed").to_string(),
                    key: symbol(dim).map_or(key, str::to_string),
                })?,
        );
    }
    checked_size(&shape).map_err(|_| ImportError::TensorSize {
        file: file.into(),
        tensor: name.clone(),
        shape: shape.iter().map(|&dim| dim as i64).collect(),
        limit: MAX_ELEMENTS,
    })?;
    Ok(InputType { element, shape })
}

fn dimensions(input: &ValueInfoProto) -> Option<&[Dimension]> {
    Some(
        &input
            .r#type
            .as_ref()?
            .tensor_type
            .as_ref()?
            .shape
            .as_ref()?
            .dim,
    )
}

fn symbol(dim: &Dimension) -> Option<&str> {
    dim.dim_param.as_deref().filter(|symbol| !symbol.is_empty())
}

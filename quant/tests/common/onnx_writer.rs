//! Builds small ONNX models in memory, valid ones and (by editing the public message) broken ones.

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

/// A model under construction. `proto` may be edited freely before [`Model::bytes`].
pub struct Model {
    pub proto: ModelProto,
}

/// A dimension of an input: a size or a symbol.
pub enum Dim {
    Fixed(i64),
    Symbol(&'static str),
}

impl Model {
    /// An empty model of opset 13.
    pub fn new() -> Self {
        let opset = OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(13),
        };
        Model {
            proto: ModelProto {
                ir_version: Some(8),
                opset_import: vec![opset],
                graph: Some(GraphProto::default()),
                ..Default::default()
            },
        }
    }

    pub fn opset(mut self, version: i64) -> Self {
        self.proto.opset_import[0].version = Some(version);
        self
    }

    pub fn graph(&mut self) -> &mut GraphProto {
        self.proto.graph.get_or_insert_with(GraphProto::default)
    }

    /// A float input; use [`Model::symbolic_input`] for open dimensions.
    pub fn input(self, name: &str, shape: &[i64]) -> Self {
        let dims: Vec<Dim> = shape.iter().map(|&dim| Dim::Fixed(dim)).collect();
        self.symbolic_input(name, &dims)
    }

    pub fn symbolic_input(mut self, name: &str, dims: &[Dim]) -> Self {
        self.graph().input.push(value_info(name, dims));
        self
    }

    pub fn output(mut self, name: &str) -> Self {
        self.graph().output.push(ValueInfoProto {
            name: Some(name.into()),
            r#type: None,
        });
        self
    }

    /// A float32 initializer as packed bytes.
    pub fn weights(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.graph()
            .initializer
            .push(raw_tensor(name, DataType::FLOAT, shape, bytes));
        self
    }

    /// An int64 initializer as a typed field.
    pub fn integers(mut self, name: &str, shape: &[i64], values: &[i64]) -> Self {
        self.graph().initializer.push(TensorProto {
            name: Some(name.into()),
            dims: shape.to_vec(),
            data_type: Some(DataType::INT64),
            int64_data: values.to_vec(),
            ..Default::default()
        });
        self
    }

    /// An initializer of any type from packed bytes.
    pub fn raw(mut self, name: &str, data_type: DataType, shape: &[i64], bytes: Vec<u8>) -> Self {
        self.graph()
            .initializer
            .push(raw_tensor(name, data_type, shape, bytes));
        self
    }

    /// A node named `<op>_<first output>`.
    pub fn node(
        mut self,
        op: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Self {
        self.graph().node.push(NodeProto {
            name: Some(format!("{op}_{}", outputs.first().unwrap_or(&""))),
            op_type: Some(op.into()),
            input: inputs.iter().map(|name| name.to_string()).collect(),
            output: outputs.iter().map(|name| name.to_string()).collect(),
            attribute: attributes,
            domain: None,
        });
        self
    }

    /// The serialized model.
    pub fn bytes(&self) -> Vec<u8> {
        self.proto
            .write_buf()
            .expect("a model in memory can be written")
    }
}

pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        i: Some(value),
        r#type: Some(AttributeType::INT),
        ..named(name)
    }
}

pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..named(name)
    }
}

pub fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        f: Some(value),
        r#type: Some(AttributeType::FLOAT),
        ..named(name)
    }
}

pub fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        s: Some(value.into()),
        r#type: Some(AttributeType::STRING),
        ..named(name)
    }
}

pub fn tensor(name: &str, value: TensorProto) -> AttributeProto {
    AttributeProto {
        t: Some(value),
        r#type: Some(AttributeType::TENSOR),
        ..named(name)
    }
}

fn named(name: &str) -> AttributeProto {
    AttributeProto {
        name: Some(name.into()),
        ..Default::default()
    }
}

/// A tensor from packed little-endian bytes.
pub fn raw_tensor(name: &str, data_type: DataType, shape: &[i64], bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(data_type),
        raw_data: Some(bytes.into()),
        ..Default::default()
    }
}

fn value_info(name: &str, dims: &[Dim]) -> ValueInfoProto {
    let dim = dims
        .iter()
        .map(|dim| match dim {
            Dim::Fixed(size) => Dimension {
                dim_value: Some(*size),
                dim_param: None,
            },
            Dim::Symbol(symbol) => Dimension {
                dim_value: None,
                dim_param: Some(symbol.to_string()),
            },
        })
        .collect();
    let tensor = TypeProtoTensor {
        elem_type: Some(DataType::FLOAT),
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: Some(name.into()),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
            sequence: None,
        }),
    }
}

//! From the decoded protobuf to a [`Graph`]: resolves names, checks them, sorts the nodes.

use std::collections::HashMap;

use rten_onnx::onnx::{GraphProto, ModelProto, NodeProto, ValueInfoProto};

use super::attributes::Attributes;
use super::error::ImportError;
use super::{ImportOptions, constant, dims, operators, recurrent, sort, supported, tensor};
use crate::float::{Graph, Node, Op, Recurrent, RecurrentKind, Tensor, TensorId};

/// Older operator sets define broadcasting and BatchNormalization differently.
const MIN_OPSET: i64 = 7;

type Result<T> = std::result::Result<T, ImportError>;

struct Builder<'a> {
    file: &'a str,
    opset: i64,
    graph: Graph,
    ids: HashMap<String, TensorId>,
}

pub(super) fn build(model: ModelProto, file: &str, options: &ImportOptions) -> Result<Graph> {
    let default_domain =
        |domain: &Option<String>| matches!(domain.as_deref(), None | Some("" | "ai.onnx"));
    let opset = model
        .opset_import
        .iter()
        .find(|opset| default_domain(&opset.domain));
    let opset = opset.and_then(|opset| opset.version).unwrap_or(1);
    if opset < MIN_OPSET {
        return Err(ImportError::Opset {
            file: file.into(),
            found: opset,
            expected: MIN_OPSET,
        });
    }
    let proto = model.graph.ok_or(ImportError::Incomplete {
        file: file.into(),
        what: "graph",
    })?;
    let graph = Graph {
        name: file.into(),
        ..Graph::default()
    };
    let mut builder = Builder {
        file,
        opset,
        graph,
        ids: HashMap::new(),
    };
    builder.initializers(&proto)?;
    builder.inputs(&proto, options)?;
    builder.define_outputs(&proto.node)?;
    builder.nodes(&proto.node)?;
    builder.outputs(&proto.output)?;
    Ok(builder.graph)
}

impl Builder<'_> {
    fn define(&mut self, tensor: Tensor) -> Result<TensorId> {
        let name = tensor.name.clone();
        let id = self.graph.add_tensor(tensor);
        match self.ids.insert(name.clone(), id) {
            None => Ok(id),
            Some(_) => Err(ImportError::DuplicateTensor {
                file: self.file.into(),
                tensor: name,
            }),
        }
    }

    fn initializers(&mut self, proto: &GraphProto) -> Result<()> {
        for stored in &proto.initializer {
            let name = stored.name.clone().unwrap_or_default();
            let value = tensor::value(stored, self.file, &name)?;
            self.define(Tensor::constant(name, value))?;
        }
        Ok(())
    }

    /// Inputs that have an initializer are constants (old files list all initializers as inputs).
    fn inputs(&mut self, proto: &GraphProto, options: &ImportOptions) -> Result<()> {
        let constants = self.ids.clone();
        let is_input = |input: &&ValueInfoProto| {
            !input
                .name
                .as_deref()
                .is_some_and(|name| constants.contains_key(name))
        };
        let inputs: Vec<_> = proto.input.iter().filter(is_input).collect();
        let symbols = dims::symbols(&inputs, options);
        for input in inputs {
            let kind = dims::input_type(self.file, input, options, &symbols)?;
            let id = self.define(Tensor {
                name: input.name.clone().unwrap_or_default(),
                shape: Some(kind.shape),
                element: Some(kind.element),
                constant: None,
            })?;
            self.graph.inputs.push(id);
        }
        Ok(())
    }

    fn define_outputs(&mut self, nodes: &[NodeProto]) -> Result<()> {
        for name in nodes
            .iter()
            .flat_map(|node| &node.output)
            .filter(|name| !name.is_empty())
        {
            self.define(Tensor::named(name))?;
        }
        Ok(())
    }

    fn nodes(&mut self, protos: &[NodeProto]) -> Result<()> {
        let mut nodes = Vec::with_capacity(protos.len());
        for proto in protos {
            nodes.extend(self.node(proto)?);
        }
        let sorted = sort::topological(nodes, self.graph.tensors.len());
        self.graph.nodes = sorted.map_err(|stuck| ImportError::Cycle {
            file: self.file.into(),
            nodes: quoted(&stuck),
        })?;
        Ok(())
    }

    /// Decodes one node; a Constant becomes the value of its output instead.
    fn node(&mut self, proto: &NodeProto) -> Result<Option<Node>> {
        let name = node_name(proto);
        let op = operator_name(proto);
        let mut attributes = Attributes::new(self.file, &name, &op, proto);
        let lookup = |tensor: &String| match self.ids.get(tensor) {
            _ if tensor.is_empty() => Ok(None),
            Some(id) => Ok(Some(*id)),
            None => Err(ImportError::MissingTensor {
                file: self.file.into(),
                node: name.clone(),
                op: op.clone(),
                tensor: tensor.clone(),
            }),
        };
        let inputs = proto.input.iter().map(lookup).collect::<Result<Vec<_>>>()?;
        let outputs = proto
            .output
            .iter()
            .map(lookup)
            .collect::<Result<Vec<_>>>()?;
        if op == "Constant" {
            let value = constant::value(&mut attributes)?;
            attributes.finish()?;
            if let Some(Some(id)) = outputs.first() {
                let name = self.graph.tensor(*id).name.clone();
                self.graph.tensors[id.0] = Tensor::constant(name, value);
            }
            return Ok(None);
        }
        let decoded = operators::decode(&mut attributes, self.opset, outputs.len())?;
        let Some(decoded) = decoded else {
            return Err(ImportError::UnsupportedOperator {
                file: self.file.into(),
                node: name,
                op,
                supported: supported::SUPPORTED.join(", "),
            });
        };
        attributes.finish()?;
        check_outputs(self.file, &name, &decoded, &outputs)?;
        let node = Node {
            name,
            op: decoded,
            inputs,
            outputs,
        };
        recurrent::check_inputs(self.file, &node)?;
        Ok(Some(node))
    }

    fn outputs(&mut self, outputs: &[ValueInfoProto]) -> Result<()> {
        for output in outputs {
            let name = output.name.clone().unwrap_or_default();
            let id = self.ids.get(&name).copied();
            let id = id.ok_or(ImportError::MissingOutput {
                file: self.file.into(),
                tensor: name,
            })?;
            self.graph.outputs.push(id);
        }
        if self.graph.outputs.is_empty() {
            return Err(ImportError::Incomplete {
                file: self.file.into(),
                what: "outputs",
            });
        }
        Ok(())
    }
}

/// Most operators have one output; a second one (a mask, training statistics) is not computed.
fn check_outputs(file: &str, node: &str, op: &Op, outputs: &[Option<TensorId>]) -> Result<()> {
    let limit = match op {
        Op::Split(_) => usize::MAX,
        Op::Recurrent(Recurrent { kind, .. }) => {
            let limit = if *kind == RecurrentKind::Lstm { 3 } else { 2 };
            if outputs.len() <= limit && outputs.iter().any(Option::is_some) {
                return Ok(());
            }
            limit
        }
        // The mask of Dropout is accepted and has no value.
        Op::MaxPool(_) | Op::Dropout => 2,
        _ => 1,
    };
    let extra = outputs.iter().skip(limit).flatten().count();
    if extra == 0 && outputs.first().is_some_and(Option::is_some) || matches!(op, Op::Split(_)) {
        return Ok(());
    }
    Err(ImportError::Attribute {
        file: file.into(),
        place: format!("'{node}' ({})", op.name()),
        attribute: "output".into(),
        found: format!("a list of {} names", outputs.len()).into(),
        expected: format!("1 to {limit} outputs, the first one named").into(),
    })
}

fn node_name(proto: &NodeProto) -> String {
    let named = proto.name.as_ref().filter(|name| !name.is_empty());
    named.or(proto.output.first()).cloned().unwrap_or_default()
}

/// The operator type, with its domain where that is not the standard one.
fn operator_name(proto: &NodeProto) -> String {
    let op = proto.op_type.clone().unwrap_or_default();
    match proto.domain.as_deref() {
        None | Some("" | "ai.onnx") => op,
        Some(domain) => format!("{domain}:{op}"),
    }
}

fn quoted(names: &[String]) -> String {
    let shown: Vec<_> = names
        .iter()
        .take(5)
        .map(|name| format!("'{name}'"))
        .collect();
    let more = if names.len() > 5 {
        format!(" and {} more", names.len() - 5)
    } else {
        String::new()
    };
    shown.join(", ") + &more
}

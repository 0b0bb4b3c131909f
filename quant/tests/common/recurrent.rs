//! Recurrent layers with random weights, for small models.

use super::Noise;
use super::onnx_writer::{Model, int, string};
use rten_onnx::onnx::AttributeProto;

/// A recurrent layer under construction: operator, attributes, shapes.
#[derive(Clone, Copy)]
pub struct Layer {
    pub op: &'static str,
    pub directions: usize,
    pub inputs: usize,
    pub hidden: usize,
}

impl Layer {
    pub const LSTM: Self = Self {
        op: "LSTM",
        directions: 1,
        inputs: 6,
        hidden: 5,
    };

    /// Adds random weights and the node; `names` are the inputs behind B and the outputs.
    pub fn add(
        self,
        mut model: Model,
        noise: &mut Noise,
        x: &str,
        states: &[&str],
        outputs: &[&str],
        mut attributes: Vec<AttributeProto>,
    ) -> Model {
        let gates = match self.op {
            "LSTM" => 4,
            "GRU" => 3,
            _ => 1,
        };
        let rows = gates * self.hidden;
        let key = outputs.iter().find(|name| !name.is_empty()).unwrap();
        let mut names = vec![x.to_string()];
        for (part, columns) in [("W", self.inputs), ("R", self.hidden), ("B", 2)] {
            let name = format!("{key}.{part}");
            let count = self.directions * rows * columns;
            let values: Vec<f32> = noise.list(count).iter().map(|v| v * 0.7).collect();
            let (d, rows, columns) = (self.directions as i64, rows as i64, columns as i64);
            let shape = if part == "B" {
                vec![d, 2 * rows]
            } else {
                vec![d, rows, columns]
            };
            model = model.weights(&name, &shape, &values);
            names.push(name);
        }
        names.extend(states.iter().map(|s| s.to_string()));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        attributes.push(int("hidden_size", self.hidden as i64));
        if self.directions == 2 {
            attributes.push(string("direction", "bidirectional"));
        }
        model.node(self.op, &names, outputs, attributes)
    }
}

pub fn strings(name: &str, values: &[&str]) -> AttributeProto {
    AttributeProto {
        s: None,
        strings: values.iter().map(|v| v.to_string()).collect(),
        r#type: None,
        ..string(name, "")
    }
}

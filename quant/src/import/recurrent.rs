//! Attributes and inputs of RNN, LSTM and GRU: what is computed, and what is refused by name.

use super::attributes::Attributes;
use super::error::ImportError;
use crate::float::{Direction, Node, Op, Recurrent, RecurrentKind};

type Result<T> = std::result::Result<T, ImportError>;

/// Decodes a recurrent operator; `None` for any other operator.
pub(super) fn decode(a: &mut Attributes<'_>) -> Result<Option<Op>> {
    let kind = match a.op {
        "RNN" => RecurrentKind::Rnn { relu: false },
        "LSTM" => RecurrentKind::Lstm,
        "GRU" => RecurrentKind::Gru {
            linear_before_reset: a.flag("linear_before_reset", false)?,
        },
        _ => return Ok(None),
    };
    let direction = match a.string("direction")?.unwrap_or("forward") {
        "forward" => Direction::Forward,
        "reverse" => Direction::Reverse,
        "bidirectional" => Direction::Bidirectional,
        other => return Err(a.error("direction", other, "forward, reverse or bidirectional")),
    };
    if let Some(clip) = a.float("clip")? {
        return Err(a.error("clip", clip, "no clip: the cell computes without one"));
    }
    if a.op == "LSTM" {
        a.only("input_forget", 0)?;
    }
    let batch_first = match a.int_or("layout", 0)? {
        layout @ 0..=1 => layout == 1,
        other => return Err(a.error("layout", other, "0 or 1")),
    };
    let kind = activations(a, kind, direction)?;
    let hidden = match a.int("hidden_size")? {
        None => None,
        Some(_) => Some(a.extent("hidden_size", None)?),
    };
    Ok(Some(Op::Recurrent(Recurrent {
        kind,
        direction,
        hidden,
        batch_first,
    })))
}

/// The default activations, or all Relu in an RNN.
fn activations(
    a: &mut Attributes<'_>,
    kind: RecurrentKind,
    direction: Direction,
) -> Result<RecurrentKind> {
    for name in ["activation_alpha", "activation_beta"] {
        if a.floats(name)?.is_some_and(|values| !values.is_empty()) {
            return Err(a.error(
                name,
                "present",
                "no parameters: only the default activations",
            ));
        }
    }
    let default: &[&str] = match kind {
        RecurrentKind::Rnn { .. } => &["Tanh"],
        RecurrentKind::Lstm => &["Sigmoid", "Tanh", "Tanh"],
        RecurrentKind::Gru { .. } => &["Sigmoid", "Tanh"],
    };
    let Some(found) = a.strings("activations")?.filter(|found| !found.is_empty()) else {
        return Ok(kind);
    };
    let is = |wanted: &[&str]| {
        let wanted = wanted.repeat(direction.count());
        found.len() == wanted.len()
            && found
                .iter()
                .zip(wanted)
                .all(|(f, w)| f.eq_ignore_ascii_case(w))
    };
    match kind {
        _ if is(default) => Ok(kind),
        RecurrentKind::Rnn { .. } if is(&["Relu"]) => Ok(RecurrentKind::Rnn { relu: true }),
        RecurrentKind::Rnn { .. } => Err(a.error(
            "activations",
            found.join(", "),
            "Tanh, or Relu in all directions",
        )),
        _ => Err(a.error(
            "activations",
            found.join(", "),
            format!("{} in each direction", default.join(", ")),
        )),
    }
}

/// Refuses peepholes, which are an input and not an attribute.
pub(super) fn check_inputs(file: &str, node: &Node) -> Result<()> {
    if !matches!(node.op, Op::Recurrent(_)) || node.input(7).is_none() {
        return Ok(());
    }
    Err(ImportError::Attribute {
        file: file.into(),
        place: format!("'{}' ({})", node.name, node.op.name()),
        attribute: "input P (peephole weights)".into(),
        found: "present".into(),
        expected: "an LSTM without peepholes".into(),
    })
}

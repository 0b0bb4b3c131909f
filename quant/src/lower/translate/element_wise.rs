//! Element-wise functions of one tensor.

use super::Translator;
use crate::float::{Node, Op};
use crate::lower::{FloatOp, Function, LowerError};

/// The function a node computes, if it is one.
pub(super) fn function(
    translator: &Translator<'_>,
    node: &Node,
    op: &Op,
) -> Result<Option<Function>, LowerError> {
    let found = match op {
        Op::Relu => Function::Clamp([0.0, f64::INFINITY]),
        Op::Clip { min, max } => {
            let lo = bound(translator, node, 1, *min)?.unwrap_or(f64::NEG_INFINITY);
            let hi = bound(translator, node, 2, *max)?.unwrap_or(f64::INFINITY);
            if lo.is_nan() || hi.is_nan() || lo > hi {
                return Err(
                    translator.unsupported(node, format!("the bounds [{lo}, {hi}] are empty"))
                );
            }
            Function::Clamp([lo, hi])
        }
        Op::LeakyRelu { alpha } => Function::LeakyRelu {
            alpha: f64::from(*alpha),
        },
        Op::PRelu => {
            let slope = translator.graph.float_input(node, 1);
            let slope = slope.ok_or_else(|| translator.not_constant(node, "the slope"))?;
            let first = slope.first().copied().unwrap_or(0.0);
            if slope.iter().any(|&s| s != first) || !first.is_finite() {
                return Err(
                    translator.unsupported(node, "PRelu needs one finite slope for all channels")
                );
            }
            Function::LeakyRelu {
                alpha: f64::from(first),
            }
        }
        Op::Elu { alpha } => Function::Elu {
            alpha: f64::from(*alpha),
        },
        Op::Sigmoid => Function::Sigmoid,
        Op::Tanh => Function::Tanh,
        Op::HardSigmoid { alpha, beta } => Function::HardSigmoid {
            alpha: f64::from(*alpha),
            beta: f64::from(*beta),
        },
        Op::HardSwish => Function::HardSwish,
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// A bound of Clip: constant input `index`, or the attribute.
fn bound(
    translator: &Translator<'_>,
    node: &Node,
    index: usize,
    attribute: Option<f32>,
) -> Result<Option<f64>, LowerError> {
    if node.input(index).is_none() {
        return Ok(attribute.map(f64::from));
    }
    let value = translator
        .graph
        .float_input(node, index)
        .and_then(|v| v.first().copied());
    value
        .map(|v| Some(f64::from(v)))
        .ok_or_else(|| translator.not_constant(node, "the bounds of Clip"))
}

impl Translator<'_> {
    pub(super) fn function(&mut self, node: &Node, function: Function) -> Result<(), LowerError> {
        let flow = self.flow(node, 0)?;
        self.push(
            node,
            FloatOp::Function(function),
            vec![flow.tensor],
            self.shape(&flow),
            flow.view,
        );
        Ok(())
    }
}

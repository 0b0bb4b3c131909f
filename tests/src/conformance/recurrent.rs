//! Recurrent layers as cases: their form, and what their states have to be.

use systole::program::{Kept, StateBinding};
use systole_quant::integer::random::{Builder, Form};
use systole_quant::integer::{Cell, IntGraph, Recurrent, StepAxis, TensorId};
use systole_quant::reference::Steps;

use super::{Case, Direction, Operator};

impl Case {
    /// One layer or several, each in one direction or both.
    pub(super) fn recurrent(&self, b: &mut Builder, x: TensorId) -> Option<TensorId> {
        let mut form = Form {
            cell: cell(self.operator)?,
            steps: [StepAxis::Rows, StepAxis::Columns][self.axis],
            reverse: self.direction == Direction::Reverse,
            hidden: self.outputs,
            hidden_bits: if self.wide { 16 } else { 8 },
            initial: self.initial,
        };
        let mut y = x;
        for _ in 0..self.layers {
            let first = b.recurrent_layer(y, form);
            y = if self.direction == Direction::Both {
                let reverse = true;
                let second = b.recurrent_layer(y, Form { reverse, ..form });
                b.concat(&[first, second], 2)
            } else {
                first
            };
            form.steps = StepAxis::Rows;
        }
        Some(y)
    }
}

fn cell(operator: Operator) -> Option<Cell> {
    Some(match operator {
        Operator::Rnn => Cell::Rnn { relu: false },
        Operator::RnnRelu => Cell::Rnn { relu: true },
        Operator::Lstm => Cell::Lstm {
            cell_fraction_bits: 0,
        },
        Operator::Gru => Cell::Gru {
            linear_before_reset: true,
        },
        Operator::GruResetFirst => Cell::Gru {
            linear_before_reset: false,
        },
        _ => return None,
    })
}

/// What the state memory has to hold of the layer with this name when its last step is computed.
pub(super) fn last_units(graph: &IntGraph, steps: &[Steps], state: &StateBinding) -> Vec<i16> {
    let mut layers = graph.recurrent_layers().zip(steps);
    let layer = layers.find(|((index, _), _)| graph.layers[*index].name == state.name);
    let Some(((_, op), steps)) = layer else {
        return Vec::new();
    };
    match state.kept {
        Kept::Nothing => Vec::new(),
        Kept::Cell => last(op, &steps.cell),
        Kept::Hidden => last(op, &steps.hidden),
    }
}

/// A reverse layer computes the first step last.
fn last(op: &Recurrent, values: &[i16]) -> Vec<i16> {
    let mut steps = values.chunks(op.hidden);
    let step = if op.reverse {
        steps.next()
    } else {
        steps.next_back()
    };
    step.map(<[i16]>::to_vec).unwrap_or_default()
}

//! A random recurrent layer for the test bench of a stand-alone core: the reference says what it makes of some sequences.

use crate::testing::Network;
use systole_hdl::cores::{Parameter, RecurrentData, RecurrentKind, RecurrentOptions, Sequence};
use systole_quant::integer::random::Random;
use systole_quant::integer::{Cell, GateSums, InputLayout, IntGraph, LayerOp, Shape};
use systole_quant::reference::{ReferenceError, oracle};

/// Steps of the sequences: a long one, the shortest one, one more.
const LENGTHS: [usize; 3] = [5, 1, 3];

/// Weights, parameters, inputs and hidden states of a random layer.
///
/// # Errors
/// The reference refuses the layer: a defect of ours.
pub fn recurrent_data(
    options: &RecurrentOptions,
    seed: u64,
) -> Result<RecurrentData, ReferenceError> {
    let shape = Shape::new(1, 1, options.inputs);
    let (mut network, x) = Network::new("core", shape, seed);
    let y = network.recurrent(x, cell(options.kind), options.hidden, false);
    let mut graph = network.finish(y);
    let mut data = RecurrentData::default();
    for layer in &graph.layers {
        if let LayerOp::Recurrent(op) = &layer.op {
            data.weights = [&op.input, &op.recurrent].map(weights);
            data.parameters = [&op.input, &op.recurrent].map(parameters);
        }
    }
    let mut random = Random::new(seed.wrapping_add(1));
    for steps in LENGTHS {
        let inputs: Vec<i8> = (0..steps * options.inputs).map(|_| random.byte()).collect();
        resize(&mut graph, steps);
        let tensors = oracle::run(&graph, std::slice::from_ref(&inputs))?;
        data.sequences.push(Sequence {
            inputs: inputs.into_iter().map(i64::from).collect(),
            hidden: tensors[y].iter().map(|h| i64::from(*h)).collect(),
        });
    }
    Ok(data)
}

fn cell(kind: RecurrentKind) -> Cell {
    match kind {
        RecurrentKind::Lstm { cell_bits } => Cell::Lstm {
            cell_fraction_bits: cell_bits as u8,
        },
        RecurrentKind::Gru => Cell::Gru {
            linear_before_reset: true,
        },
    }
}

/// The same layer for sequences of another length.
fn resize(graph: &mut IntGraph, steps: usize) {
    for tensor in &mut graph.tensors {
        tensor.shape.h = steps;
    }
    graph.input_layouts = vec![InputLayout::of(graph.tensors[graph.inputs[0]].shape)];
}

fn weights(sums: &GateSums) -> Vec<i64> {
    sums.weights.iter().map(|w| i64::from(*w)).collect()
}

fn parameters(sums: &GateSums) -> Vec<Parameter> {
    let rows = sums.bias.iter().zip(&sums.multipliers);
    rows.map(|(bias, multiplier)| Parameter {
        bias: *bias,
        m: multiplier.m,
        s: multiplier.s,
    })
    .collect()
}

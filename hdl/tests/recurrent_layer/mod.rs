//! A random recurrent layer, and what plain integers make of random sequences.
#![allow(dead_code, reason = "every test uses a part")]

use systole_arch::Multipliers;
use systole_hdl::cores::{Parameter, RecurrentData, RecurrentKind, RecurrentOptions, Sequence};
use systole_hdl::rt::crosscheck::Random;

use crate::recurrent_model::{blend, lstm, rhu, sat, sigmoid, tanh};

pub(crate) const LSTM: RecurrentKind = RecurrentKind::Lstm { cell_bits: 11 };

pub(crate) fn options(
    kind: RecurrentKind,
    [rows, cols, lanes]: [usize; 3],
    [inputs, hidden]: [usize; 2],
) -> RecurrentOptions {
    RecurrentOptions {
        kind,
        rows,
        cols,
        lanes,
        multipliers: Multipliers::Generic,
        inputs,
        hidden,
    }
}

/// A layer whose gates are neither all open nor all closed, and sequences of the given lengths.
pub(crate) fn layer(o: &RecurrentOptions, lengths: &[usize], random: &mut Random) -> RecurrentData {
    let gates = o.kind.gates();
    let weights = [o.inputs, o.hidden].map(|depth| bytes(gates * o.hidden * depth, random));
    let parameters = [0, 1].map(|_| {
        let parameter = |_| Parameter {
            bias: random.below(40_001) as i64 - 20_000,
            m: 0x8000 | random.below(0x8000) as u16,
            s: 16 + random.below(4) as u8,
        };
        (0..gates * o.hidden).map(parameter).collect()
    });
    let mut data = RecurrentData {
        weights,
        parameters,
        sequences: vec![],
    };
    for steps in lengths {
        let inputs = bytes(steps * o.inputs, random);
        let hidden = run(o, &data, &inputs);
        data.sequences.push(Sequence { inputs, hidden });
    }
    data
}

fn bytes(count: usize, random: &mut Random) -> Vec<i64> {
    let byte = |random: &mut Random| match random.below(8) {
        0 => -128,
        1 => 127,
        _ => random.below(256) as i64 - 128,
    };
    (0..count).map(|_| byte(random)).collect()
}

/// Scaled sum of a gate row.
fn sum(data: &RecurrentData, part: usize, row: usize, x: &[i64]) -> i64 {
    let weights = &data.weights[part][row * x.len()..][..x.len()];
    let Parameter { bias, m, s } = data.parameters[part][row];
    let acc = bias + weights.iter().zip(x).map(|(w, x)| w * x).sum::<i64>();
    (sat(acc << 16 >> s, 18) * i64::from(m)) >> 16
}

/// Hidden states of one sequence.
fn run(o: &RecurrentOptions, data: &RecurrentData, inputs: &[i64]) -> Vec<i64> {
    let (mut h, mut states, mut all) = (vec![0; o.hidden], vec![0; o.hidden], vec![]);
    for x in inputs.chunks(o.inputs) {
        let before = h.clone();
        for (n, state) in states.iter_mut().enumerate() {
            let u = |gate: usize| sum(data, 0, gate * o.hidden + n, x);
            let v = |gate: usize| sum(data, 1, gate * o.hidden + n, &before);
            let a = |gate: usize| u(gate) + v(gate) + 1;
            (*state, h[n]) = match o.kind {
                RecurrentKind::Lstm { cell_bits } => {
                    lstm([0, 1, 2, 3].map(a), *state, cell_bits as u32, false)
                }
                RecurrentKind::Gru => {
                    let [r, z] = [0, 1].map(|gate| sigmoid(sat(a(gate), 16)));
                    let masked = rhu(r * sat(v(2), 16), 15);
                    blend(z, tanh(sat(u(2) + 1 + masked, 16)), *state, false)
                }
            };
        }
        all.extend(&h);
    }
    all
}
